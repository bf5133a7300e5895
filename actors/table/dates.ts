// Dates as they are written in tables, to milliseconds since 1970 (UTC where no zone is given).
// Why not Date.parse: it takes "Room 12" for December 2001, and its answers outside ISO differ between machines.
// Why two readings: 03/04/2021 is April in one country and March in another. Both are followed until a column shows
// a value that only one of them can read.

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const TIME = "(?:[T ]+(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?\\s*(Z|UTC|[+-]\\d{2}:?\\d{2})?)?";
const YEAR_FIRST = new RegExp(`^(\\d{4})[-/.](\\d{1,2})[-/.](\\d{1,2})${TIME}$`);
const YEAR_LAST = new RegExp(`^(\\d{1,2})[-/.](\\d{1,2})[-/.](\\d{4})${TIME}$`);
const DAY_NAME = "(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\\s+)?";
const MONTH_NAME =
  "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)" +
  "(?:(?<=jan)uary|(?<=feb)ruary|(?<=mar)ch|(?<=apr)il|(?<=jun)e|(?<=jul)y|(?<=aug)ust|(?<=sep)t(?:ember)?|" +
  "(?<=oct)ober|(?<=(?:nov|dec))ember)?\\.?";
const MONTH_THEN_DAY = new RegExp(
  `^${DAY_NAME}${MONTH_NAME}\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})${TIME}$`,
  "i",
);
const DAY_THEN_MONTH = new RegExp(
  `^${DAY_NAME}(\\d{1,2})(?:st|nd|rd|th)?[\\s-]+${MONTH_NAME},?[\\s-]+(\\d{4})${TIME}$`,
  "i",
);
const LONGEST_CHARS = 40;

/** A date under both readings of day and month; NaN where a reading is impossible. */
export interface DateReading {
  monthFirstMs: number;
  dayFirstMs: number;
}

function toMs(year: number, month: number, day: number, match: RegExpExecArray, time: number): number {
  if (month < 1 || month > 12 || day < 1 || day > 31) return Number.NaN;
  const dayMs = Date.UTC(year, month - 1, day);
  if (new Date(dayMs).getUTCDate() !== day) return Number.NaN;
  const [hour, minute, second] = [match[time], match[time + 1], match[time + 2]].map((part) =>
    Number(part ?? 0),
  );
  if ((hour ?? 0) > 24 || (minute ?? 0) > 59 || (second ?? 0) > 60) return Number.NaN;
  const fractionMs = match[time + 3] === undefined ? 0 : Number(`0.${match[time + 3]}`) * 1000;
  const clockMs = (((hour ?? 0) * 60 + (minute ?? 0)) * 60 + (second ?? 0)) * 1000 + fractionMs;
  return dayMs + clockMs - zoneOffsetMs(match[time + 4]);
}

function zoneOffsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === "Z" || zone === "UTC") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000;
}

/** Reads `text` as a date into `reading`; false when it is none. */
export function readDate(text: string, reading: DateReading): boolean {
  if (text.length < 8 || text.length > LONGEST_CHARS) return false;
  const first = text.charCodeAt(0);
  const startsWithDigit = first >= 48 && first <= 57;
  let match = startsWithDigit ? YEAR_FIRST.exec(text) : MONTH_THEN_DAY.exec(text);
  if (match !== null) {
    const monthText = match[startsWithDigit ? 2 : 1] as string;
    const month = startsWithDigit ? Number(monthText) : MONTHS.indexOf(monthText.toLowerCase()) + 1;
    const [year, day] = startsWithDigit ? [match[1], match[3]] : [match[3], match[2]];
    return settle(reading, toMs(Number(year), month, Number(day), match, 4));
  }
  match = startsWithDigit ? YEAR_LAST.exec(text) : null;
  if (match !== null) {
    const [a, b, year] = [Number(match[1]), Number(match[2]), Number(match[3])];
    reading.monthFirstMs = toMs(year, a, b, match, 4);
    reading.dayFirstMs = toMs(year, b, a, match, 4);
    return !(Number.isNaN(reading.monthFirstMs) && Number.isNaN(reading.dayFirstMs));
  }
  match = DAY_THEN_MONTH.exec(text);
  if (match === null) return false;
  const month = MONTHS.indexOf((match[2] as string).toLowerCase()) + 1;
  return settle(reading, toMs(Number(match[3]), month, Number(match[1]), match, 4));
}

function settle(reading: DateReading, ms: number): boolean {
  reading.monthFirstMs = ms;
  reading.dayFirstMs = ms;
  return !Number.isNaN(ms);
}
