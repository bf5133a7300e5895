// What a text analysis looks like from outside: the schema of the result, and the types drawn from it.

import { z } from "zod";

const counted = z.object({ name: z.string(), count: z.number().int() });

export const textAnalysisShape = z.object({
  finding: z.string().describe("the text in one sentence"),
  encoding: z.string(),
  bytes: z.number().int(),
  language: z.object({ code: z.string(), name: z.string(), confidence: z.number() }),
  counts: z.object({
    characters: z.number().int(),
    words: z.number().int(),
    sentences: z.number().int(),
    paragraphs: z.number().int(),
    distinct_words: z.number().int(),
    distinct_estimated: z.boolean(),
    words_per_sentence: z.number(),
    long_word_share: z.number().describe("words of seven letters and more"),
    reading_minutes: z.number().int(),
  }),
  readability: z
    .object({ flesch_reading_ease: z.number(), grade: z.number(), level: z.string() })
    .nullable()
    .describe("English only"),
  sentiment: z
    .object({
      label: z.enum(["positive", "negative", "mixed", "neutral"]),
      score: z.number().describe("mean AFINN valence per sentence"),
      positive_sentences: z.number().int(),
      negative_sentences: z.number().int(),
      neutral_sentences: z.number().int(),
      most_positive: z.string().nullable(),
      most_negative: z.string().nullable(),
    })
    .nullable()
    .describe("English only"),
  key_phrases: z.array(z.object({ phrase: z.string(), score: z.number(), count: z.number().int() })),
  entities: z
    .object({
      people: z.array(counted),
      places: z.array(counted),
      organisations: z.array(counted),
      other: z.array(counted).describe("names of no known kind"),
      dates: z.array(counted),
      amounts: z.array(counted),
    })
    .nullable()
    .describe("English only"),
  summary: z.array(z.object({ sentence: z.number().int().describe("from 1"), text: z.string() })),
  frequent_words: z.array(z.object({ word: z.string(), count: z.number().int() })),
  sampled: z.boolean().describe("phrases, entities and summary come from a uniform sample of the sentences"),
  sample: z.object({ sentences: z.number().int(), of_sentences: z.number().int() }),
  notes: z.array(z.string()),
});
export type TextAnalysis = z.infer<typeof textAnalysisShape>;
