// The best agents for a task at the moment of its assignment, as the few bytes that the journal keeps of them: who,
// the score, and the terms behind it. The first is the one chosen.
//
//   0 number of terms u8 · then per agent: 0 agent number u32 · 4 score u16 · 6 one u16 for each term, in order
//
// Scores and terms lie in 0..1 and are kept in steps of 1/65535. A later hub may write more terms; this one skips them,
// and an older one wrote no more than the first four.
// What was learned of the agent: `success` is the mean of Beta(alpha, beta), `doubt` is 1 / (1 + alpha + beta), and
// `sample` is the success that the choice went by: more than the mean where it paid to learn more about the agent.
// Where the outcome predictor had a say (hub/forecast.ts), `success` is what came of mixing it in, and three more terms
// are kept: what it expected, its weight, and the mean that was believed.

import type { LearnedTerms, PredictedTerms, ScoreTerms } from "../wire/task-shapes.js";
import type { ByteSlab } from "./byte-slab.js";

/** fitness, success, headroom, speed; doubt, sample. The mean is that of success. */
const TERMS_KEPT = 6;
/** The same, then what the predictor expects, its weight, and the mean that was believed. */
const TERMS_FORESEEN = 9;
const TERMS_OLD = 4;
const HEADER_BYTES = 1;
const TERMS_AT = 6;
const STEPS = 0xffff;
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

/** Numbers per agent in a ranking before it is packed: agent number, score, then the terms in order. */
export const RANKING_STRIDE = 2 + TERMS_KEPT;
/** The same where the predictor had a say. */
export const FORESEEN_STRIDE = 2 + TERMS_FORESEEN;

/** Packs the first `count` agents of `ranking`, which has `stride` numbers for each. */
export function packMatched(
  ranking: Float64Array,
  count: number,
  slab: ByteSlab,
  stride = RANKING_STRIDE,
): Uint8Array {
  const termsKept = stride - 2;
  const bytes = slab.take(HEADER_BYTES + count * (TERMS_AT + 2 * termsKept));
  bytes[0] = termsKept;
  let at = HEADER_BYTES;
  for (let from = 0; from < count * stride; from += stride) {
    at = bytes.writeUInt32BE(ranking[from] as number, at);
    for (let index = 1; index < stride; index += 1) {
      at = bytes.writeUInt16BE(toSteps(ranking[from + index] as number), at);
    }
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
  const termOf = (index: number): number =>
    index < termsKept ? fromSteps(readUint16(bytes, at + TERMS_AT + 2 * index)) : 0;
  const isForeseen = termsKept >= TERMS_FORESEEN;
  const mean = termOf(isForeseen ? 8 : 1);
  return {
    agent: readUint16(bytes, at) * 0x1_0000 + readUint16(bytes, at + 2),
    score: fromSteps(readUint16(bytes, at + 4)),
    terms: { fitness: termOf(0), success: termOf(1), headroom: termOf(2), speed: termOf(3) },
    predicted: isForeseen ? { success: termOf(6), weight: termOf(7) } : undefined,
    learned:
      termsKept <= TERMS_OLD
        ? undefined
        : learnedTerms(
            mean,
            STEPS / Math.max(1, readUint16(bytes, at + TERMS_AT + 2 * TERMS_OLD)) - 1,
            termOf(5),
          ),
  };
}

/** `size` is alpha + beta. */
export function learnedTerms(mean: number, size: number, sample: number): LearnedTerms {
  const round = (value: number) => Math.round(value * 100) / 100;
  return { alpha: round(mean * size), beta: round((1 - mean) * size), mean, sample };
}

function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function toSteps(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * STEPS);
}

/** Rounded to four digits: more would only show the steps. */
function fromSteps(steps: number): number {
  return Math.round((steps / STEPS) * 1e4) / 1e4;
}
