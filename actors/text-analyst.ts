// The text analyst: what a text is about, whom it names, its tone, how hard it reads, and its most telling sentences.
// The way through is in text/analyze-text.ts. Memory is bounded at any length; beyond 1,000 sentences the tagger
// sees a uniform sample, and the result says so.
// Why the analysis is loaded apart from the definition: the lexicon costs about 0.3 s and 30 MB. A thread that
// runs the agent loads it when it starts, piece by piece; the main thread only reads the definition and never does.

import { isMainThread } from "node:worker_threads";
import { defineAgent } from "hive/agent";
import { z } from "zod";
import { contentFields, hasOneContent, ONE_CONTENT, openContent } from "./stream/task-input.js";
import { type TextAnalysis, textAnalysisShape } from "./text/shapes.js";

type Analysis = typeof import("./text/analyze-text.js");

/** Loads the lexicon, then the rest, and lets the event loop turn between them. */
async function loadAnalysis(): Promise<Analysis> {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await import("./text/tagger.js");
  await turn();
  const analysis = await import("./text/analyze-text.js");
  await analysis.warmUp();
  return analysis;
}

/** Begun when a worker thread loads this file, so that the first task finds everything ready. */
const early = isMainThread ? undefined : loadAnalysis();
// A failure to load is the failure of the task that awaits it, not of the thread.
early?.catch(() => undefined);

const analyzeInput = z
  .object({
    ...contentFields,
    summary_sentences: z.number().int().min(1).max(20).optional().describe("3 to 5 by length by default"),
    max_phrases: z.number().int().min(1).max(50).default(10),
    max_entities: z.number().int().min(1).max(100).default(10).describe("of each kind"),
  })
  .refine(hasOneContent, ONE_CONTENT);

export default defineAgent({
  module: import.meta.url,
  name: "text-analyst",
  version: "1.0.0",
  description:
    "Reads texts: language, key phrases, people, places and organisations, tone, readability, summary",
  type: "specialist",
  capabilities: [
    { name: "text_analysis", proficiency: 0.9 },
    { name: "summarization", proficiency: 0.75 },
    { name: "sentiment_analysis", proficiency: 0.7 },
  ],
  maxConcurrent: 1,
  // Texts are the slowest work there is here, so two threads share it from the start.
  instances: { min: 2, max: 4 },
  actions: {
    analyze: {
      types: ["analyze_text", "text_analysis", "summarize"],
      accepts: ["text/plain", "text/markdown"],
      input: analyzeInput,
      output: textAnalysisShape,
      async run(ctx, input): Promise<TextAnalysis> {
        const { analyzeText } = await (early ?? loadAnalysis());
        const { open, mediaType, pacer } = openContent(ctx, input);
        const options = {
          mediaType,
          summarySentences: input.summary_sentences,
          maxPhrases: input.max_phrases,
          maxEntities: input.max_entities,
        };
        return analyzeText(open, options, pacer);
      },
    },
  },
});
