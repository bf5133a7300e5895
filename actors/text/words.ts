// Words of a sentence, and their syllables.

const WORD = /[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*|\p{N}+(?:[.,]\p{N}+)*/gu;
/** Scripts written without spaces: there the runtime's own word segmenter is asked. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}]/u;
/** A cheap look for any of them, since most sentences hold none. */
const MAYBE_UNSPACED = /[\u0e00-\u1fff\u2e80-\uffff]/;
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/** The words of a sentence in order, as written. */
export function wordsOf(sentence: string): string[] {
  if (MAYBE_UNSPACED.test(sentence) && UNSPACED.test(sentence)) {
    const words: string[] = [];
    for (const { segment, isWordLike } of segmenter.segment(sentence))
      if (isWordLike === true) words.push(segment);
    return words;
  }
  return sentence.match(WORD) ?? [];
}

/** Syllables of an English word by its vowels; a silent e at the end does not count, nor in -ed and most -es. */
export function countSyllables(word: string): number {
  const letters = word.toLowerCase().replace(/[^a-z]/g, "");
  if (letters.length <= 3) return letters.length === 0 ? 0 : 1;
  const spoken = letters
    .replace(/(?:(?<![sxzcg]|[cs]h)es|(?<![dt])ed|(?<![^aeiouy]l)e)$/, "")
    .replace(/eau/g, "o")
    .replace(/^y/, "");
  return Math.max(1, spoken.match(/[aeiouy]{1,2}/g)?.length ?? 1);
}
