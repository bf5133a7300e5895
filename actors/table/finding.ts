// The one sentence a person would say after looking at the table: every candidate fact gets a weight, the heaviest
// wins. Weights lie between 0 and 1 and compare by design: 1 is "you must know this", 0.3 is "nothing to see here".

import type { ColumnProfile, Correlation, TableProfile } from "./shapes.js";

interface Fact {
  readonly weight: number;
  readonly text: string;
}

type Profiled = Pick<TableProfile, "rows" | "columns" | "correlations" | "duplicate_rows" | "columns_total">;

const count = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const measure = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 });
const precise = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2, useGrouping: true });

function number(value: number | string | undefined): string {
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return precise.format(value);
  return Math.abs(value) >= 1000 && Math.abs(value) < 1e15 ? precise.format(value) : measure.format(value);
}

function percent(share: number): string {
  const percentage = share * 100;
  if (percentage > 99 && percentage < 100) return "more than 99%";
  return percentage < 1 ? "less than 1%" : `${Math.round(percentage)}%`;
}

/** A column that only numbers or names its rows: nothing about its values is news. */
function isIdentifier(column: ColumnProfile | undefined): boolean {
  if (column === undefined || column.type !== "integer") return false;
  if (/(^|[\s_.-])(id|index|key|row|number|no)$/i.test(column.name) || /[a-z]I[dD]$/.test(column.name))
    return true;
  return (
    column.distinct === column.count &&
    Number(column.max) - Number(column.min) === column.count - 1 &&
    column.min === 1
  );
}

/** A column that counts time: a trend is said of the other column. */
function isTime(name: string): boolean {
  return /year|month|date|time/i.test(name);
}

function correlationFact(pair: Correlation, columns: readonly ColumnProfile[]): Fact | undefined {
  const { r, n } = pair;
  const strength = Math.abs(r);
  if (strength < 0.6 || n < 12) return undefined;
  const named = (name: string): ColumnProfile | undefined => columns.find((column) => column.name === name);
  if (isIdentifier(named(pair.a)) || isIdentifier(named(pair.b))) return undefined;
  const [a, b] = isTime(pair.a) && !isTime(pair.b) ? [pair.b, pair.a] : [pair.a, pair.b];
  const figures = `r = ${r.toFixed(strength > 0.99 ? 4 : 2).replace("-", "−")} over ${count.format(n)} rows`;
  if (strength > 0.9995)
    return { weight: 0.55, text: `${a} and ${b} carry the same information (${figures})` };
  const text = r > 0 ? `${a} rises with ${b} (${figures})` : `${a} falls as ${b} rises (${figures})`;
  return { weight: 0.3 + 0.55 * strength, text };
}

function missingFact(column: ColumnProfile, rows: number): Fact | undefined {
  if (column.type === "empty") return { weight: 0.7, text: `${column.name} is empty in every row` };
  if (column.missing_share < 0.2) return undefined;
  const figures = `${count.format(column.missing)} of ${count.format(rows)} rows`;
  const text = `${percent(column.missing_share)} of ${column.name} is missing (${figures})`;
  // A column that almost no row fills is a curiosity; one with real gaps spoils an analysis.
  const weight = column.missing_share > 0.95 ? 0.5 : 0.45 + 0.35 * column.missing_share;
  return { weight, text };
}

function outlierFact(column: ColumnProfile): Fact | undefined {
  const { outliers } = column;
  const extreme = outliers?.examples[0];
  if (outliers === undefined || extreme === undefined || isIdentifier(column)) return undefined;
  const fence = extreme.value > outliers.high_fence ? outliers.high_fence : outliers.low_fence;
  const width = outliers.high_fence - outliers.low_fence;
  const distance = Math.abs(extreme.value - fence) / (width || 1);
  if (distance < 1) return undefined;
  const about = outliers.estimated ? "about " : "";
  const side = extreme.value > outliers.high_fence ? "above" : "below";
  const text =
    `${column.name} has ${about}${count.format(outliers.count)} outlier${outliers.count === 1 ? "" : "s"}; ` +
    `the farthest, ${number(extreme.value)} in row ${count.format(extreme.row)}, lies far ${side} the usual range ` +
    `(median ${number(column.quantiles?.p50)})`;
  return { weight: Math.min(0.8, 0.45 + 0.12 * Math.log2(1 + distance)), text };
}

function topFact(column: ColumnProfile): Fact | undefined {
  const first = column.top?.[0];
  if (first === undefined || column.distinct < 2 || isIdentifier(column)) return undefined;
  const isConcentrated = first.share >= 0.3 && (column.distinct > 2 || first.share >= 0.6);
  if (!isConcentrated || column.type === "mixed") return undefined;
  const kinds = `${count.format(column.distinct)} different values`;
  const text = `${percent(first.share)} of ${column.name} is "${first.value}" (${kinds})`;
  return { weight: 0.3 + 0.4 * first.share, text };
}

function constantFact(column: ColumnProfile, rows: number): Fact | undefined {
  if (column.distinct !== 1 || column.missing > 0 || rows < 5) return undefined;
  return { weight: 0.6, text: `${column.name} has the same value in every row` };
}

function rangeFact(column: ColumnProfile): Fact | undefined {
  if (column.min === undefined || column.max === undefined || isIdentifier(column)) return undefined;
  if (column.type === "date")
    return { weight: 0.33, text: `${column.name} runs from ${column.min} to ${column.max}` };
  const median = column.quantiles === undefined ? "" : `, half of it below ${number(column.quantiles.p50)}`;
  return {
    weight: 0.32,
    text: `${column.name} lies between ${number(column.min)} and ${number(column.max)}${median}`,
  };
}

function duplicateFact(table: Profiled): Fact | undefined {
  const { duplicate_rows: repeated, rows } = table;
  if (repeated === null || rows === 0 || repeated / rows < 0.02) return undefined;
  return {
    weight: Math.min(0.8, 0.5 + repeated / rows),
    text: `${count.format(repeated)} of ${count.format(rows)} rows repeat an earlier row`,
  };
}

const NAMES_TOLD_MAX = 5;

/** All there is to say of a table without rows. */
function headerOnly({ columns, columns_total: total }: Profiled): Fact {
  const names = columns.slice(0, NAMES_TOLD_MAX).map(({ name }) => name);
  const more = total > names.length ? ` and ${count.format(total - names.length)} more` : "";
  return { weight: 1, text: `there is a header, ${names.join(", ")}${more}, and nothing below it` };
}

/** Everything that may be worth saying of a table with rows. */
function factsOf(table: Profiled): readonly (Fact | undefined)[] {
  const facts: (Fact | undefined)[] = [
    duplicateFact(table),
    ...table.correlations.map((pair) => correlationFact(pair, table.columns)),
  ];
  for (const column of table.columns) {
    facts.push(missingFact(column, table.rows), outlierFact(column), topFact(column));
    facts.push(constantFact(column, table.rows), rangeFact(column));
  }
  return facts;
}

/** The most interesting fact about a table, after its size. */
export function findFact(table: Profiled): string {
  const facts = table.rows === 0 ? [headerOnly(table)] : factsOf(table);
  let best: Fact | undefined;
  for (const fact of facts) if (fact !== undefined && fact.weight > (best?.weight ?? 0)) best = fact;
  const rows = `${count.format(table.rows)} ${table.rows === 1 ? "row" : "rows"}`;
  const columns = `${count.format(table.columns_total)} ${table.columns_total === 1 ? "column" : "columns"}`;
  return best === undefined ? `${rows} × ${columns}.` : `${rows} × ${columns}: ${best.text}.`;
}
