// What the two engines that also train, native and js, do beyond computing batches; and the numbers of a training
// while it runs. The rules by which parameters change, each from the mean gradient g of the rows of one update:
//
//   incremental  after every row: w -= rate · g
//   batch        after all rows:  w -= rate · g
//   rprop        after all rows, iRPROP-: each parameter has a step of its own. g times the g before it
//                above 0: step = min(1.2 · step, 50);  below 0: step = max(0.5 · step, 1e-6) and g counts as 0;
//                then w -= sign(g) · step               (Igel & Hüsken, "Improving the Rprop learning algorithm", 2000)
//   adam         after every `updateRows` rows: m = 0.9 m + 0.1 g;  v = 0.999 v + 0.001 g²;
//                w -= rate · √(1 - 0.999^t) / (1 - 0.9^t) · m / (√v + 1e-8), t counting the updates
//                                                       (Kingma & Ba, "Adam", 2015, the form at the end of section 2)
//
// g is the gradient of ½ Σ (y - target)² over the outputs of a row, by back-propagation (Rumelhart, Hinton & Williams,
// 1986).

import type { ForwardEngine, NetworkPlan } from "./network-shape.js";

export const ALGORITHMS = ["incremental", "batch", "rprop", "adam"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const RPROP = { grow: 1.2, shrink: 0.5, first: 0.1, least: 1e-6, most: 50 } as const;
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/**
 * A training between two epochs. An epoch changes all but the inputs, targets and order. All floats lie in shared
 * memory, so that another thread may work in them.
 */
export interface TrainingState {
  readonly plan: NetworkPlan;
  readonly algorithm: Algorithm;
  readonly learningRate: number;
  /** Rows of one update; the last update of an epoch may have fewer. */
  readonly updateRows: number;
  readonly parameters: Float32Array;
  readonly gradient: Float32Array;
  /** rprop: the gradient before; adam: m. */
  readonly first: Float32Array;
  /** rprop: the steps; adam: v. */
  readonly second: Float32Array;
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
  /** Numbers of rows: those to learn from in the order of this epoch, then those to be judged by. */
  readonly order: Uint32Array;
  readonly trainingRows: number;
  /** Adam's 0.9^t and 0.999^t after t updates; 1 at first. */
  decay1: number;
  decay2: number;
  /** Σ (y - target)² over the rows learnt from, each row as it came by. */
  trainingSum: number;
  /** The same over the rows to be judged by, with the parameters at the end. */
  validationSum: number;
  /** Memory to work in; an engine makes it when it needs some. */
  scratch?: Float32Array;
}

export interface NetworkEngine extends ForwardEngine {
  readonly kind: "native" | "js";
  /** `forward`, done when it returns. Allocates nothing once it has seen a network of that width. */
  forwardNow(
    plan: NetworkPlan,
    parameters: Float32Array,
    inputs: Float32Array,
    rows: number,
    outputs: Float32Array,
  ): void;
  /** One epoch. Native works on another thread; nobody touches the arrays of `state` before the promise resolves. */
  epoch(state: TrainingState): Promise<void>;
  /** Σ (y - target)² over the rows to be judged by, with the parameters as they are. */
  judge(state: TrainingState): Promise<void>;
}
