// One column of a table: takes cell after cell in constant memory, and says at the end what the column is.
// The way through: `add` for each cell (already read by `value`), then `profile`.
// What is bounded: 4,096 numbers, then a digest; 4,096 hashes, then 4 KiB of registers; 1,024 counted values; 32
// extremes.
// All of it together stays below 200 KiB per column.

import { DistinctCounter } from "../stream/distinct.js";
import { hashNumber, hashText } from "../stream/hash.js";
import { TopValues } from "../stream/top-values.js";
import { tidy } from "./figures.js";
import { Moments } from "./moments.js";
import { Extremes, findOutliers } from "./outliers.js";
import { QuantileSketch } from "./quantiles.js";
import type { ColumnProfile, ColumnType } from "./shapes.js";
import type { Reading, ValueKind } from "./value.js";

/** A column is numeric, or one of dates, when at least this share of its values is. */
const CLEAR_SHARE = 0.95;
const TEXT_SHARE = 0.5;
/** Whole numbers with no more different values than this are shown as categories too. */
const CATEGORICAL_INTEGERS = 20;
const HISTOGRAM_BINS = 12;

const KIND_NUMBERS: Record<ValueKind, number> = {
  missing: 0,
  integer: 1,
  number: 1,
  boolean: 2,
  date: 3,
  text: 4,
  list: 5,
};

export interface ProfileOptions {
  readonly maxCategories: number;
  readonly histogram: boolean;
}

type Counts = Record<Exclude<ValueKind, "missing">, number>;

export class Column {
  readonly name: string;
  present = 0;
  readonly #counts: Counts = { integer: 0, number: 0, boolean: 0, date: 0, text: 0, list: 0 };
  #codes = 0;
  readonly #distinct = new DistinctCounter();
  readonly #top = new TopValues();
  readonly #moments = new Moments();
  readonly #values = new QuantileSketch();
  readonly #low = new Extremes("low");
  readonly #high = new Extremes("high");
  readonly #lengths = new Moments();
  #lengthMin = Number.POSITIVE_INFINITY;
  #lengthMax = 0;
  readonly #monthFirst = new DateRange();
  readonly #dayFirst = new DateRange();

  constructor(name: string) {
    this.name = name;
  }

  /** Takes one cell of row `row` (from 1): its reading and its writing. */
  add(reading: Reading, text: string, row: number): void {
    const { kind } = reading;
    if (kind === "missing") return;
    this.present += 1;
    this.#counts[kind] += 1;
    if (kind === "integer" || kind === "number") {
      this.#moments.add(reading.number);
      this.#values.add(reading.number);
      this.#low.add(reading.number, row);
      this.#high.add(reading.number, row);
      hashNumber(reading.number, KIND_NUMBERS[kind]);
    } else if (kind === "boolean") {
      hashNumber(reading.number, KIND_NUMBERS[kind]);
    } else if (kind === "date") {
      this.#monthFirst.add(reading.monthFirstMs);
      this.#dayFirst.add(reading.dayFirstMs);
      hashText(text);
    } else {
      if (reading.code) this.#codes += 1;
      this.#addLength(kind === "list" ? reading.number : text.length);
      hashText(text);
    }
    this.#distinct.addHashed();
    if (kind !== "list") this.#top.add(text);
  }

  /** What the column is, over a table of `rows` rows. */
  profile(rows: number, options: ProfileOptions): ColumnProfile {
    const type = this.type();
    const missing = Math.max(0, rows - this.present);
    const profile: ColumnProfile = {
      name: this.name,
      type,
      count: this.present,
      missing,
      missing_share: rows === 0 ? 0 : tidy(missing / rows),
      distinct: Math.min(this.#distinct.count(), this.present),
      distinct_estimated: this.#distinct.estimated,
    };
    const kinds = Object.entries(this.#counts).filter(([, count]) => count > 0);
    if (kinds.length > 1) profile.kinds = Object.fromEntries(kinds);
    if (type === "integer" || type === "number" || (type === "mixed" && this.#moments.count > 1)) {
      this.#describeNumbers(profile, options);
    }
    if (type === "date") this.#describeDates(profile);
    if (this.#lengths.count > 0 && (type === "text" || type === "list" || type === "mixed")) {
      profile.length = { min: this.#lengthMin, max: this.#lengthMax, mean: tidy(this.#lengths.mean) };
    }
    const categorical = type === "integer" && profile.distinct <= CATEGORICAL_INTEGERS;
    if (type === "text" || type === "boolean" || type === "mixed" || categorical)
      this.#describeTop(profile, options);
    if (type === "text" && this.#codes > 0 && this.#numbers() > 0) {
      profile.note = "digits that are codes (leading zeros or more than 15 digits): kept as text";
    }
    return profile;
  }

  #numbers(): number {
    return this.#counts.integer + this.#counts.number;
  }

  /** The type that the counts of kinds amount to. */
  type(): ColumnType {
    const { present } = this;
    const counts = this.#counts;
    if (present === 0) return "empty";
    const numbers = this.#numbers();
    if (this.#codes > 0 && this.#codes + counts.integer >= present * CLEAR_SHARE) return "text";
    if (counts.integer === present) return "integer";
    if (numbers >= present * CLEAR_SHARE) return counts.number > 0 ? "number" : "integer";
    if (counts.boolean === present) return "boolean";
    if (counts.date >= present * CLEAR_SHARE) return "date";
    if (counts.list >= present * CLEAR_SHARE) return "list";
    return counts.text + counts.boolean >= present * TEXT_SHARE ? "text" : "mixed";
  }

  #addLength(length: number): void {
    this.#lengths.add(length);
    if (length < this.#lengthMin) this.#lengthMin = length;
    if (length > this.#lengthMax) this.#lengthMax = length;
  }

  #describeNumbers(profile: ColumnProfile, options: ProfileOptions): void {
    const values = this.#values;
    profile.min = values.min;
    profile.max = values.max;
    profile.mean = tidy(this.#moments.mean);
    const std = this.#moments.std();
    if (std !== undefined) profile.std = tidy(std);
    const at = (q: number): number => tidy(values.quantile(q));
    profile.quantiles = { p05: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95) };
    profile.quantiles_estimated = values.estimated;
    const outliers = findOutliers(values, this.#moments, this.#low, this.#high);
    if (outliers !== undefined) profile.outliers = outliers;
    if (options.histogram && values.max > values.min) profile.histogram = histogram(values);
  }

  #describeDates(profile: ColumnProfile): void {
    const dayFirst =
      this.#monthFirst.impossible > 0 && this.#dayFirst.impossible < this.#monthFirst.impossible;
    const range = dayFirst ? this.#dayFirst : this.#monthFirst;
    profile.min = isoDate(range.min);
    profile.max = isoDate(range.max);
    if (dayFirst) profile.note = "dates read with the day before the month";
    else if (this.#monthFirst.impossible === 0 && this.#dayFirst.impossible === 0 && this.#differs()) {
      profile.note = "day and month cannot be told apart; dates read with the month first";
    }
  }

  #differs(): boolean {
    return this.#dayFirst.min !== this.#monthFirst.min || this.#dayFirst.max !== this.#monthFirst.max;
  }

  #describeTop(profile: ColumnProfile, options: ProfileOptions): void {
    const top = this.#top.top(options.maxCategories);
    if (top.length === 0 || (top[0]?.count ?? 0) < 2) return;
    profile.top = top.map(({ value, count }) => ({ value, count, share: tidy(count / this.present) }));
    if (this.#top.undercount > 0) profile.top_undercount = this.#top.undercount;
  }
}

class DateRange {
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  impossible = 0;

  add(ms: number): void {
    if (Number.isNaN(ms)) {
      this.impossible += 1;
      return;
    }
    if (ms < this.min) this.min = ms;
    if (ms > this.max) this.max = ms;
  }
}

/** ISO 8601, without the clock when it is midnight. */
function isoDate(ms: number): string {
  const iso = new Date(ms).toISOString();
  return iso.endsWith("T00:00:00.000Z") ? iso.slice(0, 10) : iso;
}

function histogram(values: QuantileSketch): { edges: number[]; counts: number[] } {
  const width = (values.max - values.min) / HISTOGRAM_BINS;
  const edges = Array.from({ length: HISTOGRAM_BINS + 1 }, (_, index) => tidy(values.min + index * width));
  edges[HISTOGRAM_BINS] = values.max;
  const below = edges.map((edge) => values.countBelow(edge));
  below[HISTOGRAM_BINS] = values.count;
  const counts = below.slice(1).map((count, index) => count - (below[index] as number));
  return { edges, counts };
}
