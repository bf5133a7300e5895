import { describe, expect, it } from "vitest";
import { Lexicon } from "../../../actors/text/lexicon.js";
import { MarkdownProse } from "../../../actors/text/markdown.js";
import { scoreSentence } from "../../../actors/text/sentiment.js";
import { countSyllables, wordsOf } from "../../../actors/text/words.js";

const lexicon = new Lexicon(() => undefined);

function valence(sentence: string): number {
  return scoreSentence(wordsOf(sentence.toLowerCase()).map((word) => lexicon.facts(word)));
}

describe("words", () => {
  it("keep apostrophes, hyphens, accents and figures", () => {
    expect(wordsOf("Don't re-read naïve café’s 3,000.5 copies!")).toEqual([
      "Don't",
      "re-read",
      "naïve",
      "café’s",
      "3,000.5",
      "copies",
    ]);
  });

  it("of scripts without spaces are found too", () => {
    expect(wordsOf("私は東京に住んでいます。").length).toBeGreaterThan(4);
  });

  it.each([
    ["whale", 1],
    ["the", 1],
    ["table", 2],
    ["jumped", 1],
    ["wanted", 2],
    ["beautiful", 3],
    ["government", 3],
    ["philosophical", 5],
    ["horses", 2],
  ])("%s has %i syllables", (word, syllables) => {
    expect(countSyllables(word)).toBe(syllables);
  });
});

describe("tone of a sentence", () => {
  it("adds up the valences of its words", () => {
    expect(valence("What a good, happy day")).toBe(6);
    expect(valence("A terrible disaster")).toBe(-5);
    expect(valence("The table is round")).toBe(0);
  });

  it("turns at a negation, weaker, and only near it", () => {
    expect(valence("not happy")).toBeCloseTo(-2.22);
    expect(valence("they didn't win anything")).toBeCloseTo(-2.96);
    expect(valence("never in all these long years a happy man")).toBe(3);
  });

  it("knows pairs of words as one", () => {
    expect(valence("that is not good")).toBe(-2);
    expect(valence("that was no fun at all")).toBe(-3);
  });
});

describe("Markdown", () => {
  it("is reduced to its prose", () => {
    const prose = new MarkdownProse();
    const text =
      "# Title\n\nSome **bold** and [a link](http://x.y/z_1).\n```js\nconst code = 1;\n```\n- item `one`\n";
    const read = prose.push(text.slice(0, 30)) + prose.push(text.slice(30)) + prose.end();
    expect(read.replace(/\n+/g, "\n").trim()).toBe("Title\nSome bold and a link.\nitem one");
  });
});
