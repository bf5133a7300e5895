// What is believed of the success of one agent at one kind of task: up to three hypotheses of what its record means.
//
//   hypothesis   "nothing has changed since …": good and bad outcomes since then, and how likely the hypothesis is
//   the oldest   starts from what the agent declared (learning-prior.ts); every later one from the crowd's prior
//
// At each outcome y of 0 … 1, when a share c of the belief has been forgotten since the last one:
//
//   weight_i ← weight_i · (1 − c), and a new hypothesis of weight c without any outcome         (it may have changed)
//   weight_i ← weight_i · (mean_i if it went well, 1 − mean_i if not), then all divided by their sum
//   good_i ← good_i + y,  bad_i ← bad_i + 1 − y;  beyond three hypotheses the least likely is dropped
//
// This is Bayesian online changepoint detection (Adams & MacKay 2007), pruned. A good agent that starts to fail is
// believed to have changed after a handful of failures, while one whose record is steady keeps all of it: a plain
// exponentially forgetting count has to choose one of the two. c follows the half-life: 1 − 2^(−t / half-life).
// Why one Float64Array: a hub holds very many, and a checkpoint copies them as they lie.

import { invariant } from "../base/invariant.js";

/** A belief as numbers; read it with the functions of this file only. */
export type Belief = Float64Array & { readonly __id: "belief" };

/** The prior of a hypothesis: as if `strength` outcomes of this mean had been seen. */
export interface Prior {
  readonly mean: number;
  readonly strength: number;
}

/** What a belief comes to. */
export interface Stand {
  mean: number;
  /** Standard deviation. */
  spread: number;
  /** That of what may lie above the mean: √(2·E[(p − mean)²; p > mean]), equal to the spread where both sides are. */
  upside: number;
}

export function makeStand(): Stand {
  return { mean: 0, spread: 0, upside: 0 };
}

const HYPOTHESES_MAX = 3;
const DECLARED = 0;
const EXECUTIONS = 1;
const AT_MS = 2;
const COUNT = 3;
/** 1 while the first hypothesis is the one that starts from what was declared. */
const HAS_OLDEST = 4;
const FIRST = 5;
const STRIDE = 3;
/** Numbers in a belief: one hypothesis more than are kept, as room for the newest. */
export const BELIEF_NUMBERS = FIRST + STRIDE * (HYPOTHESES_MAX + 1);
const SPREAD_MIN = 1e-6;

/** A belief without outcomes. `declared` is a proficiency, or NaN when the agent declared none. */
export function newBelief(declared: number, executions: number, atMs: number): Belief {
  const belief = new Float64Array(BELIEF_NUMBERS) as Belief;
  belief[DECLARED] = declared;
  belief[EXECUTIONS] = executions;
  belief[AT_MS] = atMs;
  belief[COUNT] = 1;
  belief[HAS_OLDEST] = 1;
  belief[FIRST] = 1;
  return belief;
}

export function declaredOf(belief: Belief): number {
  return belief[DECLARED]!;
}

/** Executions of the kind when the last outcome was seen. */
export function executionsOf(belief: Belief): number {
  return belief[EXECUTIONS]!;
}

export function atMsOf(belief: Belief): number {
  return belief[AT_MS]!;
}

/** Outcomes under the oldest hypothesis, and its weight; undefined once that was dropped. */
export function oldestOf(belief: Belief): { weight: number; good: number; bad: number } | undefined {
  if (belief[HAS_OLDEST] === 0) return undefined;
  return { weight: belief[FIRST]!, good: belief[FIRST + 1]!, bad: belief[FIRST + 2]! };
}

/**
 * What it comes to now, when a share `forgotten` of the belief has gone since the last outcome: the mixture's moments,
 * mean = Σ w·m and variance = Σ w·(v + m²) − mean², and the upside, with each hypothesis taken for a normal one.
 */
export function standOf(belief: Belief, forgotten: number, declared: Prior, crowd: Prior, out: Stand): Stand {
  let mean = forgotten * crowd.mean;
  let square = forgotten * (varianceOf(crowd.mean, crowd.strength) + crowd.mean * crowd.mean);
  const end = FIRST + STRIDE * belief[COUNT]!;
  for (let at = FIRST; at < end; at += STRIDE) {
    const prior = priorAt(belief, at, declared, crowd);
    const expected = expectedAt(belief, at, prior);
    const weight = belief[at]! * (1 - forgotten);
    mean += weight * expected;
    square += weight * (varianceOf(expected, sizeAt(belief, at, prior)) + expected * expected);
  }
  let above = forgotten * aboveOf(crowd.mean, varianceOf(crowd.mean, crowd.strength), mean);
  for (let at = FIRST; at < end; at += STRIDE) {
    const prior = priorAt(belief, at, declared, crowd);
    const expected = expectedAt(belief, at, prior);
    const variance = varianceOf(expected, sizeAt(belief, at, prior));
    above += belief[at]! * (1 - forgotten) * aboveOf(expected, variance, mean);
  }
  out.mean = mean;
  out.spread = Math.max(SPREAD_MIN, Math.sqrt(Math.max(0, square - mean * mean)));
  out.upside = Math.max(SPREAD_MIN, Math.sqrt(2 * above));
  return out;
}

/** What it comes to without any outcome. */
export function standOfPrior({ mean, strength }: Prior, out: Stand): Stand {
  out.mean = mean;
  out.spread = Math.sqrt(varianceOf(mean, strength));
  out.upside = out.spread;
  return out;
}

/** Takes in one outcome, 0 a failure … 1 a success without fault. */
export function absorb(
  belief: Belief,
  outcome: number,
  forgotten: number,
  declared: Prior,
  crowd: Prior,
): void {
  invariant(outcome >= 0 && outcome <= 1, "an outcome lies in 0 … 1");
  let count = belief[COUNT]!;
  for (let index = 0; index < count; index++) belief[FIRST + STRIDE * index]! *= 1 - forgotten;
  if (forgotten > 0) {
    const newest = FIRST + STRIDE * count;
    belief[newest] = forgotten;
    belief[newest + 1] = 0;
    belief[newest + 2] = 0;
    count += 1;
  }
  for (let index = 0; index < count; index++) {
    const at = FIRST + STRIDE * index;
    const expected = expectedAt(belief, at, priorAt(belief, at, declared, crowd));
    belief[at]! *= outcome * expected + (1 - outcome) * (1 - expected);
    belief[at + 1]! += outcome;
    belief[at + 2]! += 1 - outcome;
  }
  if (count > HYPOTHESES_MAX) count = dropLeast(belief, count);
  belief[COUNT] = count;
  scale(belief, count);
}

/** Notes when the last outcome came. */
export function stamp(belief: Belief, executions: number, atMs: number): void {
  belief[EXECUTIONS] = executions;
  belief[AT_MS] = atMs;
}

function priorAt(belief: Belief, at: number, declared: Prior, crowd: Prior): Prior {
  return at === FIRST && belief[HAS_OLDEST] === 1 ? declared : crowd;
}

function sizeAt(belief: Belief, at: number, { strength }: Prior): number {
  return strength + belief[at + 1]! + belief[at + 2]!;
}

function expectedAt(belief: Belief, at: number, prior: Prior): number {
  return (prior.mean * prior.strength + belief[at + 1]!) / sizeAt(belief, at, prior);
}

/** Of a Beta distribution. */
function varianceOf(mean: number, size: number): number {
  return (mean * (1 - mean)) / (size + 1);
}

/** E[(x − from)²; x > from] of a normal distribution: v·((1 + z²)·Φ(−z) − z·φ(z)), z = (from − mean) / √v. */
function aboveOf(mean: number, variance: number, from: number): number {
  const z = (from - mean) / Math.sqrt(variance);
  const density = 0.3989422804014327 * Math.exp(-0.5 * z * z);
  return Math.max(0, variance * ((1 + z * z) * upperTail(z) - z * density));
}

/** Φ(−z) by the tanh approximation of Page (1977); within 2e-4. */
export function upperTail(z: number): number {
  return 0.5 * (1 - Math.tanh(0.7978845608028654 * (z + 0.044715 * z * z * z)));
}

function dropLeast(belief: Belief, count: number): number {
  let least = 0;
  // Why not the newest: it has had no chance to prove itself yet.
  for (let index = 1; index < count - 1; index++) {
    if (belief[FIRST + STRIDE * index]! < belief[FIRST + STRIDE * least]!) least = index;
  }
  if (least === 0) belief[HAS_OLDEST] = 0;
  belief.copyWithin(FIRST + STRIDE * least, FIRST + STRIDE * (least + 1), FIRST + STRIDE * count);
  belief.fill(0, FIRST + STRIDE * (count - 1));
  return count - 1;
}

function scale(belief: Belief, count: number): void {
  let sum = 0;
  for (let index = 0; index < count; index++) sum += belief[FIRST + STRIDE * index]!;
  for (let index = 0; index < count; index++) belief[FIRST + STRIDE * index]! /= sum;
}
