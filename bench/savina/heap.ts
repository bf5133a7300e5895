// A binary heap of pairs (key, value), the smallest key first.

export class Heap {
  readonly #keys: number[] = [];
  readonly #values: number[] = [];

  get size(): number {
    return this.#keys.length;
  }

  push(key: number, value: number): void {
    let at = this.#keys.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#key(above) <= key) break;
      this.#put(at, this.#key(above), this.#value(above));
      at = above;
    }
    this.#put(at, key, value);
  }

  /** The value with the smallest key. */
  pop(): number | undefined {
    const first = this.#values[0];
    const [key, value] = [this.#keys.pop(), this.#values.pop()];
    if (key !== undefined && value !== undefined && this.size > 0) this.#sink(key, value);
    return first;
  }

  #sink(key: number, value: number): void {
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below + 1 < this.size && this.#key(below + 1) < this.#key(below)) below += 1;
      if (below >= this.size || this.#key(below) >= key) break;
      this.#put(at, this.#key(below), this.#value(below));
      at = below;
    }
    this.#put(at, key, value);
  }

  #key(at: number): number {
    return this.#keys[at] as number;
  }

  #value(at: number): number {
    return this.#values[at] as number;
  }

  #put(at: number, key: number, value: number): void {
    this.#keys[at] = key;
    this.#values[at] = value;
  }
}
