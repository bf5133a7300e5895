// An extractive summary: the sentences that hold most of what the text is about, each telling something new.
// Source of the choice: J. Carbonell and J. Goldstein (1998), maximal marginal relevance; the scores of words come from
// the phrase graph, so a sentence is weighed by the importance of its words and not by its place.

import type { Pacer } from "../stream/pacing.js";

const NOVELTY = 0.6;
/** Sentences looked at when choosing; the best by score alone. */
const CANDIDATES = 60;
const WORDS_MIN = 7;
const WORDS_MAX = 45;
const SHOWN_CHARS = 500;
/** A sentence that leans on the one before it does not stand alone. */
const LEANING =
  /^["'“‘(]*(?:and|but|or|nor|so|then|thus|hence|therefore|however|he|she|it|they|this|that|these|those|such)\b/i;

export interface ScoredSentence {
  readonly text: string;
  /** Position in the text, from 0. */
  readonly index: number;
  readonly words: number;
  /** Ids of content words in the phrase graph. */
  readonly ids: readonly number[];
}

export interface SummarySentence {
  sentence: number;
  text: string;
}

/** How many sentences a summary of a text of `sentences` sentences has. */
export function summaryLength(sentences: number): number {
  return sentences < 60 ? 3 : sentences < 200 ? 4 : 5;
}

function score(sentence: ScoredSentence, total: number, weights: Float64Array): number {
  const unique = new Set(sentence.ids);
  let sum = 0;
  for (const id of unique) sum += weights[id] ?? 0;
  let value = sum / (unique.size + 6);
  if (sentence.words < WORDS_MIN || sentence.words > WORDS_MAX) value *= 0.4;
  if (!/[.!?。！？…]["'”’)\]]*$/.test(sentence.text)) value *= 0.3;
  if (/\?["'”’)]*$/.test(sentence.text)) value *= 0.7;
  if (LEANING.test(sentence.text)) value *= 0.75;
  if (/^["“‘]/.test(sentence.text)) value *= 0.85;
  const place = sentence.index / Math.max(1, total - 1);
  return value * (place < 0.05 || place > 0.95 ? 1.1 : 1);
}

function similarity(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let common = 0;
  for (const id of a) if (b.has(id)) common += 1;
  return common === 0 ? 0 : common / Math.min(a.size, b.size);
}

/** Chooses `length` sentences, in reading order. `total` is the number of sentences of the whole text. */
export async function summarise(
  sentences: readonly ScoredSentence[],
  weights: Float64Array,
  length: number,
  total: number,
  pacer: Pacer,
): Promise<SummarySentence[]> {
  const scored = sentences.map((sentence) => ({ sentence, value: score(sentence, total, weights) }));
  await pacer.step(sentences.length);
  scored.sort((a, b) => b.value - a.value);
  const open = scored
    .slice(0, CANDIDATES)
    .map((entry) => ({ ...entry, ids: new Set(entry.sentence.ids), near: 0 }));
  const chosen: ScoredSentence[] = [];
  while (chosen.length < length && open.length > 0) {
    let best = 0;
    const worth = (at: number): number => (open[at]?.value ?? 0) * (1 - NOVELTY * (open[at]?.near ?? 0));
    for (let at = 1; at < open.length; at += 1) if (worth(at) > worth(best)) best = at;
    const [taken] = open.splice(best, 1);
    if (taken === undefined) break;
    chosen.push(taken.sentence);
    for (const entry of open) entry.near = Math.max(entry.near, similarity(entry.ids, taken.ids));
  }
  chosen.sort((a, b) => a.index - b.index);
  return chosen.map(({ text, index }) => ({ sentence: index + 1, text: shorten(text) }));
}

function shorten(text: string): string {
  return text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS - 1)}…`;
}
