// Milliseconds as ISO 8601 text. Views have several times each, nearly always within the same second, so the part up to
// the seconds is made once per second.

let cachedSecond = Number.NaN;
let cachedPrefix = "";

/** `2026-11-21T09:00:00.123Z`. */
export function isoTime(ms: number): string {
  const whole = Math.floor(ms);
  const second = Math.floor(whole / 1000);
  if (second !== cachedSecond) {
    cachedPrefix = new Date(second * 1000).toISOString().slice(0, -4);
    cachedSecond = second;
  }
  const rest = whole - second * 1000;
  return `${cachedPrefix}${rest < 10 ? "00" : rest < 100 ? "0" : ""}${rest}Z`;
}
