// The native engine of networks: typed wrapper around native/network.cc. It checks what C++ takes for granted, and
// brings the memory that C++ works in.

import type { Addon } from "../base/addon.js";
import { invariant } from "../base/invariant.js";
import { ALGORITHMS, type NetworkEngine, type TrainingState } from "./network-engine.js";
import type { NetworkPlan } from "./network-shape.js";

/** Batches at once or on another thread, epochs always there; the JavaScript thread stays free meanwhile. */
export class NativeNetworkEngine implements NetworkEngine {
  readonly kind = "native";
  readonly #addon: Addon;
  #scratch = new Float32Array(0);
  /** The plan that the scratch was last found long enough for. */
  #scratchPlan: NetworkPlan | undefined;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  forwardNow(
    plan: NetworkPlan,
    parameters: Float32Array,
    inputs: Float32Array,
    rows: number,
    outputs: Float32Array,
  ): void {
    checkBatch(plan, parameters, inputs, rows, outputs);
    if (this.#scratchPlan !== plan) this.#makeRoom(plan);
    this.#addon.networkForward(plan.layout, parameters, inputs, rows, outputs, this.#scratch);
  }

  async forward(
    plan: NetworkPlan,
    parameters: Float32Array,
    inputs: Float32Array,
    rows: number,
    outputs: Float32Array,
  ): Promise<void> {
    checkBatch(plan, parameters, inputs, rows, outputs);
    const scratch = new Float32Array(this.#scratchFloats(plan)[0]);
    await this.#addon.networkForwardLater(plan.layout, parameters, inputs, rows, outputs, scratch);
  }

  epoch(state: TrainingState): Promise<void> {
    return this.#train(state, false);
  }

  judge(state: TrainingState): Promise<void> {
    return this.#train(state, true);
  }

  async #train(state: TrainingState, judgesOnly: boolean): Promise<void> {
    checkTraining(state);
    const { plan } = state;
    state.scratch ??= new Float32Array(this.#scratchFloats(plan)[1]);
    const numbers = Float64Array.from([
      ALGORITHMS.indexOf(state.algorithm),
      state.learningRate,
      state.updateRows,
      state.trainingRows,
      state.order.length,
      judgesOnly ? 1 : 0,
      state.decay1,
      state.decay2,
      state.trainingSum,
      state.validationSum,
    ]);
    await this.#addon.networkEpoch(
      plan.layout,
      numbers,
      state.parameters,
      state.gradient,
      state.first,
      state.second,
      state.inputs,
      state.targets,
      state.order,
      state.scratch,
    );
    [state.decay1, state.decay2, state.trainingSum, state.validationSum] = numbers.slice(6) as unknown as [
      number,
      number,
      number,
      number,
    ];
  }

  #scratchFloats(plan: NetworkPlan): readonly [number, number] {
    const floats = new Float64Array(2);
    this.#addon.networkScratch(plan.layout, floats);
    return [floats[0]!, floats[1]!];
  }

  #makeRoom(plan: NetworkPlan): void {
    const [floats] = this.#scratchFloats(plan);
    if (this.#scratch.length < floats) this.#scratch = new Float32Array(floats);
    this.#scratchPlan = plan;
  }
}

function checkBatch(
  plan: NetworkPlan,
  parameters: Float32Array,
  inputs: Float32Array,
  rows: number,
  outputs: Float32Array,
): void {
  invariant(parameters.length === plan.parameters, "a network has the parameters of its plan");
  invariant(inputs.length >= rows * plan.inputs, "a batch has a value for every input of every row");
  invariant(outputs.length >= rows * plan.outputs, "a batch has room for every output of every row");
}

function checkTraining({ plan, order, inputs, targets, ...state }: TrainingState): void {
  const { parameters, gradient, first, second } = state;
  for (const array of [parameters, gradient, first, second])
    invariant(array.length === plan.parameters, "a training has one of everything for each parameter");
  invariant(state.updateRows >= 1, "an update has at least one row");
  invariant(state.trainingRows <= order.length, "the rows to learn from are among those in the order");
  const rows = Math.min(inputs.length / plan.inputs, targets.length / plan.outputs);
  invariant(
    order.every((row) => row < rows),
    "every row in the order has inputs and targets",
  );
}
