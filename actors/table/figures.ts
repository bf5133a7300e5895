// How figures are given out.

/** Cuts the noise of floating point off a result: 12 significant digits. */
export function tidy(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(12));
}
