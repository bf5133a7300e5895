// Latencies of one run: collected in microseconds, read as quantiles.

export class Latencies {
  readonly #micros: Float64Array;
  #count = 0;

  constructor(capacity: number) {
    this.#micros = new Float64Array(capacity);
  }

  /** Takes the time since `startedMs`, a reading of `performance.now()`. */
  since(startedMs: number): void {
    this.#micros[this.#count] = (performance.now() - startedMs) * 1000;
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** `{ p50Us, p99Us }` of what was taken. */
  quantiles(): { readonly p50Us: number; readonly p99Us: number } {
    const sorted = this.#micros.slice(0, this.#count).sort();
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { p50Us: at(0.5), p99Us: at(0.99) };
  }
}
