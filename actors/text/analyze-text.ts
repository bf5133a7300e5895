// A text as a stream of bytes in, its analysis out. This file is the way through:
// `text-source` (decode) > `markdown` (only for Markdown) > `sentences` > `lexicon` (words)
// > `counts` and `sentiment` (every sentence)
// > `sample` > `language`, `tagger` > `entities`, `key-phrases` > `summary` > `finding`.
// What is bounded: whatever the length of the text, the tagger sees at most 1,000 sentences, drawn uniformly; then the
// result says `sampled: true`. Counts, readability and tone cover every sentence.

import { badInput } from "../stream/bad-input.js";
import { Pacer } from "../stream/pacing.js";
import { bytesOf, decodeText } from "../stream/text-source.js";
import { TextCounts } from "./counts.js";
import { EntityBook } from "./entities.js";
import { describeText } from "./finding.js";
import { PhraseGraph } from "./key-phrases.js";
import { detectLanguage, LANGUAGE_SAMPLE_CHARS, type Language } from "./language.js";
import { Lexicon } from "./lexicon.js";
import { MarkdownProse } from "./markdown.js";
import { type SampledSentence, SentenceSample } from "./sample.js";
import { type Sentence, SentenceSplitter } from "./sentences.js";
import { SentimentMeter } from "./sentiment.js";
import type { TextAnalysis } from "./shapes.js";
import { type ScoredSentence, type SummarySentence, summarise, summaryLength } from "./summary.js";
import { type TaggedWord, tagPieces } from "./tagger.js";
import { untaggedTagger } from "./untagged.js";
import { wordsOf } from "./words.js";

const LANGUAGE_SENTENCES = 12;

export interface TextOptions {
  readonly mediaType?: string | undefined;
  /** Sentences in the summary; 3 to 5 by the length of the text when absent. */
  readonly summarySentences?: number | undefined;
  readonly maxPhrases?: number | undefined;
  readonly maxEntities?: number | undefined;
}

interface Read {
  readonly encoding: string;
  readonly counts: TextCounts;
  readonly lexicon: Lexicon;
  readonly sentiment: SentimentMeter;
  readonly sample: SentenceSample;
}

/** First pass, over everything. */
async function readAll(
  open: () => AsyncIterable<Uint8Array>,
  options: TextOptions,
  pacer: Pacer,
): Promise<Read> {
  const text = await decodeText(open(), pacer);
  const counts = new TextCounts();
  const read: Read = {
    encoding: text.encoding,
    counts,
    lexicon: new Lexicon((word) => counts.meet(word)),
    sentiment: new SentimentMeter(),
    sample: new SentenceSample(),
  };
  let ready: Sentence[] = [];
  const splitter = new SentenceSplitter((sentence) => ready.push(sentence));
  const markdown = /markdown/.test(options.mediaType ?? "") ? new MarkdownProse() : undefined;
  const takeReady = async (): Promise<void> => {
    const sentences = ready;
    ready = [];
    for (const sentence of sentences) {
      takeSentence(read, sentence);
      await pacer.step(sentence.text.length);
    }
  };
  for await (const slice of text.slices) {
    splitter.push(markdown === undefined ? slice : markdown.push(slice));
    await pacer.step(slice.length);
    await takeReady();
  }
  if (markdown !== undefined) splitter.push(markdown.end());
  splitter.end();
  await takeReady();
  return read;
}

function takeSentence(
  { counts, lexicon, sentiment, sample }: Read,
  { text, opensParagraph }: Sentence,
): void {
  const words = wordsOf(text.toLowerCase()).map((word) => lexicon.facts(word));
  counts.add(text, words, opensParagraph);
  sentiment.add(text, words);
  if (words.length > 0) sample.add(text);
}

function languageOf(sentences: readonly SampledSentence[]): Language {
  const step = Math.max(1, Math.floor(sentences.length / LANGUAGE_SENTENCES));
  let text = "";
  for (let at = 0; at < sentences.length && text.length < LANGUAGE_SAMPLE_CHARS; at += step) {
    text += `${sentences[at]?.text.slice(0, 400) ?? ""} `;
  }
  return detectLanguage(text);
}

interface Understood {
  readonly phrases: TextAnalysis["key_phrases"];
  readonly entities: TextAnalysis["entities"];
  readonly summary: SummarySentence[];
}

/** Second pass, over the sample. */
async function understand(
  sentences: readonly SampledSentence[],
  isEnglish: boolean,
  options: TextOptions,
  total: number,
  pacer: Pacer,
): Promise<Understood> {
  const graph = new PhraseGraph();
  const book = new EntityBook();
  const scored: ScoredSentence[] = [];
  pacer.enter("finding phrases and names", 0.5, 0.95);
  const untagged = isEnglish ? undefined : untaggedTagger(sentences.map(({ text }) => text));
  for (const { text, index } of sentences) {
    const words: TaggedWord[] = untagged?.(text) ?? [];
    for (const piece of isEnglish ? tagPieces(text) : []) {
      words.push(...piece.words);
      await pacer.step(piece.chars, scored.length / sentences.length);
    }
    if (isEnglish) book.add(words);
    scored.push({ text, index, ids: graph.add(words), words: words.length });
    await pacer.step(text.length, scored.length / sentences.length);
  }
  pacer.enter("summarising", 0.95, 1);
  await graph.rank(pacer);
  const length = options.summarySentences ?? summaryLength(total);
  return {
    phrases: graph.phrases(options.maxPhrases ?? 10),
    entities: isEnglish ? book.result(options.maxEntities ?? 10) : null,
    summary: await summarise(scored, graph.weights, length, total, pacer),
  };
}

/** Analyses one text. `open` starts the input from its beginning. */
export async function analyzeText(
  open: () => AsyncIterable<Uint8Array>,
  options: TextOptions,
  pacer: Pacer,
): Promise<TextAnalysis> {
  pacer.enter("reading", 0, 0.5);
  const { encoding, counts, sentiment, sample } = await readAll(open, options, pacer);
  if (counts.words === 0) {
    throw badInput("EMPTY_INPUT", "The input holds no words; expected a text.", {
      characters: counts.characters,
    });
  }
  const sentences = sample.sentences();
  const language = languageOf(sentences);
  await pacer.step(LANGUAGE_SAMPLE_CHARS);
  const isEnglish = language.code === "en";
  const understood = await understand(sentences, isEnglish, options, counts.sentences, pacer);
  const analysis = {
    encoding,
    bytes: pacer.bytesRead,
    language,
    counts: counts.summary(),
    readability: isEnglish ? counts.readability() : null,
    sentiment: isEnglish ? sentiment.result() : null,
    key_phrases: understood.phrases,
    entities: understood.entities,
    summary: understood.summary,
    frequent_words: counts.frequentWords(10),
    sampled: sample.sampled,
    sample: { sentences: sentences.length, of_sentences: counts.sentences },
    notes: isEnglish
      ? []
      : [`readability, tone and names are known for English only; this text is ${language.name}`],
  };
  return { finding: describeText(analysis), ...analysis };
}

const WARM_UP =
  "Captain Ahab sailed from Nantucket with the Pequod in December 1851. He was not happy, but his crew was brave! " +
  "The United States Congress paid $3,000 to the Navy, or 20% of it; Mr. Lincoln said so in Washington.";

/** Runs everything once on a few words: the lexicon unpacks itself at its first use. */
export async function warmUp(): Promise<void> {
  await analyzeText(() => bytesOf(WARM_UP), {}, new Pacer());
}
