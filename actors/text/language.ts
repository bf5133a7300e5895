// Which language a text is in, by tinyld's light profile (24 languages).
// Why the light one: the full profile costs 45 MB of heap and 200 ms at load, per thread, and differs only in rare
// languages.

import { detectAll } from "tinyld/light";

/** Characters judged at once; more make the answer slower and no better. */
export const LANGUAGE_SAMPLE_CHARS = 1500;
/** Below this the guess is not worth saying. */
const CONFIDENCE_MIN = 0.05;
const names = new Intl.DisplayNames(["en"], { type: "language" });

export interface Language {
  /** ISO 639-1, or "und" when it cannot be told. */
  code: string;
  name: string;
  confidence: number;
}

/** Judges a sample of a text. */
export function detectLanguage(sample: string): Language {
  const [first] = detectAll(sample.slice(0, LANGUAGE_SAMPLE_CHARS));
  if (first === undefined || first.accuracy < CONFIDENCE_MIN) {
    return { code: "und", name: "unknown", confidence: 0 };
  }
  const confidence = Math.round(Math.min(1, first.accuracy) * 100) / 100;
  return { code: first.lang, name: names.of(first.lang) ?? first.lang, confidence };
}
