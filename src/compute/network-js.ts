// The reference engine of networks: plain TypeScript, in use wherever the native addon is not.
// Why: each product and each sum is rounded to 32 bits in the order that native/network.cc keeps, so both engines give
// the same bits, through any number of epochs.

import { activate, slopeAt } from "./network-activation.js";
import { ADAM, type NetworkEngine, RPROP, type TrainingState } from "./network-engine.js";
import type { LayerPlan, NetworkPlan } from "./network-shape.js";

const round = Math.fround;

export class JsNetworkEngine implements NetworkEngine {
  readonly kind = "js";
  #scratch = new Float32Array(0);

  forwardNow(
    plan: NetworkPlan,
    parameters: Float32Array,
    inputs: Float32Array,
    rows: number,
    outputs: Float32Array,
  ): void {
    const { widest, layers } = plan;
    if (this.#scratch.length < 2 * widest) this.#scratch = new Float32Array(2 * widest);
    const last = layers.length - 1;
    for (let row = 0; row < rows; row++) {
      let from = inputs;
      let fromAt = row * plan.inputs;
      for (let index = 0; index <= last; index++) {
        const to = index === last ? outputs : this.#scratch;
        const toAt = index === last ? row * plan.outputs : (index & 1) * widest;
        computeLayer(layers[index]!, parameters, from, fromAt, to, toAt);
        from = to;
        fromAt = toAt;
      }
    }
  }

  async forward(
    plan: NetworkPlan,
    parameters: Float32Array,
    inputs: Float32Array,
    rows: number,
    outputs: Float32Array,
  ): Promise<void> {
    this.forwardNow(plan, parameters, inputs, rows, outputs);
  }

  /** Computes on the calling thread, after letting the event loop have its turn. */
  async epoch(state: TrainingState): Promise<void> {
    await nextTurn();
    const { order, trainingRows, updateRows, gradient } = state;
    const work = workFor(state.plan);
    state.trainingSum = 0;
    for (let start = 0; start < trainingRows; start += updateRows) {
      const end = Math.min(start + updateRows, trainingRows);
      gradient.fill(0);
      for (let at = start; at < end; at++) {
        state.trainingSum += computeRow(state, work, order[at]!);
        backPropagate(state, work);
      }
      change(state, end - start);
    }
    judgeNow(state, work);
  }

  async judge(state: TrainingState): Promise<void> {
    await nextTurn();
    judgeNow(state, workFor(state.plan));
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function computeLayer(
  layer: LayerPlan,
  parameters: Float32Array,
  from: Float32Array,
  fromAt: number,
  to: Float32Array,
  toAt: number,
): void {
  const { inputs, neurons, weightsAt, biasesAt } = layer;
  for (let neuron = 0; neuron < neurons; neuron++) to[toAt + neuron] = parameters[biasesAt + neuron]!;
  for (let input = 0; input < inputs; input++) {
    const x = from[fromAt + input]!;
    const weights = weightsAt + input * neurons;
    for (let neuron = 0; neuron < neurons; neuron++) {
      to[toAt + neuron] = to[toAt + neuron]! + round(x * parameters[weights + neuron]!);
    }
  }
  activate(to, toAt, neurons, layer.activation);
}

/** Of one row: what goes into each layer and comes out of the last, and the slope of the error there. */
interface Work {
  readonly values: readonly Float32Array[];
  readonly deltas: readonly Float32Array[];
}

function workFor(plan: NetworkPlan): Work {
  const widths = [plan.inputs, ...plan.layers.map(({ neurons }) => neurons)];
  return {
    values: widths.map((width) => new Float32Array(width)),
    deltas: widths.map((width) => new Float32Array(width)),
  };
}

/** Runs one row through; answers its squared error. The deltas of the last layer hold y - target then. */
function computeRow(state: TrainingState, { values, deltas }: Work, row: number): number {
  const { plan, parameters, inputs, targets } = state;
  values[0]!.set(inputs.subarray(row * plan.inputs, (row + 1) * plan.inputs));
  for (const [index, layer] of plan.layers.entries())
    computeLayer(layer, parameters, values[index]!, 0, values[index + 1]!, 0);
  const y = values[plan.layers.length]!;
  const difference = deltas[plan.layers.length]!;
  let sum = 0;
  for (let index = 0; index < y.length; index++) {
    difference[index] = y[index]! - targets[row * plan.outputs + index]!;
    sum += difference[index]! * difference[index]!;
  }
  return sum;
}

/**
 * Goes back through the row that `computeRow` ran through and adds to the gradient; incremental training changes the
 * parameters at once instead, each layer when nobody needs it any more.
 */
function backPropagate(state: TrainingState, { values, deltas }: Work): void {
  const { plan, algorithm, parameters, gradient } = state;
  const rate = round(state.learningRate);
  for (let index = plan.layers.length - 1; index >= 0; index--) {
    const layer = plan.layers[index]!;
    const delta = deltas[index + 1]!;
    const y = values[index + 1]!;
    for (let neuron = 0; neuron < delta.length; neuron++)
      delta[neuron] = delta[neuron]! * slopeAt(y[neuron]!, layer.activation);
    if (index > 0) handBack(layer, parameters, delta, deltas[index]!);
    if (algorithm === "incremental")
      for (let neuron = 0; neuron < delta.length; neuron++) delta[neuron] = -round(rate * delta[neuron]!);
    addProducts(layer, algorithm === "incremental" ? parameters : gradient, values[index]!, delta);
  }
}

/** Adds input times delta to each weight's place, and delta to each bias's. */
function addProducts(layer: LayerPlan, into: Float32Array, x: Float32Array, delta: Float32Array): void {
  const { inputs, neurons, weightsAt, biasesAt } = layer;
  for (let input = 0; input < inputs; input++) {
    const at = weightsAt + input * neurons;
    for (let neuron = 0; neuron < neurons; neuron++)
      into[at + neuron] = into[at + neuron]! + round(x[input]! * delta[neuron]!);
  }
  for (let neuron = 0; neuron < neurons; neuron++)
    into[biasesAt + neuron] = into[biasesAt + neuron]! + delta[neuron]!;
}

/** What each input of a layer contributed to the error: Σ over its neurons of delta · weight, in their order. */
function handBack(layer: LayerPlan, parameters: Float32Array, delta: Float32Array, into: Float32Array): void {
  const { inputs, neurons, weightsAt } = layer;
  for (let input = 0; input < inputs; input++) {
    let sum = 0;
    for (let neuron = 0; neuron < neurons; neuron++)
      sum = round(sum + round(delta[neuron]! * parameters[weightsAt + input * neurons + neuron]!));
    into[input] = sum;
  }
}

/** Changes the parameters by the mean gradient of `rows` rows. */
function change(state: TrainingState, rows: number): void {
  const { gradient, algorithm } = state;
  if (algorithm === "incremental") return;
  const share = round(1 / rows);
  for (let at = 0; at < gradient.length; at++) gradient[at] = gradient[at]! * share;
  if (algorithm === "rprop") changeByRprop(state);
  else if (algorithm === "adam") changeByAdam(state);
  else changeByRate(state);
}

function changeByRate({ parameters, gradient, learningRate }: TrainingState): void {
  const rate = round(learningRate);
  for (let at = 0; at < gradient.length; at++) parameters[at] = parameters[at]! - round(rate * gradient[at]!);
}

function changeByRprop({ parameters, gradient, first: before, second: steps }: TrainingState): void {
  const [grow, shrink, least, most] = [RPROP.grow, RPROP.shrink, RPROP.least, RPROP.most].map(round) as [
    number,
    number,
    number,
    number,
  ];
  for (let at = 0; at < gradient.length; at++) {
    const product = round(before[at]! * gradient[at]!);
    let step = steps[at]!;
    if (product > 0) step = Math.min(round(step * grow), most);
    else if (product < 0) step = Math.max(round(step * shrink), least);
    const slope = product < 0 ? 0 : gradient[at]!;
    if (slope > 0) parameters[at] = parameters[at]! - step;
    else if (slope < 0) parameters[at] = parameters[at]! + step;
    before[at] = slope;
    steps[at] = step;
  }
}

function changeByAdam(state: TrainingState): void {
  const { parameters, gradient, first, second, learningRate } = state;
  state.decay1 *= ADAM.beta1;
  state.decay2 *= ADAM.beta2;
  const rate = round((learningRate * Math.sqrt(1 - state.decay2)) / (1 - state.decay1));
  const [keep1, keep2] = [round(ADAM.beta1), round(ADAM.beta2)] as const;
  const [take1, take2] = [round(1 - ADAM.beta1), round(1 - ADAM.beta2)] as const;
  const epsilon = round(ADAM.epsilon);
  for (let at = 0; at < gradient.length; at++) {
    const g = gradient[at]!;
    const m = round(round(keep1 * first[at]!) + round(take1 * g));
    const v = round(round(keep2 * second[at]!) + round(take2 * round(g * g)));
    first[at] = m;
    second[at] = v;
    parameters[at] = parameters[at]! - round(round(rate * m) / round(round(Math.sqrt(v)) + epsilon));
  }
}

function judgeNow(state: TrainingState, work: Work): void {
  state.validationSum = 0;
  for (let at = state.trainingRows; at < state.order.length; at++)
    state.validationSum += computeRow(state, work, state.order[at]!);
}
