// The constants of `embed`, one source for both engines: how letters are looked up, features hashed and slots weighed.
// The meaning of it all stands in embed.ts; native/embed.cc has the factors of the hashes a second time.
//
//   letter table   entries[128·blocks[c >> 7] + (c & 127)] = (folded − c)·4 + kind for the code point c
//   hashes         Σ factor·value modulo 2^32, then mixed (the multipliers and shifts of "lowbias32", Chris Wellons and
//                  "TheIronBorn", 2018–2022)
//   slot           kind of feature in bits 14 and 15, of the hash its highest 14 bits
//   weight table   512 entries per kind: [n] the weight of n occurrences, [0] what each doubling beyond adds
// Why: slots and no map of features. The counters have their place without a search, a call allocates nothing however
// long the text, and texts of up to a few thousand words hardly ever have two features in one slot.

import { LETTER_RUNS } from "./embed-letters.js";

export const LETTER = { separates: 0, joins: 1, alone: 2, skipped: 3 } as const;
export const FEATURE = { trigram: 0, shortWord: 1, word: 2, pair: 3 } as const;

export const TRIGRAM_FACTORS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d] as const;
export const WORD_SEED = 0x27d4eb2f;
export const WORD_FACTOR = 0x01000193;
export const PAIR_FACTOR = 0x165667b1;
/** Words of up to so many letters say little: in most languages they are articles, pronouns and prepositions. */
export const SHORT_WORD_LETTERS = 3;

export const SLOT_BITS = 14;
export const SLOTS = 4 << SLOT_BITS;
export const WEIGHTS_PER_FEATURE = 512;

/** In the order of FEATURE. Why these: of those tried they found the other half of a passage most often. */
const MULTIPLIERS = [1, 0.5, 2, 0.5];
const WEIGHT_UNITS = 4_096;
const CODE_POINTS = 0x110000;
const BLOCK = 128;

export interface LetterTable {
  readonly blocks: Uint16Array;
  readonly entries: Int32Array;
}

/** Unpacks the runs of embed-letters.ts. Blocks of one value lie in it once. */
export function makeLetterTable(): LetterTable {
  const blocks = new Uint16Array(CODE_POINTS / BLOCK);
  const uniform = new Map<number, number>();
  const entries: number[] = [];
  const addBlock = (entry: number): number =>
    entries.push(...new Array<number>(BLOCK).fill(entry)) / BLOCK - 1;
  let at = 0;
  for (const [count, entry] of letterRuns()) {
    for (let left = count; left > 0; ) {
      const within = at % BLOCK;
      const taken = Math.min(left, BLOCK - within);
      if (taken === BLOCK) {
        if (!uniform.has(entry)) uniform.set(entry, addBlock(entry));
        blocks[at / BLOCK] = uniform.get(entry)!;
      } else {
        if (within === 0) blocks[at / BLOCK] = addBlock(entry);
        const first = BLOCK * blocks[(at - within) / BLOCK]! + within;
        entries.fill(entry, first, first + taken);
      }
      at += taken;
      left -= taken;
    }
  }
  return { blocks, entries: Int32Array.from(entries) };
}

function* letterRuns(): Generator<readonly [count: number, entry: number]> {
  for (const line of LETTER_RUNS) {
    for (const run of line.split(" ")) {
      const star = run.indexOf("*");
      yield [star < 0 ? 1 : Number.parseInt(run, 36), Number.parseInt(run.slice(star + 1), 36)];
    }
  }
}

/** m·(1 + ln n) in whole units, so that sums of weights do not depend on their order. */
export function makeWeights(): Int32Array {
  const weights = new Int32Array(MULTIPLIERS.length * WEIGHTS_PER_FEATURE);
  for (const [feature, multiplier] of MULTIPLIERS.entries()) {
    const units = multiplier * WEIGHT_UNITS;
    weights[feature * WEIGHTS_PER_FEATURE] = Math.round(units * Math.LN2);
    for (let times = 1; times < WEIGHTS_PER_FEATURE; times++) {
      weights[feature * WEIGHTS_PER_FEATURE + times] = Math.round(units * (1 + Math.log(times)));
    }
  }
  return weights;
}
