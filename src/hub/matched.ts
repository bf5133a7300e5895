// The best agents for a task at the moment of its assignment, as the few bytes that the journal keeps of them: who,
// the score, and the terms behind it. The first is the one chosen.
//
//   0 number of terms u8 · then per agent: 0 agent number u32 · 4 score u16 · 6 one u16 for each term, in order:
//   fitness · success · headroom · speed · doubt · sample                    usually
//   · semantic · cost share · expected · weight · believed                   and these, where one of them counted
//
// Scores and terms lie in 0..1 and are kept in steps of 1/65535. Where there are all eleven, semantic, cost share and
// expected are kept plus one step, 0 for one that did not count; and the score is an i16 in steps of 1/32767, since
// costs may take it below 0. A later hub may write more terms; this one skips them, and an older one wrote as few as
// four.
// What was learned of the agent: `success` is the mean of Beta(alpha, beta), `doubt` is 1 / (1 + alpha + beta), and
// `sample` is the success that the choice went by: more than the mean where it paid to learn more about the agent.
// Where the outcome predictor had a say (hub/forecast.ts), `success` is what came of mixing it in: `expected` is what
// it expected, `weight` how much of that was mixed in, and `believed` the mean of Beta(alpha, beta).

import type { Candidate } from "../compute/chooser.js";
import type { LearnedTerms, PredictedTerms, ScoreTerms } from "../wire/task-shapes.js";
import type { ByteSlab } from "./byte-slab.js";

const TERMS_OLD = 4;
const TERMS_USUAL = 6;
const TERMS_ALL = 11;
const HEADER_BYTES = 1;
const TERMS_AT = 6;
const STEPS = 0xffff;
const SIGNED_STEPS = 0x7fff;
/** How many are kept: the one chosen and the next four. */
export const MATCHED_MAX = 5;

export interface MatchedAgent {
  readonly agent: number;
  readonly score: number;
  readonly terms: ScoreTerms;
  /** Undefined in what an older hub kept. */
  readonly learned: LearnedTerms | undefined;
  /** Undefined where the predictor had no say. */
  readonly predicted: PredictedTerms | undefined;
}

/**
 * Where things stand in a ranking before it is packed; semantic, cost share and expected are NaN where they do not
 * count.
 */
export const RANKED = {
  agent: 0,
  score: 1,
  terms: 2,
  semantic: 6,
  costShare: 7,
  doubt: 8,
  sample: 9,
  expected: 10,
  weight: 11,
  believed: 12,
} as const;
/** Numbers per agent in such a ranking. */
export const RANKING_STRIDE = 13;
/** In the order in which they are kept. */
const KEPT = [2, 3, 4, 5, RANKED.doubt, RANKED.sample] as const;
const KEPT_OPTIONAL = [RANKED.semantic, RANKED.costShare, RANKED.expected] as const;

/** Copies a candidate to its place in a ranking. */
export function noteRanked(ranking: Float64Array, place: number, agent: number, candidate: Candidate): void {
  const { score, terms, mean, expected, expectedWeight, alpha, beta, sample } = candidate;
  const at = place * RANKING_STRIDE;
  ranking[at + RANKED.agent] = agent;
  ranking[at + RANKED.score] = score;
  ranking.set(terms, at + RANKED.terms);
  ranking[at + RANKED.doubt] = 1 / (1 + alpha + beta);
  ranking[at + RANKED.sample] = sample;
  ranking[at + RANKED.expected] = expected;
  ranking[at + RANKED.weight] = expectedWeight;
  ranking[at + RANKED.believed] = mean;
}

/** Moves what stands at a place of a ranking before all others. */
export function moveToTop(ranking: Float64Array, place: number): void {
  // Number by number: a copy of so few would cost more than the ranking.
  for (let from = place * RANKING_STRIDE; from > 0; from -= RANKING_STRIDE) {
    for (let at = from; at < from + RANKING_STRIDE; at += 1) {
      const later = ranking[at] as number;
      ranking[at] = ranking[at - RANKING_STRIDE] as number;
      ranking[at - RANKING_STRIDE] = later;
    }
  }
}

/** Packs the first `count` agents of `ranking`, which has `RANKING_STRIDE` numbers for each. */
export function packMatched(ranking: Float64Array, count: number, slab: ByteSlab): Uint8Array {
  const isUsual =
    isNone(ranking, RANKED.semantic) && isNone(ranking, RANKED.costShare) && isNone(ranking, RANKED.expected);
  const terms = isUsual ? TERMS_USUAL : TERMS_ALL;
  const bytes = slab.take(HEADER_BYTES + count * (TERMS_AT + 2 * terms));
  bytes[0] = terms;
  let at = HEADER_BYTES;
  for (let from = 0; from < count * RANKING_STRIDE; from += RANKING_STRIDE) {
    const score = ranking[from + RANKED.score] as number;
    at = bytes.writeUInt32BE(ranking[from + RANKED.agent] as number, at);
    at = isUsual ? bytes.writeUInt16BE(toSteps(score), at) : bytes.writeInt16BE(toSignedSteps(score), at);
    for (const index of KEPT) at = bytes.writeUInt16BE(toSteps(ranking[from + index] as number), at);
    if (isUsual) continue;
    for (const index of KEPT_OPTIONAL)
      at = bytes.writeUInt16BE(toOptional(ranking[from + index] as number), at);
    at = bytes.writeUInt16BE(toSteps(ranking[from + RANKED.weight] as number), at);
    at = bytes.writeUInt16BE(toSteps(ranking[from + RANKED.believed] as number), at);
  }
  return bytes;
}

/** The agent that was chosen. */
export function firstMatched(bytes: Uint8Array): MatchedAgent | undefined {
  return bytes.length < HEADER_BYTES + TERMS_AT ? undefined : matchedAt(bytes, HEADER_BYTES);
}

export function unpackMatched(bytes: Uint8Array): readonly MatchedAgent[] {
  const agentBytes = TERMS_AT + 2 * (bytes[0] ?? 0);
  const ranking: MatchedAgent[] = [];
  for (let at = HEADER_BYTES; at + agentBytes <= bytes.length; at += agentBytes)
    ranking.push(matchedAt(bytes, at));
  return ranking;
}

function matchedAt(bytes: Uint8Array, at: number): MatchedAgent {
  const termsKept = bytes[0] ?? 0;
  const stepsOf = (index: number): number =>
    index < termsKept ? readUint16(bytes, at + TERMS_AT + 2 * index) : 0;
  const termOf = (index: number): number => round(stepsOf(index) / STEPS);
  const optional = (index: number): number =>
    stepsOf(index) === 0 ? Number.NaN : round((stepsOf(index) - 1) / (STEPS - 1));
  const isUsual = termsKept < TERMS_ALL;
  const score = readUint16(bytes, at + 4);
  const mean = termOf(isUsual ? 1 : 10);
  const expected = optional(8);
  return {
    agent: readUint16(bytes, at) * 0x1_0000 + readUint16(bytes, at + 2),
    score: round(isUsual ? score / STEPS : ((score << 16) >> 16) / SIGNED_STEPS),
    terms: shownTerms([termOf(0), termOf(1), termOf(2), termOf(3), optional(6), optional(7)]),
    predicted: shownPrediction(expected, termOf(9)),
    learned:
      termsKept <= TERMS_OLD
        ? undefined
        : learnedTerms(mean, STEPS / Math.max(1, stepsOf(TERMS_OLD)) - 1, termOf(5)),
  };
}

/** What would be read of a candidate if it had been packed. */
export function matchedOf(agent: number, candidate: Candidate): MatchedAgent {
  const { score, terms, mean, expected, expectedWeight, alpha, beta, sample } = candidate;
  return {
    agent,
    score,
    terms: shownTerms(terms),
    learned: learnedTerms(mean, alpha + beta, sample),
    predicted: shownPrediction(expected, expectedWeight),
  };
}

/** As people see them: `terms` in the order of compute/scorer.ts, without those that are NaN. */
function shownTerms(terms: ArrayLike<number>): ScoreTerms {
  const [fitness = 0, success = 0, headroom = 0, speed = 0, semantic = 0, costShare = 0] = Array.from(terms);
  return {
    fitness,
    success,
    headroom,
    speed,
    ...(Number.isNaN(semantic) ? {} : { semantic }),
    ...(Number.isNaN(costShare) ? {} : { cost_share: costShare }),
  };
}

/** What a predictor expected and how much that weighed, as people see it; undefined where it had no say. */
function shownPrediction(expected: number, weight: number): PredictedTerms | undefined {
  return Number.isNaN(expected) ? undefined : { success: expected, weight };
}

/** `size` is alpha + beta. */
function learnedTerms(mean: number, size: number, sample: number): LearnedTerms {
  const rounded = (value: number) => Math.round(value * 100) / 100;
  return { alpha: rounded(mean * size), beta: rounded((1 - mean) * size), mean, sample };
}

function isNone(ranking: Float64Array, at: number): boolean {
  return Number.isNaN(ranking[at]);
}

function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function toSteps(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * STEPS);
}

function toSignedSteps(value: number): number {
  return Math.round(Math.min(1, Math.max(-1, value)) * SIGNED_STEPS);
}

function toOptional(value: number): number {
  return Number.isNaN(value) ? 0 : 1 + Math.round(Math.min(1, Math.max(0, value)) * (STEPS - 1));
}

/** Four digits: more would only show the steps. */
function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
