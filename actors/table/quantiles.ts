// Quantiles of a stream: exact while few values came, then a merging t-digest of bounded size.
// Source: T. Dunning and O. Ertl (2019), "Computing extremely accurate quantiles using t-digests", scale function k1.
// Why a t-digest and not KLL: what is asked most here are tails (outlier fences, p95), where its error is smallest.

/** Values kept as they are before anything is merged: below this every quantile is exact. */
export const EXACT_VALUES = 4096;
/** Twice the number of centroids at most, of 16 bytes each. */
const COMPRESSION = 400;
const INITIAL_VALUES = 64;

/** The normalised index of k1: small steps at the tails, large ones in the middle. */
function scale(q: number): number {
  return (COMPRESSION / (2 * Math.PI)) * Math.asin(2 * Math.min(1, Math.max(0, q)) - 1);
}

export class QuantileSketch {
  count = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  #buffer = new Float64Array(INITIAL_VALUES);
  #buffered = 0;
  #sorted = true;
  #means = new Float64Array(0);
  #weights = new Float64Array(0);

  /** False while every quantile is computed from all values. */
  get estimated(): boolean {
    return this.#means.length > 0;
  }

  add(value: number): void {
    if (this.#buffered === EXACT_VALUES) this.#merge();
    if (this.#buffered === this.#buffer.length) this.#grow();
    this.#buffer[this.#buffered] = value;
    this.#buffered += 1;
    this.#sorted = false;
    this.count += 1;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** The value below which a share `q` (0 to 1) of all values lies; NaN without values. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN;
    if (this.estimated) return this.#digestQuantile(q);
    const sorted = this.#sortedBuffer();
    const position = q * (sorted.length - 1);
    const below = Math.floor(position);
    const low = sorted[below] as number;
    const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
    return low + (position - below) * (high - low);
  }

  /** How many values are smaller than `value`; exact while not `estimated`. */
  countBelow(value: number): number {
    if (this.estimated) return this.#digestCountBelow(value);
    return countUntil(this.#sortedBuffer(), (kept) => kept >= value);
  }

  /** How many values are larger than `value`; exact while not `estimated`. */
  countAbove(value: number): number {
    if (this.estimated) return this.count - this.#digestCountBelow(value);
    return this.count - countUntil(this.#sortedBuffer(), (kept) => kept > value);
  }

  #grow(): void {
    const larger = new Float64Array(Math.min(EXACT_VALUES, this.#buffer.length * 4));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }

  #sortedBuffer(): Float64Array {
    const filled = this.#buffer.subarray(0, this.#buffered);
    if (!this.#sorted) filled.sort();
    this.#sorted = true;
    return filled;
  }

  /** Folds the buffer into the centroids: one pass over both in order, closing a centroid when k1 has grown by one. */
  #merge(): void {
    const sorted = this.#sortedBuffer();
    const total = this.count;
    const means: number[] = [];
    const weights: number[] = [];
    let mean = 0;
    let weight = 0;
    let before = 0;
    let limit = -Infinity;
    const take = (value: number, share: number): void => {
      if (weight > 0 && scale((before + weight + share) / total) > limit) {
        means.push(mean);
        weights.push(weight);
        before += weight;
        weight = 0;
      }
      if (weight === 0) limit = scale(before / total) + 1;
      weight += share;
      mean = weight === share ? value : mean + ((value - mean) * share) / weight;
    };
    let old = 0;
    for (const value of sorted) {
      for (; old < this.#means.length && (this.#means[old] as number) <= value; old += 1) {
        take(this.#means[old] as number, this.#weights[old] as number);
      }
      take(value, 1);
    }
    for (; old < this.#means.length; old += 1) take(this.#means[old] as number, this.#weights[old] as number);
    means.push(mean);
    weights.push(weight);
    this.#means = Float64Array.from(means);
    this.#weights = Float64Array.from(weights);
    this.#buffered = 0;
    this.#sorted = true;
  }

  /** Walks the centroids as points at the middle of their weight and interpolates between neighbours. */
  #digestQuantile(q: number): number {
    if (this.#buffered > 0) this.#merge();
    const target = q * this.count;
    let lastRank = 0;
    let lastValue = this.min;
    let before = 0;
    for (let index = 0; index < this.#means.length; index += 1) {
      const weight = this.#weights[index] as number;
      const rank = before + weight / 2;
      const value = this.#means[index] as number;
      if (target <= rank) return interpolate(lastRank, lastValue, rank, value, target);
      [lastRank, lastValue] = [rank, value];
      before += weight;
    }
    return interpolate(lastRank, lastValue, this.count, this.max, target);
  }

  #digestCountBelow(value: number): number {
    if (this.#buffered > 0) this.#merge();
    if (value <= this.min) return 0;
    if (value > this.max) return this.count;
    let lastRank = 0;
    let lastValue = this.min;
    let before = 0;
    for (let index = 0; index < this.#means.length; index += 1) {
      const weight = this.#weights[index] as number;
      const rank = before + weight / 2;
      const mean = this.#means[index] as number;
      if (value <= mean) return Math.round(interpolate(lastValue, lastRank, mean, rank, value));
      [lastRank, lastValue] = [rank, mean];
      before += weight;
    }
    return Math.round(interpolate(lastValue, lastRank, this.max, this.count, value));
  }
}

/** The index of the first value that `isBeyond` accepts; it accepts all that follow. */
function countUntil(sorted: Float64Array, isBeyond: (value: number) => boolean): number {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (isBeyond(sorted[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function interpolate(x0: number, y0: number, x1: number, y1: number, x: number): number {
  return x1 <= x0 ? y1 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
