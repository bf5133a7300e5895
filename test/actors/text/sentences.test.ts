import { describe, expect, it } from "vitest";
import { clausesOf, SENTENCE_CHARS_MAX, SentenceSplitter } from "../../../actors/text/sentences.js";

function split(text: string, chunkChars = 8192): string[] {
  const sentences: string[] = [];
  const splitter = new SentenceSplitter(({ text: sentence }) => sentences.push(sentence));
  for (let start = 0; start < text.length; start += chunkChars)
    splitter.push(text.slice(start, start + chunkChars));
  splitter.end();
  return sentences;
}

describe("sentences", () => {
  it("end at a full stop, a question and an exclamation", () => {
    expect(split("Call me Ishmael. Why? Because! And so on.")).toEqual([
      "Call me Ishmael.",
      "Why?",
      "Because!",
      "And so on.",
    ]);
  });

  it("do not end at abbreviations, initials and decimals", () => {
    const text = "Mr. J. R. Smith paid $3.50 to Dr. Jones of the U.S. Navy, e.g. in cash. Then he left.";
    expect(split(text)).toEqual([text.slice(0, -14), "Then he left."]);
  });

  it("keep their closing quotes", () => {
    expect(split('He said "Stop!" Then he ran. (He fell.) It hurt.')).toEqual([
      'He said "Stop!"',
      "Then he ran.",
      "(He fell.)",
      "It hurt.",
    ]);
  });

  it("go on over a line break and end at a blank line", () => {
    expect(split("A TITLE\n\nThe first line\ngoes on here. Next one\n\n\nLast")).toEqual([
      "A TITLE",
      "The first line goes on here.",
      "Next one",
      "Last",
    ]);
  });

  it("end at the marks of Chinese and Japanese", () => {
    expect(split("これは文です。次の文です！終わり")).toEqual(["これは文です。", "次の文です！", "終わり"]);
  });

  it("are the same however the text is cut", () => {
    const text =
      "Mr. Ahab spoke. “Aye, aye!” cried they; the U.S. fleet sailed.\n\nNew paragraph, 3.5 miles on. End?".repeat(
        20,
      );
    const whole = split(text);
    for (const chunkChars of [1, 2, 3, 17, 100]) expect(split(text, chunkChars)).toEqual(whole);
  });

  it("are cut when they never end", () => {
    const pieces = split("word ".repeat(20_000));
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(SENTENCE_CHARS_MAX);
    expect(pieces.join(" ").split(" ")).toHaveLength(20_000);
    expect(split("x".repeat(50_000)).join("")).toHaveLength(50_000);
  });

  it("tell which of them opens a paragraph", () => {
    const opening: boolean[] = [];
    const splitter = new SentenceSplitter(({ opensParagraph }) => opening.push(opensParagraph));
    splitter.push("One. Two.\n\nThree. Four.");
    splitter.end();
    expect(opening).toEqual([true, false, true, false]);
  });

  it("are divided into clauses that lose nothing", () => {
    const sentence = "first part, second part; third part, ".repeat(40);
    const pieces = clausesOf(sentence, 100);
    expect(pieces.join("")).toBe(sentence);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(100);
  });
});
