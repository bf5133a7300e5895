/** The next size up from a count, at most an eighth more; a multiple of 4, as vector instructions want it. */
export function roomFor(count: number): number {
  const step = Math.max(4, 2 ** (Math.floor(Math.log2(Math.max(1, count))) - 3));
  return Math.ceil(count / step) * step;
}
