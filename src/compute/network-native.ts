// The native engine of networks: typed wrapper around native/network.cc. It checks every shape and says in words what
// is wrong, and brings the memory that C++ trains in.

import type { Addon } from "../base/addon.js";
import { invariant } from "../base/invariant.js";
import { ALGORITHMS, type NetworkEngine, type TrainingState } from "./network-engine.js";
import type { NetworkPlan } from "./network-shape.js";
import { isShared, makeSharedFloats, shareFloats } from "./shared-floats.js";

/** Batches at once or on another thread, epochs always there; the JavaScript thread stays free meanwhile. */
export class NativeNetworkEngine implements NetworkEngine {
  readonly kind = "native";
  readonly #addon: Addon;
  /** Networks never change, so their parameters are copied into shared memory once. */
  readonly #shared = new WeakMap<Float32Array, Float32Array>();

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
    this.#addon.networkForward(plan.layout, parameters, inputs, rows, outputs);
  }

  async forward(
    plan: NetworkPlan,
    parameters: Float32Array,
    inputs: Float32Array,
    rows: number,
    outputs: Float32Array,
  ): Promise<void> {
    checkBatch(plan, parameters, inputs, rows, outputs);
    await this.#addon.networkForwardLater(plan.layout, this.#share(parameters), inputs, rows, outputs);
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
    state.scratch ??= makeSharedFloats(this.#addon.networkScratch(plan.layout));
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

  #share(parameters: Float32Array): Float32Array {
    let shared = this.#shared.get(parameters);
    if (shared === undefined) {
      shared = shareFloats(parameters);
      this.#shared.set(parameters, shared);
    }
    return shared;
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
  for (const array of [parameters, gradient, first, second, inputs, targets])
    invariant(isShared(array), "a training works in shared memory");
  invariant(state.updateRows >= 1, "an update has at least one row");
  invariant(state.trainingRows <= order.length, "the rows to learn from are among those in the order");
  const rows = Math.min(inputs.length / plan.inputs, targets.length / plan.outputs);
  invariant(
    order.every((row) => row < rows),
    "every row in the order has inputs and targets",
  );
}
