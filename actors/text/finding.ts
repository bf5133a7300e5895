// The text in one sentence: language and size, what it is about, whom it names most, its tone and how hard it reads.
// Where no phrase stands out, its most telling sentence says what it is about.

import type { TextAnalysis } from "./shapes.js";

const count = new Intl.NumberFormat("en-US");

function list(items: readonly string[]): string {
  const last = items[items.length - 1] ?? "";
  return items.length < 2 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}

const QUOTE_CHARS_MAX = 120;

/** The beginning of a sentence, up to a whole word where it is long. */
function quote(text: string): string {
  const line = text.replace(/\s+/g, " ").replace(/[.…]+$/, "");
  return line.length <= QUOTE_CHARS_MAX ? line : `${line.slice(0, QUOTE_CHARS_MAX).replace(/\s\S*$/, "")}…`;
}

/** The name that comes up most, if any comes up three times. */
function mostNamed(entities: TextAnalysis["entities"]): string | undefined {
  if (entities === null) return undefined;
  const names = [...entities.people, ...entities.places, ...entities.organisations, ...entities.other];
  let best = names[0];
  for (const name of names) if (name.count > (best?.count ?? 0)) best = name;
  return best === undefined || best.count < 3
    ? undefined
    : `${best.name} is named most (${best.count} times)`;
}

export function describeText(analysis: Omit<TextAnalysis, "finding">): string {
  const { language, counts, key_phrases: phrases, sentiment, readability } = analysis;
  const subject = language.code === "und" ? "Text" : `${language.name} text`;
  const parts = [`${subject} of ${count.format(counts.words)} words`];
  if (phrases.length > 0) parts[0] += ` about ${list(phrases.slice(0, 3).map(({ phrase }) => phrase))}`;
  else if (analysis.summary[0] !== undefined) parts[0] += `, such as “${quote(analysis.summary[0].text)}”`;
  const named = mostNamed(analysis.entities);
  if (named !== undefined) parts.push(named);
  if (sentiment !== null)
    parts.push(`tone ${sentiment.label} (${sentiment.score.toFixed(2).replace("-", "−")} per sentence)`);
  if (readability !== null)
    parts.push(`${readability.level} to read (grade ${Math.round(readability.grade)})`);
  return `${parts.join("; ")}.`;
}
