// R2's texts: 40 topics, each with words that no other topic has and with templates that it fills from them and from
// words that all topics have. The numbers were set once, before any router read a text, and belong to the question.
//
//   words      syllables of a consonant and a vowel, two to four of them; no word is there twice
//   own        12 words of each topic; shared: 150 words of everybody
//   template   3 for each topic, of 12 places; half of them are fixed when the template is made, an own word with
//              probability 1/3, the others are filled anew for each text, with an own word with probability 1/2
//
// So five words of twelve are the topic's own, two of these always the same in one template.

import type { Random } from "../../src/base/random.js";

export const TOPICS = 40;
const OWN_WORDS = 12;
const SHARED_WORDS = 150;
const TEMPLATES = 3;
const PLACES = 12;
const FIXED_PLACES = 6;
const FIXED_OWN_CHANCE = 1 / 3;
const FREE_OWN_CHANCE = 1 / 2;
const CONSONANTS = "bdfgklmnprstvz";
const VOWELS = "aeiou";

/** A word that stands, or the chance that an own word is drawn. */
type Place = string | undefined;

/** Writes texts of topics: the vocabulary and the templates follow from the randomness that it is made with. */
export class TextWriter {
  readonly #shared: readonly string[];
  readonly #own: readonly (readonly string[])[];
  readonly #templates: readonly (readonly (readonly Place[])[])[];

  constructor(random: Random) {
    const taken = new Set<string>();
    const words = (count: number) => Array.from({ length: count }, () => newWord(random, taken));
    this.#shared = words(SHARED_WORDS);
    this.#own = Array.from({ length: TOPICS }, () => words(OWN_WORDS));
    this.#templates = this.#own.map((own) =>
      Array.from({ length: TEMPLATES }, () => this.#newTemplate(random, own)),
    );
  }

  /** One text of a topic. */
  write(random: Random, topic: number): string {
    const own = this.#own[topic]!;
    const template = oneOf(random, this.#templates[topic]!);
    return template.map((place) => place ?? this.#draw(random, own, FREE_OWN_CHANCE)).join(" ");
  }

  #newTemplate(random: Random, own: readonly string[]): readonly Place[] {
    const places: Place[] = new Array<Place>(PLACES).fill(undefined);
    for (let fixed = 0; fixed < FIXED_PLACES; ) {
      const place = random.below(PLACES);
      if (places[place] !== undefined) continue;
      places[place] = this.#draw(random, own, FIXED_OWN_CHANCE);
      fixed += 1;
    }
    return places;
  }

  #draw(random: Random, own: readonly string[], ownChance: number): string {
    return oneOf(random, random.next() < ownChance ? own : this.#shared);
  }
}

function newWord(random: Random, taken: Set<string>): string {
  for (;;) {
    const syllables = 2 + random.below(3);
    let word = "";
    for (let at = 0; at < syllables; at++) word += oneOf(random, CONSONANTS) + oneOf(random, VOWELS);
    if (taken.has(word)) continue;
    taken.add(word);
    return word;
  }
}

function oneOf<T>(random: Random, among: ArrayLike<T>): T {
  return among[random.below(among.length)] as T;
}
