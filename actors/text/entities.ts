// Who and what a text names: collects mentions sentence by sentence, then decides per name what it is.
// The way through: runs of proper nouns are mentions of a name; the tagger's types and titles ("Captain Ahab") vote on
// what a name is; a name that enough mentions explain keeps that type for all its mentions. Names nobody explains are
// `other`. A word that also stands in the text in small letters is no name, unless the lexicon says so.
// What is bounded: 4,096 different names and as many dates and amounts; 16,384 words in small letters.

import type { NameType, TaggedWord } from "./tagger.js";
import { JOINED_NAMES, NOT_NAMES, PERSON_TITLES } from "./word-lists.js";

const NAMES_MAX = 4096;
const COMMON_WORDS_MAX = 16_384;
const NAME_CHARS_MAX = 60;
/** A type counts when at least this share of a name's mentions speaks for it. */
const SURE_SHARE = 0.2;
const LEADING_TITLE = new RegExp(`^(?:${[...PERSON_TITLES].join("|")})\\.?(?:\\s+|$)`, "i");

interface Mentions {
  readonly name: string;
  count: number;
  readonly votes: Record<NameType, number>;
}

export interface CountedName {
  name: string;
  count: number;
}

export interface Entities {
  people: CountedName[];
  places: CountedName[];
  organisations: CountedName[];
  other: CountedName[];
  dates: CountedName[];
  amounts: CountedName[];
}

export class EntityBook {
  readonly #names = new Map<string, Mentions>();
  readonly #common = new Map<string, number>();
  readonly #dates = new Map<string, number>();
  readonly #amounts = new Map<string, number>();

  /** Takes the words of a sentence. */
  add(words: readonly TaggedWord[]): void {
    for (const { class: kind, text, lemma } of words) {
      const isSmall = text === text.toLowerCase();
      if (isSmall && (kind === "noun" || kind === "adjective")) count(this.#common, lemma, COMMON_WORDS_MAX);
    }
    for (const [start, end] of runs(words, isNamePart)) this.#name(words.slice(start, end), start === 0);
    for (const [start, end] of runs(words, ({ date }) => date !== undefined, true)) {
      const run = words.slice(start, end);
      if (run.some(({ date }) => date === "named")) count(this.#dates, written(run), NAMES_MAX);
    }
    for (const [start, end] of runs(words, isAmountPart)) {
      const amount = written(words.slice(start, end));
      if (/\p{N}/u.test(amount) || end - start > 1) count(this.#amounts, amount, NAMES_MAX);
    }
  }

  #name(run: readonly TaggedWord[], opensSentence: boolean): void {
    const isTitled = run.some(({ isTitle }) => isTitle);
    const type = run.find(({ name }) => name !== undefined)?.name;
    // The first word of a sentence is written large anyway: alone, it needs another reason to be a name.
    if (opensSentence && run.length === 1 && type === undefined) return;
    const name = cleanName(run.map(({ text }) => text).join(" "));
    if (name === undefined) return;
    const mentions = this.#mentions(name);
    if (mentions === undefined) return;
    mentions.count += 1;
    if (isTitled) mentions.votes.person += 2;
    else if (type !== undefined) mentions.votes[type] += 1;
  }

  #mentions(name: string): Mentions | undefined {
    const key = name.toLowerCase();
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    if (this.#names.size === NAMES_MAX) return undefined;
    const mentions = { name, count: 0, votes: { person: 0, place: 0, organisation: 0 } };
    this.#names.set(key, mentions);
    return mentions;
  }

  result(limit: number): Entities {
    const groups: Record<NameType | "other", CountedName[]> = {
      person: [],
      place: [],
      organisation: [],
      other: [],
    };
    for (const { name, count: times, votes } of this.#names.values()) {
      const sure = Math.max(votes.place, votes.organisation);
      if ((this.#common.get(name.toLowerCase()) ?? 0) > sure) continue;
      const best = (Object.entries(votes) as [NameType, number][]).sort((a, b) => b[1] - a[1])[0];
      if (best !== undefined && best[1] >= Math.max(1, times * SURE_SHARE))
        groups[best[0]].push({ name, count: times });
      else if (times > 1) groups.other.push({ name, count: times });
    }
    const top = (names: CountedName[]): CountedName[] => names.sort(byCount).slice(0, limit);
    const counted = (counts: Map<string, number>): CountedName[] =>
      top([...counts].map(([name, times]) => ({ name, count: times })));
    return {
      people: top(groups.person),
      places: top(groups.place),
      organisations: top(groups.organisation),
      other: top(groups.other),
      dates: counted(this.#dates),
      amounts: counted(this.#amounts),
    };
  }
}

function byCount(a: CountedName, b: CountedName): number {
  return b.count - a.count || (a.name < b.name ? -1 : 1);
}

function count(counts: Map<string, number>, key: string, max: number): void {
  const known = counts.get(key);
  if (known !== undefined) counts.set(key, known + 1);
  else if (counts.size < max) counts.set(key, 1);
}

/** Whether a word belongs to a name: a proper noun, or "of" between the parts of one ("House of Commons"). */
function isNamePart(
  word: TaggedWord,
  before: TaggedWord | undefined,
  after: TaggedWord | undefined,
): boolean {
  if (word.class === "proper") return true;
  return (
    word.text === "of" &&
    JOINED_NAMES.has(before?.lemma ?? "") &&
    before?.class === "proper" &&
    after?.class === "proper"
  );
}

function isAmountPart({ isAmount, isScale }: TaggedWord, before: TaggedWord | undefined): boolean {
  return isAmount || (isScale && before?.isAmount === true && !before.isLast);
}

/** Begin and end of each run of words that `belongs` accepts. `acrossCommas`: punctuation does not break it. */
function runs(
  words: readonly TaggedWord[],
  belongs: (word: TaggedWord, before: TaggedWord | undefined, after: TaggedWord | undefined) => boolean,
  acrossCommas = false,
): [number, number][] {
  const found: [number, number][] = [];
  let start = -1;
  words.forEach((word, index) => {
    const isPart = belongs(word, words[index - 1], words[index + 1]);
    if (isPart && start < 0) start = index;
    if (!isPart && start >= 0) {
      found.push([start, index]);
      start = -1;
    } else if (isPart && word.isLast && !acrossCommas) {
      found.push([start, index + 1]);
      start = -1;
    }
  });
  if (start >= 0) found.push([start, words.length]);
  return found;
}

function written(run: readonly TaggedWord[]): string {
  return run
    .map(({ text, isLast }, index) => (isLast && index < run.length - 1 ? `${text},` : text))
    .join(" ");
}

/** The name without its title, possessive and punctuation; undefined when nothing of a name is left. */
function cleanName(raw: string): string | undefined {
  const name = raw
    .replace(/['’]s?(?=\s|$)/g, "")
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "")
    .replace(LEADING_TITLE, "")
    .trim();
  if (name.length < 2 || name.length > NAME_CHARS_MAX || !/^\p{Lu}/u.test(name)) return undefined;
  if (NOT_NAMES.has(name.toLowerCase()) || /^I['’]/.test(name)) return undefined;
  // Words in capitals only are headings, unless they are as short as an acronym.
  return name === name.toUpperCase() && name.length > 5 ? undefined : name;
}
