// Randomness that can be replayed: xoshiro128** seeded by splitmix32.
// Source: Blackman & Vigna, "Scrambled Linear Pseudorandom Number Generators" (2018).

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). */
  below(bound: number): number;
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}

/** A generator whose whole sequence follows from `seed` (any 32-bit integer). */
export function seededRandom(seed: number): Random {
  const mix = splitmix32(seed);
  let [a, b, c, d] = [mix(), mix(), mix(), mix()];
  const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
  const nextUint32 = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result >>> 0;
  };
  return {
    next: () => nextUint32() / 0x1_0000_0000,
    below: (bound) => Math.floor((nextUint32() / 0x1_0000_0000) * bound),
  };
}

/** A generator with a seed nobody chose. */
export function systemRandom(): Random {
  return seededRandom(Math.floor(Math.random() * 0x1_0000_0000));
}
