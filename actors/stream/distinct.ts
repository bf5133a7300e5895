// How many different values a stream has: an exact set while few, then HyperLogLog in 4 KiB.
// Source: P. Flajolet et al. (2007), "HyperLogLog"; the estimator without bias correction tables is from
// O. Ertl (2017), "New cardinality estimation algorithms for HyperLogLog sketches", §4.
// Why hashes in the set and not values: 53 bits do not collide in 4,096 entries, and long texts cost nothing.

import { hashed, hashKey } from "./hash.js";

/** Up to this many different values the count is exact. */
export const EXACT_DISTINCT = 4096;
const PRECISION_BITS = 12;
const REGISTERS = 1 << PRECISION_BITS;
/** What is left of a 53-bit hash to find a rank in. */
const RANK_BITS = 53 - PRECISION_BITS;

export class DistinctCounter {
  #seen: Set<number> | undefined = new Set();
  #registers: Uint8Array | undefined;

  /** False while the count is exact; afterwards the standard error is 1.6 %. */
  get estimated(): boolean {
    return this.#registers !== undefined;
  }

  /** Takes the value whose hash lies in `hashed`. */
  addHashed(): void {
    if (this.#seen !== undefined) {
      this.#seen.add(hashKey());
      if (this.#seen.size <= EXACT_DISTINCT) return;
      this.#overflow(this.#seen);
      return;
    }
    this.#register(hashed[0] as number, hashed[1] as number);
  }

  count(): number {
    return this.#registers === undefined ? (this.#seen?.size ?? 0) : Math.round(estimate(this.#registers));
  }

  /** Moves the exact set into registers. The key lacks 11 bits of the first word, which the registers do not use. */
  #overflow(seen: Set<number>): void {
    this.#registers = new Uint8Array(REGISTERS);
    this.#seen = undefined;
    for (const key of seen) this.#register(Math.floor(key / 0x1_0000_0000), key % 0x1_0000_0000);
  }

  /** The register comes from the low 12 bits of the first word, the rank from 9 further bits and the second word. */
  #register(first: number, second: number): void {
    const registers = this.#registers as Uint8Array;
    const index = first & (REGISTERS - 1);
    const high = (first >>> PRECISION_BITS) & 0x1ff;
    const zeros = second === 0 ? 32 + Math.clz32(high) - 23 : Math.clz32(second);
    const rank = zeros + 1;
    if (rank > (registers[index] as number)) registers[index] = rank;
  }
}

function estimate(registers: Uint8Array): number {
  const counts = new Float64Array(RANK_BITS + 2);
  for (const rank of registers) counts[rank] = (counts[rank] as number) + 1;
  let sum = REGISTERS * tau(1 - (counts[RANK_BITS + 1] as number) / REGISTERS);
  for (let rank = RANK_BITS; rank >= 1; rank -= 1) sum = 0.5 * (sum + (counts[rank] as number));
  sum += REGISTERS * sigma((counts[0] as number) / REGISTERS);
  return (REGISTERS * REGISTERS) / (2 * Math.LN2) / sum;
}

function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let power = share;
  let weight = 1;
  let sum = share;
  for (let last = Number.NaN; sum !== last; ) {
    power *= power;
    last = sum;
    sum += power * weight;
    weight += weight;
  }
  return sum;
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let root = share;
  let weight = 1;
  let sum = 1 - share;
  for (let last = Number.NaN; sum !== last; ) {
    root = Math.sqrt(root);
    last = sum;
    weight *= 0.5;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}
