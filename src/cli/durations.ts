// Lengths of time as people write them on a command line, and as they read them in a table.

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds in "90", "90s", "15m", "12h" or "30d"; undefined when it is none of these. */
export function parseSeconds(text: string): number | undefined {
  const [, amount, unit = "s"] = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  return Number(amount) * (UNIT_SECONDS[unit === "" ? "s" : unit] ?? Number.NaN);
}

/** "12 ms", "1.4 s", "2 min 5 s". */
export function formatMs(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1_000).toFixed(1)} s`;
  return `${Math.floor(durationMs / 60_000)} min ${Math.round((durationMs % 60_000) / 1_000)} s`;
}
