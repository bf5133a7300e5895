// The reference of embed: plain TypeScript, in use wherever the native addon is not. The meaning stands in embed.ts.
// Two steps: `countFeatures` walks the text once and counts its features by slot; `sumBins` weighs what was counted.

import { checkVector, EMBEDDING_DIMS, type TextEmbedder } from "./embed.js";
import {
  FEATURE,
  LETTER,
  type LetterTable,
  makeLetterTable,
  makeWeights,
  PAIR_FACTOR,
  SHORT_WORD_LETTERS,
  SLOT_BITS,
  SLOTS,
  TRIGRAM_FACTORS,
  WEIGHTS_PER_FEATURE,
  WORD_FACTOR,
  WORD_SEED,
} from "./embed-features.js";

const [FIRST_FACTOR, SECOND_FACTOR, THIRD_FACTOR] = TRIGRAM_FACTORS;
/** Characters looked at before other work of the thread has its turn: some 2 ms. */
const SLICE_CHARS = 65_536;

/** How often each feature occurs. Empty between texts. */
interface Tally {
  readonly counts: Uint32Array;
  /** The slots whose count is not 0, in the order of their first occurrence. */
  readonly touched: Uint32Array;
  size: number;
}

/** Where the walk through a text is. */
interface Walk {
  at: number;
  /** The last two letters of the word so far. */
  before: number;
  last: number;
  /** Letters of the word so far, and their hash. */
  letters: number;
  word: number;
  /** Hash of the word before; 0 when there is none. */
  previous: number;
}

/** Embeds without allocating; the asynchronous form takes slices between which the event loop turns. */
export class JsEmbedder implements TextEmbedder {
  readonly kind = "js";
  readonly #letters = makeLetterTable();
  readonly #weights = makeWeights();
  readonly #bins = new Int32Array(EMBEDDING_DIMS);
  readonly #tally = makeTally();
  readonly #walk = startWalk();

  embed(text: string, out: Float32Array = new Float32Array(EMBEDDING_DIMS)): Float32Array {
    checkVector(out);
    Object.assign(this.#walk, startWalk());
    countFeatures(text, text.length, this.#letters, this.#walk, this.#tally);
    return this.#finish(this.#tally, out);
  }

  async embedAsync(text: string): Promise<Float32Array> {
    const tally = makeTally();
    const walk = startWalk();
    for (let end = SLICE_CHARS; end < text.length; end += SLICE_CHARS) {
      countFeatures(text, end, this.#letters, walk, tally);
      await new Promise((resolve) => setImmediate(resolve));
    }
    countFeatures(text, text.length, this.#letters, walk, tally);
    return this.#finish(tally, new Float32Array(EMBEDDING_DIMS));
  }

  #finish(tally: Tally, out: Float32Array): Float32Array {
    sumBins(tally, this.#weights, this.#bins);
    let squares = 0;
    for (let bin = 0; bin < EMBEDDING_DIMS; bin++) squares += this.#bins[bin]! * this.#bins[bin]!;
    const length = squares > 0 ? Math.sqrt(squares) : 1;
    for (let bin = 0; bin < EMBEDDING_DIMS; bin++) out[bin] = this.#bins[bin]! / length;
    return out;
  }
}

function makeTally(): Tally {
  return { counts: new Uint32Array(SLOTS), touched: new Uint32Array(SLOTS), size: 0 };
}

function startWalk(): Walk {
  return { at: 0, before: 0, last: 0, letters: 0, word: WORD_SEED, previous: 0 };
}

/** Goes on to `end`; the end of the text ends its last word as a separator does. */
function countFeatures(
  text: string,
  end: number,
  { blocks, entries }: LetterTable,
  walk: Walk,
  tally: Tally,
): void {
  let { at, before, last, letters, word, previous } = walk;
  const stop = end === text.length ? end + 1 : end;
  while (at < stop) {
    const codePoint = text.codePointAt(at) ?? 0;
    at += codePoint > 0xffff ? 2 : 1;
    const entry = entries[(blocks[codePoint >> 7]! << 7) | (codePoint & 127)]!;
    const kind = entry & 3;
    if (kind === LETTER.joins) {
      const letter = codePoint + (entry >> 2);
      if (letters > 0) count(trigramSlot(before, last, letter), tally);
      before = last;
      last = letter;
      letters++;
      word = Math.imul(word ^ letter, WORD_FACTOR);
      continue;
    }
    if (kind === LETTER.skipped) continue;
    if (letters > 0) {
      if (letters > 1) count(trigramSlot(before, last, 0), tally);
      countWord(letters > SHORT_WORD_LETTERS ? FEATURE.word : FEATURE.shortWord, word, previous, tally);
      previous = word;
      before = last = letters = 0;
      word = WORD_SEED;
    }
    if (kind !== LETTER.alone) continue;
    const alone = Math.imul(WORD_SEED ^ codePoint, WORD_FACTOR);
    countWord(FEATURE.word, alone, previous, tally);
    previous = alone;
  }
  Object.assign(walk, { at, before, last, letters, word, previous });
}

function countWord(feature: number, word: number, previous: number, tally: Tally): void {
  count(slotOf(feature, word), tally);
  if (previous !== 0) count(slotOf(FEATURE.pair, (Math.imul(previous, PAIR_FACTOR) + word) | 0), tally);
}

function count(slot: number, tally: Tally): void {
  const { counts, touched } = tally;
  if (counts[slot] === 0) touched[tally.size++] = slot;
  counts[slot]!++;
}

function trigramSlot(first: number, second: number, third: number): number {
  const sum =
    Math.imul(first, FIRST_FACTOR) + Math.imul(second, SECOND_FACTOR) + Math.imul(third, THIRD_FACTOR);
  return slotOf(FEATURE.trigram, sum | 0);
}

function slotOf(feature: number, value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
  return (feature << SLOT_BITS) | (hash >>> (32 - SLOT_BITS));
}

/** Adds the weights of all touched slots to their bins and empties the tally. */
function sumBins(tally: Tally, weights: Int32Array, bins: Int32Array): void {
  const { counts, touched } = tally;
  bins.fill(0);
  for (let index = 0; index < tally.size; index++) {
    const slot = touched[index]!;
    const weight = weightOf((slot >> SLOT_BITS) * WEIGHTS_PER_FEATURE, counts[slot]!, weights);
    counts[slot] = 0;
    bins[slot & 255]! += (slot & 256) === 0 ? weight : -weight;
  }
  tally.size = 0;
}

/** Counts beyond the table are halved until they are in it: ln n = ln (n / 2^s) + s·ln 2. */
function weightOf(first: number, times: number, weights: Int32Array): number {
  let doublings = 0;
  let within = times;
  for (; within >= WEIGHTS_PER_FEATURE; within >>>= 1) doublings++;
  return weights[first + within]! + doublings * weights[first]!;
}
