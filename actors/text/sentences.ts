// Text slices to sentences, one at a time, in reading order.
// The way through: `push` each slice; finished sentences go to `emit` at once; `end` gives out the rest.
// A sentence ends at a full stop, question or exclamation mark before a space and something that can begin a sentence,
// unless the stop belongs to an abbreviation or an initial; and at every blank line.
// What is bounded: a sentence is cut after 1,000 characters at most, so one piece of later work is bounded too.
// Why not Intl.Segmenter: it ends sentences at "Mr." and handles about 3 MB/s.

import { ABBREVIATIONS } from "./word-lists.js";

/** Longest sentence given out; longer ones are cut at a clause, else at a space. */
export const SENTENCE_CHARS_MAX = 1000;

/** A mark that may end a sentence with what closes it, or a blank line. */
const BOUNDARY = /[.!?…]+["'”’»)\]]*(?=\s)|[。！？]+[」』”）]*|\n[ \t]*\n/g;
const BEGINS_SENTENCE = /^\s+["'“‘«([{—–-]*[\p{Lu}\p{Lo}\p{N}]/u;
/** Characters needed after a boundary to see how the next sentence begins. */
const LOOKAHEAD_CHARS = 16;

export interface Sentence {
  readonly text: string;
  /** True for the first sentence of a paragraph. */
  readonly opensParagraph: boolean;
}

export class SentenceSplitter {
  #pending = "";
  #opensParagraph = true;
  readonly #emit: (sentence: Sentence) => void;

  constructor(emit: (sentence: Sentence) => void) {
    this.#emit = emit;
  }

  push(slice: string): void {
    this.#drain(this.#pending + slice.replaceAll("\r", ""), false);
  }

  end(): void {
    this.#drain(this.#pending, true);
    this.#give(this.#pending);
    this.#pending = "";
  }

  #drain(text: string, isEnd: boolean): void {
    let start = 0;
    BOUNDARY.lastIndex = 0;
    for (let match = BOUNDARY.exec(text); match !== null; match = BOUNDARY.exec(text)) {
      const end = match.index + match[0].length;
      if (!isEnd && text.length - end < LOOKAHEAD_CHARS) break;
      const isBlankLine = match[0].startsWith("\n");
      if (!isBlankLine && !endsSentence(text, start, match.index, end)) continue;
      this.#give(text.slice(start, end));
      if (isBlankLine) this.#opensParagraph = true;
      start = end;
    }
    let rest = text.slice(start);
    while (rest.length > 2 * SENTENCE_CHARS_MAX) {
      const cut = cutPoint(rest);
      this.#give(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
    this.#pending = rest;
  }

  #give(raw: string): void {
    let text = raw.replace(/\s+/g, " ").trim();
    while (text.length > 0) {
      const cut = text.length > SENTENCE_CHARS_MAX ? cutPoint(text) : text.length;
      this.#emit({ text: text.slice(0, cut).trim(), opensParagraph: this.#opensParagraph });
      this.#opensParagraph = false;
      text = text.slice(cut).trim();
    }
  }
}

function endsSentence(text: string, start: number, mark: number, end: number): boolean {
  const character = text[mark] as string;
  if (character === "。" || character === "！" || character === "？") return true;
  if (character === "." && end - mark === 1) {
    const from = Math.max(start, mark - 12);
    const word = /[\p{L}.]+$/u.exec(text.slice(from, mark))?.[0] ?? "";
    if (word.length === 1 && word !== "I") return false;
    if (ABBREVIATIONS.has(word.toLowerCase()) || /^(?:\p{L}\.)+\p{L}$/u.test(word)) return false;
  }
  return end >= text.length || BEGINS_SENTENCE.test(text.slice(end, end + LOOKAHEAD_CHARS));
}

/** Where an endless sentence is cut: after the last clause mark in reach, else at a space, else anywhere. */
function cutPoint(text: string): number {
  const reach = text.slice(0, SENTENCE_CHARS_MAX);
  const clause = Math.max(reach.lastIndexOf("; "), reach.lastIndexOf(": "), reach.lastIndexOf(", "));
  if (clause > SENTENCE_CHARS_MAX / 2) return clause + 1;
  const space = reach.lastIndexOf(" ");
  return space > 0 ? space + 1 : SENTENCE_CHARS_MAX;
}

/** Pieces of a sentence of at most `charsMax`, cut between clauses or words, for work that is slow per character. */
export function clausesOf(sentence: string, charsMax: number): string[] {
  const pieces: string[] = [];
  let rest = sentence;
  while (rest.length > charsMax) {
    const reach = rest.slice(0, charsMax);
    const clause = Math.max(reach.lastIndexOf("; "), reach.lastIndexOf(", "));
    const space = reach.lastIndexOf(" ");
    const cut = clause > charsMax / 2 ? clause + 1 : space > 0 ? space + 1 : charsMax;
    pieces.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  pieces.push(rest);
  return pieces;
}
