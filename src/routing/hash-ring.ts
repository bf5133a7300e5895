// Consistent hashing: each member has many points on a ring, and a key belongs to the member whose point comes next.
// Who joins takes its share from all others alike; who leaves gives its share to all others alike; no other key moves.
//
// Source: Karger et al., "Consistent Hashing and Random Trees" (1997).

import { hashText } from "../base/hash.js";

/** Points of one member. Why: shares then differ by some 9 % (one over the root of the points). */
const POINTS_PER_MEMBER = 128;

interface Point<T> {
  readonly hash: number;
  readonly id: string;
  readonly member: T;
}

export class HashRing<T> {
  #points: Point<T>[] = [];

  /** `id` decides which keys are the member's: the same id gets the same keys again. */
  add(id: string, member: T): void {
    for (let i = 0; i < POINTS_PER_MEMBER; i++) {
      this.#points.push({ hash: hashText(`${id}#${i}`), id, member });
    }
    // Why also by id: two points may meet, and every thread must see the same ring.
    this.#points.sort((a, b) => a.hash - b.hash || (a.id < b.id ? -1 : 1));
  }

  remove(member: T): void {
    this.#points = this.#points.filter((point) => point.member !== member);
  }

  find(key: string): T | undefined {
    const points = this.#points;
    const hash = hashText(key);
    let [low, high] = [0, points.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((points[middle] as Point<T>).hash < hash) low = middle + 1;
      else high = middle;
    }
    return (points[low] ?? points[0])?.member;
  }
}
