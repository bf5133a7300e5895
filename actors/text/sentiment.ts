// The tone of a text by the valences of its words, sentence by sentence, with negation.
// Source of the factor for negated words: C. Hutto and E. Gilbert (2014), VADER.
// What is bounded: sums, and the most positive and the most negative sentence.

import type { WordFacts } from "./lexicon.js";

const NEGATED_FACTOR = -0.74;
/** A negation reaches this many words forward. */
const NEGATION_REACH = 3;
/** Valence per sentence from which a text as a whole has a tone; most prose lies between. */
const TONE_THRESHOLD = 0.5;
const QUOTED_CHARS = 240;
/** A sentence shorter than this is no example of anything. */
const QUOTED_WORDS_MIN = 5;

export interface Sentiment {
  label: "positive" | "negative" | "mixed" | "neutral";
  /** Mean valence per sentence. */
  score: number;
  positive_sentences: number;
  negative_sentences: number;
  neutral_sentences: number;
  most_positive: string | null;
  most_negative: string | null;
}

export class SentimentMeter {
  #sum = 0;
  #positive = 0;
  #negative = 0;
  #neutral = 0;
  #best = { score: 0, text: "" };
  #worst = { score: 0, text: "" };

  add(text: string, words: readonly WordFacts[]): void {
    if (words.length === 0) return;
    const score = scoreSentence(words);
    this.#sum += score;
    if (score > 0) this.#positive += 1;
    else if (score < 0) this.#negative += 1;
    else this.#neutral += 1;
    if (words.length < QUOTED_WORDS_MIN) return;
    if (score > this.#best.score) this.#best = { score, text: quote(text) };
    if (score < this.#worst.score) this.#worst = { score, text: quote(text) };
  }

  result(): Sentiment {
    const sentences = this.#positive + this.#negative + this.#neutral;
    const mean = sentences === 0 ? 0 : this.#sum / sentences;
    const charged = (this.#positive + this.#negative) / Math.max(1, sentences);
    const label =
      mean >= TONE_THRESHOLD
        ? "positive"
        : mean <= -TONE_THRESHOLD
          ? "negative"
          : charged > 0.6
            ? "mixed"
            : "neutral";
    return {
      label,
      score: Math.round(mean * 1000) / 1000,
      positive_sentences: this.#positive,
      negative_sentences: this.#negative,
      neutral_sentences: this.#neutral,
      most_positive: this.#best.text || null,
      most_negative: this.#worst.text || null,
    };
  }
}

function quote(text: string): string {
  return text.length <= QUOTED_CHARS ? text : `${text.slice(0, QUOTED_CHARS - 1)}…`;
}

/** The valence of one sentence. */
export function scoreSentence(words: readonly WordFacts[]): number {
  let sum = 0;
  let negatedUntil = -1;
  for (let index = 0; index < words.length; index += 1) {
    const { valence, negates, pairs } = words[index] as WordFacts;
    const pair = pairs?.get(words[index + 1]?.word ?? "");
    if (pair !== undefined) {
      sum += pair;
      index += 1;
    } else if (negates) negatedUntil = index + NEGATION_REACH;
    else if (valence !== 0) sum += index <= negatedUntil ? valence * NEGATED_FACTOR : valence;
  }
  return sum;
}
