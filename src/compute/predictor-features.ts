// What the outcome predictor knows of a task that is given to an agent, as a row of numbers between -1 and 1:
//
//   0 fitness   1 load   2 energy          2v - 1 of a share 0 … 1
//   3 priority                             low -1 … critical 1
//   4 attempt                              1 - 2 / attempt: the first -1, the second 0, the tenth 0.8
//   5 similarity                           2v - 1 of the similarity of task and agent, 0 … 1
//   6 7 time of day                        sine and cosine of the angle of a clock of 24 hours, UTC
//
// Why two numbers for the time: 23:59 and 0:00 are neighbours, which no single number says.

import { inRange, refuse } from "../base/options.js";

export interface OutcomeFeatures {
  /** As the scorer says, 0 … 1. */
  readonly fitness: number;
  /** Of the agent, 0 … 1. */
  readonly load: number;
  /** Of the agent, 0 … 1. */
  readonly energy: number;
  /** 0 low … 3 critical. */
  readonly priority: number;
  /** From 1 on. */
  readonly attempt: number;
  /** Of the embeddings of task and agent, 0 … 1; 0.5 when one of them has none. */
  readonly similarity: number;
  /** Milliseconds since the Unix epoch, when the attempt begins. */
  readonly atMs: number;
}

export const FEATURE_COUNT = 8;
const PRIORITY_MAX = 3;
const DAY_MS = 24 * 3_600_000;

/** Writes the row of `features` from `at` on. Throws OPTIONS for what is out of range. */
export function writeFeatures(features: OutcomeFeatures, row: Float32Array, at: number): void {
  const { priority, attempt, atMs } = features;
  if (!Number.isInteger(attempt) || attempt < 1) refuse("attempt", attempt, "a whole number from 1 on");
  if (!Number.isFinite(atMs)) refuse("atMs", atMs, "milliseconds since the Unix epoch");
  const angle = (2 * Math.PI * (atMs % DAY_MS)) / DAY_MS;
  row[at] = 2 * inRange("fitness", features.fitness, 0, 1) - 1;
  row[at + 1] = 2 * inRange("load", features.load, 0, 1) - 1;
  row[at + 2] = 2 * inRange("energy", features.energy, 0, 1) - 1;
  row[at + 3] = (2 * inRange("priority", priority, 0, PRIORITY_MAX)) / PRIORITY_MAX - 1;
  row[at + 4] = 1 - 2 / attempt;
  row[at + 5] = 2 * inRange("similarity", features.similarity, 0, 1) - 1;
  row[at + 6] = Math.sin(angle);
  row[at + 7] = Math.cos(angle);
}
