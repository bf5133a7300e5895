// Word classes, names, dates and amounts in an English sentence, by compromise.
// Why by pieces of at most 400 characters: a piece costs about 1.5 ms, and no piece can hold the thread for long.
// Why not wink-nlp, which tags ten times faster: it remembers every new word it meets, for ever and without a bound,
// and what it remembers changes its later answers. An agent lives for months, and an attempt that is repeated must
// give the same result.
// Why "compromise/two": the third layer adds views of names and numbers, which are read from the tags here.
// Loading this file unpacks the lexicon (about 150 ms): an agent's thread does it when it starts, no task waits for it.

import nlp from "compromise/two";
import { clausesOf } from "./sentences.js";

const PIECE_CHARS = 400;

export type WordClass = "noun" | "proper" | "adjective" | "other";
export type NameType = "person" | "place" | "organisation";

export interface TaggedWord {
  /** As written, without the punctuation around it. */
  readonly text: string;
  /** Dictionary form in lower case, for counting. */
  readonly lemma: string;
  readonly class: WordClass;
  /** What the word names by itself, where the lexicon or its neighbours tell. */
  readonly name: NameType | undefined;
  /** Captain, Mr, President: tells that a person's name follows. */
  readonly isTitle: boolean;
  /** Part of a date; `named` when it is a month or a year. */
  readonly date: "named" | "part" | undefined;
  /** Money or a share: a figure, a currency, a percentage. */
  readonly isAmount: boolean;
  /** Million, billion: belongs to an amount before it. */
  readonly isScale: boolean;
  /** Punctuation or a bracket separates it from the next word. */
  readonly isLast: boolean;
}

interface Term {
  readonly text: string;
  readonly pre: string;
  readonly post: string;
  readonly normal: string;
  readonly tags?: ReadonlySet<string>;
}

const NO_TAGS: ReadonlySet<string> = new Set();

/** The words of a sentence, piece by piece; the caller may pause between pieces. */
export function* tagPieces(sentence: string): Generator<{ words: TaggedWord[]; chars: number }> {
  for (const piece of clausesOf(sentence, PIECE_CHARS)) {
    const words: TaggedWord[] = [];
    const terms = (nlp(piece).docs as unknown as Term[][]).flat();
    terms.forEach((term, index) => {
      // Contractions become two terms, of which the second has no text of its own.
      if (term.text !== "") words.push(tagWord(term, terms[index + 1]));
    });
    yield { words, chars: piece.length };
  }
}

function tagWord(term: Term, next: Term | undefined): TaggedWord {
  const tags = term.tags ?? NO_TAGS;
  return {
    text: term.text,
    lemma: lemmaOf(term, tags),
    class: classOf(tags, term.text),
    name: nameOf(tags),
    isTitle: tags.has("Honorific"),
    date:
      !tags.has("Date") || tags.has("Duration")
        ? undefined
        : tags.has("Month") || tags.has("Year")
          ? "named"
          : "part",
    isAmount: tags.has("Money") || tags.has("Percent") || tags.has("Currency") || term.normal === "percent",
    isScale: tags.has("Multiple"),
    isLast: separates(term, tags) || /[("“‘[]/.test(next?.pre ?? ""),
  };
}

function separates({ post }: Term, tags: ReadonlySet<string>): boolean {
  if (post.startsWith(".") && (tags.has("Abbreviation") || tags.has("Honorific"))) return false;
  return /[^\s'’]/.test(post);
}

function classOf(tags: ReadonlySet<string>, text: string): WordClass {
  if (tags.has("Pronoun") || tags.has("Value") || tags.has("Date")) return "other";
  if (tags.has("ProperNoun") && /^\p{Lu}/u.test(text)) return "proper";
  if (tags.has("Noun")) return "noun";
  return tags.has("Adjective") ? "adjective" : "other";
}

function nameOf(tags: ReadonlySet<string>): NameType | undefined {
  if (tags.has("Honorific")) return undefined;
  if (tags.has("Organization")) return "organisation";
  if (tags.has("Place")) return "place";
  return tags.has("Person") ? "person" : undefined;
}

/** The singular of a plural, without a possessive. */
function lemmaOf({ normal }: Term, tags: ReadonlySet<string>): string {
  const word = normal.replace(/['’]s?$/, "");
  if (!tags.has("Plural") || word.length < 4) return word;
  if (/[^aeiou]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(?:[sxz]|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.endsWith("men")) return `${word.slice(0, -2)}an`;
  return /[^su]s$/.test(word) ? word.slice(0, -1) : word;
}
