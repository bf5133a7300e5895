// The ring of consistent hashing: shares that are even, and that move no more than they must.

import { describe, expect, it } from "vitest";
import { HashRing } from "../../src/routing/hash-ring.js";

const KEYS = Array.from({ length: 20_000 }, (_, i) => `key ${i}`);

function ringOf(members: number): HashRing<string> {
  const ring = new HashRing<string>();
  for (let i = 0; i < members; i++) ring.add(`w${i}`, `w${i}`);
  return ring;
}

function ownersIn(ring: HashRing<string>): (string | undefined)[] {
  return KEYS.map((key) => ring.find(key));
}

describe("a hash ring", () => {
  it("has nobody for a key while it is empty", () => {
    expect(ringOf(0).find("key")).toBeUndefined();
  });

  it.each([2, 5, 10, 50])("gives each of %i members about its share", (members) => {
    const shares = new Map<string | undefined, number>();
    for (const owner of ownersIn(ringOf(members))) shares.set(owner, (shares.get(owner) ?? 0) + 1);
    expect(shares.size).toBe(members);
    for (const share of shares.values()) {
      expect(share * members).toBeGreaterThan(KEYS.length * 0.6);
      expect(share * members).toBeLessThan(KEYS.length * 1.4);
    }
  });

  it.each([2, 5, 10, 50])(
    "moves only the keys that a newcomer to %i members takes, about one in so many",
    (members) => {
      const ring = ringOf(members);
      const before = ownersIn(ring);
      ring.add("newcomer", "newcomer");
      const after = ownersIn(ring);
      const moved = KEYS.flatMap((_, i) => (before[i] === after[i] ? [] : [after[i]]));
      expect(new Set(moved)).toEqual(new Set(["newcomer"]));
      expect(moved.length * (members + 1)).toBeGreaterThan(KEYS.length * 0.6);
      expect(moved.length * (members + 1)).toBeLessThan(KEYS.length * 1.4);
    },
  );

  it("gives the keys of one that leaves to all others, and back when the same id returns", () => {
    const ring = ringOf(10);
    const before = ownersIn(ring);
    ring.remove("w3");
    const without = ownersIn(ring);
    for (const [i, owner] of without.entries()) if (before[i] !== "w3") expect(owner).toBe(before[i]);
    expect(new Set(without.filter((_, i) => before[i] === "w3")).size).toBe(9);
    ring.add("w3", "w3");
    expect(ownersIn(ring)).toEqual(before);
  });
});
