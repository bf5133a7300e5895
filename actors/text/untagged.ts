// Stands in for the tagger in languages it does not know: words that come in very many sentences, or are short and
// frequent, are taken for grammar, all others for content. This is RAKE's idea with a stop list found in the text.
// Source: S. Rose et al. (2010), "Automatic keyword extraction from individual documents".

import type { TaggedWord } from "./tagger.js";
import { wordsOf } from "./words.js";

const COUNTED_WORDS_MAX = 50_000;
const GRAMMAR_WORDS = 80;
const GRAMMAR_LETTERS_MAX = 5;
const EVERYWHERE_SHARE = 0.25;
/** In fewer sentences than this, frequency tells nothing, and only the length of a word is left. */
const TELLING_SENTENCES = 20;
const CONTENT_LETTERS_MIN = 4;

const NOTHING_KNOWN = {
  name: undefined,
  isTitle: false,
  date: undefined,
  isAmount: false,
  isScale: false,
  isLast: false,
} as const;

function isLong(word: string): boolean {
  return word.length >= CONTENT_LETTERS_MIN;
}

/** A tagger for the language of `sentences`. */
export function untaggedTagger(sentences: readonly string[]): (sentence: string) => TaggedWord[] {
  const counts = new Map<string, number>();
  for (const sentence of sentences) {
    for (const word of new Set(wordsOf(sentence.toLowerCase()))) {
      if (counts.size < COUNTED_WORDS_MAX || counts.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, GRAMMAR_WORDS);
  const isGrammar = ([word, count]: [string, number]): boolean =>
    sentences.length >= TELLING_SENTENCES &&
    (word.length <= GRAMMAR_LETTERS_MAX || count > sentences.length * EVERYWHERE_SHARE);
  const found = new Set(frequent.filter(isGrammar).map(([word]) => word));
  const leavesContent = [...counts.keys()].some((word) => isLong(word) && !found.has(word));
  // Why: in a text that says few things over and over every word is frequent, and frequency tells nothing either.
  const grammar = leavesContent ? found : new Set<string>();
  return (sentence) =>
    wordsOf(sentence).map((text) => {
      const lemma = text.toLowerCase();
      const isContent = isLong(lemma) && !grammar.has(lemma);
      return { ...NOTHING_KNOWN, text, lemma, class: isContent ? "noun" : "other" };
    });
}
