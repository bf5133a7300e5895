// Statistics over every sentence of a text, however long: counts, vocabulary, readability, frequent words.
// Source of the scores: R. Flesch (1948), "A new readability yardstick"; J. P. Kincaid et al. (1975).
// What is bounded: 1,024 counted words and a distinct counter of 4 KiB.

import { DistinctCounter } from "../stream/distinct.js";
import { hashText } from "../stream/hash.js";
import { TopValues } from "../stream/top-values.js";
import type { WordFacts } from "./lexicon.js";

/** Silent reading of English prose; source: M. Brysbaert (2019), a review of 190 studies. */
const WORDS_PER_MINUTE = 238;
const LONG_WORD_LETTERS = 7;

export interface Readability {
  flesch_reading_ease: number;
  grade: number;
  level: string;
}

export class TextCounts {
  characters = 0;
  words = 0;
  sentences = 0;
  paragraphs = 0;
  #longWords = 0;
  #syllables = 0;
  readonly #vocabulary = new DistinctCounter();
  readonly #frequent = new TopValues();

  /** Counts a word into the vocabulary; needed once for each different word, harmless more often. */
  meet(word: string): void {
    hashText(word);
    this.#vocabulary.addHashed();
  }

  add(text: string, words: readonly WordFacts[], opensParagraph: boolean): void {
    this.characters += text.length + 1;
    if (words.length === 0) return;
    this.sentences += 1;
    if (opensParagraph) this.paragraphs += 1;
    this.words += words.length;
    for (const { word, syllables, isContent } of words) {
      this.#syllables += syllables;
      if (word.length >= LONG_WORD_LETTERS) this.#longWords += 1;
      if (isContent) this.#frequent.add(word);
    }
  }

  summary() {
    return {
      characters: this.characters,
      words: this.words,
      sentences: this.sentences,
      paragraphs: this.paragraphs,
      distinct_words: this.#vocabulary.count(),
      distinct_estimated: this.#vocabulary.estimated,
      words_per_sentence: ratio(this.words, this.sentences),
      long_word_share: ratio(this.#longWords, this.words),
      reading_minutes: Math.max(1, Math.round(this.words / WORDS_PER_MINUTE)),
    };
  }

  frequentWords(limit: number): { word: string; count: number }[] {
    return this.#frequent.top(limit).map(({ value, count }) => ({ word: value, count }));
  }

  /** Defined for English only: the formulas were fitted to it. */
  readability(): Readability | null {
    if (this.words === 0 || this.sentences === 0) return null;
    const wordsPerSentence = this.words / this.sentences;
    const syllablesPerWord = this.#syllables / this.words;
    const ease = 206.835 - 1.015 * wordsPerSentence - 84.6 * syllablesPerWord;
    const grade = 0.39 * wordsPerSentence + 11.8 * syllablesPerWord - 15.59;
    return { flesch_reading_ease: tenth(ease), grade: tenth(Math.max(0, grade)), level: levelOf(ease) };
  }
}

function levelOf(ease: number): string {
  if (ease >= 80) return "easy";
  if (ease >= 60) return "plain";
  if (ease >= 50) return "fairly difficult";
  if (ease >= 30) return "difficult";
  return "very difficult";
}

function ratio(a: number, b: number): number {
  return b === 0 ? 0 : Math.round((a / b) * 1000) / 1000;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
