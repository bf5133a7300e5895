// The best agents for a task at the moment of its assignment, as the few bytes that the journal keeps of them: who,
// the score, and the terms behind it. The first is the one chosen.
//
//   0 number of terms u8 · then per agent: 0 agent number u32 · 4 score u16 · 6 one u16 for each term, in order
//
// Scores and terms lie in 0..1 and are kept in steps of 1/65535. A later hub may write more terms; this one skips them.

import type { ScoreTerms } from "../wire/task-shapes.js";

const TERMS = ["fitness", "success", "headroom", "speed"] as const satisfies readonly (keyof ScoreTerms)[];
const HEADER_BYTES = 1;
const TERMS_AT = 6;
const STEPS = 0xffff;
/** How many are kept: the one chosen and the next four. */
export const MATCHED_MAX = 5;

export interface MatchedAgent {
  readonly agent: number;
  readonly score: number;
  readonly terms: ScoreTerms;
}

export function packMatched(ranking: readonly MatchedAgent[]): Uint8Array {
  const count = Math.min(ranking.length, MATCHED_MAX);
  const agentBytes = TERMS_AT + 2 * TERMS.length;
  const bytes = new Uint8Array(HEADER_BYTES + count * agentBytes);
  const view = new DataView(bytes.buffer);
  bytes[0] = TERMS.length;
  for (let index = 0; index < count; index += 1) {
    const { agent, score, terms } = ranking[index] as MatchedAgent;
    const at = HEADER_BYTES + index * agentBytes;
    view.setUint32(at, agent);
    view.setUint16(at + 4, toSteps(score));
    for (let term = 0; term < TERMS.length; term += 1) {
      view.setUint16(at + TERMS_AT + 2 * term, toSteps(terms[TERMS[term] as keyof ScoreTerms]));
    }
  }
  return bytes;
}

export function unpackMatched(bytes: Uint8Array): readonly MatchedAgent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const termsKept = bytes[0] ?? 0;
  const agentBytes = TERMS_AT + 2 * termsKept;
  const ranking: MatchedAgent[] = [];
  for (let at = HEADER_BYTES; at + agentBytes <= bytes.byteLength; at += agentBytes) {
    const termOf = (index: number): number =>
      index < termsKept ? fromSteps(view.getUint16(at + TERMS_AT + 2 * index)) : 0;
    const terms = { fitness: termOf(0), success: termOf(1), headroom: termOf(2), speed: termOf(3) };
    ranking.push({ agent: view.getUint32(at), score: fromSteps(view.getUint16(at + 4)), terms });
  }
  return ranking;
}

function toSteps(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * STEPS);
}

/** Rounded to four digits: more would only show the steps. */
function fromSteps(steps: number): number {
  return Math.round((steps / STEPS) * 1e4) / 1e4;
}
