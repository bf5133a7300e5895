// What a text is about: a graph of content words that stand near each other, ranked; phrases are runs of such words.
// Source: R. Mihalcea and P. Tarau (2004), "TextRank: bringing order into text"; damping as in PageRank.
// The way through: `add` for each tagged sentence, `rank` once, then `phrases` and the word weights for the summary.
// What is bounded: 8,192 words, 32 neighbours each, 16,384 phrases.

import type { Pacer } from "../stream/pacing.js";
import type { TaggedWord } from "./tagger.js";
import { FUNCTION_WORDS, GENERIC_WORDS } from "./word-lists.js";

const WORDS_MAX = 8192;
const NEIGHBOURS_MAX = 32;
const PHRASES_MAX = 16_384;
/** Words of the same sentence this near to each other are neighbours. */
const WINDOW = 3;
const PHRASE_WORDS_MAX = 4;
const DAMPING = 0.85;
const ROUNDS = 25;
/** In longer texts a phrase must come back to count. */
const SHORT_TEXT_SENTENCES = 25;

const GENERIC_FACTOR = 0.35;

export interface KeyPhrase {
  phrase: string;
  /** 0 to 1, relative to the best phrase. */
  score: number;
  count: number;
}

interface Phrase {
  text: string;
  readonly words: readonly number[];
  count: number;
}

function isContent({ text, class: kind, lemma }: TaggedWord): boolean {
  if (kind === "other") return false;
  return text.length > 2 && /^\p{L}[\p{L}\p{M}'’-]+$/u.test(text) && !FUNCTION_WORDS.has(lemma);
}

export class PhraseGraph {
  readonly #ids = new Map<string, number>();
  readonly #neighbours: Map<number, number>[] = [];
  readonly #phrases = new Map<string, Phrase>();
  readonly #generic = new Set<number>();
  #sentences = 0;
  /** The weight of each word after `rank`, by its id; they sum to about 1. */
  weights = new Float64Array(0);

  /** Takes a tagged sentence; gives the ids of its content words. */
  add(words: readonly TaggedWord[]): number[] {
    this.#sentences += 1;
    const ids: number[] = [];
    let run: TaggedWord[] = [];
    let runIds: number[] = [];
    for (const word of words) {
      const id = isContent(word) ? this.#id(word.lemma) : -1;
      if (id >= 0) {
        for (const near of ids.slice(-WINDOW)) this.#link(near, id);
        ids.push(id);
        run.push(word);
        runIds.push(id);
      }
      if (run.length > 0 && (id < 0 || word.isLast)) {
        this.#phrase(run, runIds);
        [run, runIds] = [[], []];
      }
    }
    if (run.length > 0) this.#phrase(run, runIds);
    return ids;
  }

  #id(lemma: string): number {
    const known = this.#ids.get(lemma);
    if (known !== undefined) return known;
    if (this.#ids.size === WORDS_MAX) return -1;
    const id = this.#ids.size;
    this.#ids.set(lemma, id);
    if (GENERIC_WORDS.has(lemma)) this.#generic.add(id);
    this.#neighbours.push(new Map());
    return id;
  }

  #link(a: number, b: number): void {
    if (a === b) return;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const near = this.#neighbours[from] as Map<number, number>;
      const weight = near.get(to);
      if (weight !== undefined) near.set(to, weight + 1);
      else if (near.size < NEIGHBOURS_MAX) near.set(to, 1);
    }
  }

  /** Counts a run of content words that ends in a noun; adjectives behind the last noun do not belong to it. */
  #phrase(run: readonly TaggedWord[], ids: readonly number[]): void {
    let end = run.length;
    while (end > 0 && (run[end - 1] as TaggedWord).class === "adjective") end -= 1;
    if (end === 0) return;
    const start = Math.max(0, end - PHRASE_WORDS_MAX);
    const words = ids.slice(start, end);
    const key = words.join(" ");
    const shown = run.slice(start, end).map((word) => bare(word.text));
    const text = shown.join(" ");
    const known = this.#phrases.get(key);
    if (known !== undefined) {
      known.count += 1;
      // Headings and first words are written large; the quieter writing is the word's own.
      if (capitals(text) < capitals(known.text) && text.length <= known.text.length) known.text = text;
    } else if (this.#phrases.size < PHRASES_MAX) {
      this.#phrases.set(key, { text, words, count: 1 });
    }
  }

  /** Lets weight flow along the links until it has settled. */
  async rank(pacer: Pacer): Promise<void> {
    const size = this.#neighbours.length;
    const strengths = new Float64Array(size);
    this.#neighbours.forEach((near, id) => {
      let sum = 0;
      for (const weight of near.values()) sum += weight;
      strengths[id] = sum;
    });
    let weights = new Float64Array(size).fill(1 / Math.max(1, size));
    for (let round = 0; round < ROUNDS; round += 1) {
      const next = new Float64Array(size).fill((1 - DAMPING) / Math.max(1, size));
      for (let id = 0; id < size; id += 1) {
        const share = (DAMPING * (weights[id] as number)) / (strengths[id] || 1);
        for (const [to, weight] of this.#neighbours[id] as Map<number, number>) {
          next[to] = (next[to] as number) + share * weight;
        }
      }
      weights = next;
      await pacer.step(size, round / ROUNDS);
    }
    this.weights = weights;
  }

  /** The best phrases; one that lies within a better one, or around it, is left out. */
  phrases(limit: number): KeyPhrase[] {
    const isShort = this.#sentences < SHORT_TEXT_SENTENCES;
    const scored = [...this.#phrases.values()]
      .filter(({ count, words }) => isShort || count > 1 || words.length > 2)
      .map((phrase) => ({ ...phrase, score: this.#score(phrase) }))
      .sort((a, b) => b.score - a.score || (a.text < b.text ? -1 : 1));
    const best = scored[0]?.score ?? 1;
    const chosen: (Phrase & { score: number })[] = [];
    for (const phrase of scored) {
      if (chosen.length === limit) break;
      if (!chosen.some((other) => overlaps(other.words, phrase.words))) chosen.push(phrase);
    }
    return chosen.map(({ text, score, count }) => ({
      phrase: text,
      score: Math.round((score / best) * 1000) / 1000,
      count,
    }));
  }

  #score({ words, count }: Phrase): number {
    let sum = 0;
    for (const word of words)
      sum += (this.weights[word] as number) * (this.#generic.has(word) ? GENERIC_FACTOR : 1);
    return (sum / words.length ** 0.4) * Math.log2(1 + count);
  }
}

function overlaps(a: readonly number[], b: readonly number[]): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short.every((word) => long.includes(word));
}

function capitals(text: string): number {
  return text.match(/\p{Lu}/gu)?.length ?? 0;
}

/** Without a possessive. */
function bare(text: string): string {
  return text.replace(/['’]s?$/, "");
}
