// Mean, spread and co-movement of numbers in one pass and constant memory.
// Source: B. P. Welford (1962), "Note on a method for calculating corrected sums of squares and products".

/** Running count, mean and standard deviation. */
export class Moments {
  count = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    this.count += 1;
    const delta = value - this.mean;
    this.mean += delta / this.count;
    this.#squares += delta * (value - this.mean);
  }

  /** Sample standard deviation (n − 1); undefined below two values. */
  std(): number | undefined {
    return this.count < 2 ? undefined : Math.sqrt(this.#squares / (this.count - 1));
  }
}

// One pair of columns in a Float64Array:
//   0 count | 1 mean x | 2 mean y | 3 sum of dx² | 4 sum of dy² | 5 sum of dx·dy
export const PAIR_WORDS = 6;

/** Adds one pair of values to the sums at `at`. */
export function addPair(sums: Float64Array, at: number, x: number, y: number): void {
  const count = (sums[at] as number) + 1;
  sums[at] = count;
  const dx = x - (sums[at + 1] as number);
  const dy = y - (sums[at + 2] as number);
  sums[at + 1] = (sums[at + 1] as number) + dx / count;
  sums[at + 2] = (sums[at + 2] as number) + dy / count;
  sums[at + 3] = (sums[at + 3] as number) + dx * (x - (sums[at + 1] as number));
  sums[at + 4] = (sums[at + 4] as number) + dy * (y - (sums[at + 2] as number));
  sums[at + 5] = (sums[at + 5] as number) + dx * (y - (sums[at + 2] as number));
}

/** Pearson's r of the pair at `at`; undefined when either side does not vary or fewer than three pairs were seen. */
export function pearson(sums: Float64Array, at: number): number | undefined {
  const spread = Math.sqrt((sums[at + 3] as number) * (sums[at + 4] as number));
  if ((sums[at] as number) < 3 || !(spread > 0)) return undefined;
  return Math.max(-1, Math.min(1, (sums[at + 5] as number) / spread));
}
