// Numbers: the middle one, and how people read them.

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

const SCALES = [
  { from: 1e9, unit: "G" },
  { from: 1e6, unit: "M" },
  { from: 1e4, unit: "k" },
];

/** Three digits that count: 8.61M, 41.2k, 0.372. */
export function short(value: number): string {
  const scale = SCALES.find(({ from }) => Math.abs(value) >= from);
  if (scale === undefined) return String(Number(value.toPrecision(3)));
  const unit = scale.unit === "k" ? 1e3 : scale.from;
  return `${Number((value / unit).toPrecision(3))}${scale.unit}`;
}
