// Two 32-bit hashes at once, for sketches and for sampling. Source of the mixing: Austin Appleby, MurmurHash3 (public
// domain). Results lie in one reused array, so hot loops allocate nothing.

const SEED_A = 0x9747b28c;
const SEED_B = 0x5bd1e995;
const float = new Float64Array(1);
const floatWords = new Uint32Array(float.buffer);

/** Where the last hash lies: two unsigned 32-bit words. Read it before hashing again. */
export const hashed = new Uint32Array(2);

function finish(mixed: number): number {
  let value = mixed ^ (mixed >>> 16);
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** Hashes a string into `hashed`. */
export function hashText(text: string): void {
  let a = SEED_A ^ text.length;
  let b = SEED_B ^ text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0xcc9e2d51);
    a = (a << 15) | (a >>> 17);
    b = Math.imul(b ^ code, 0x1b873593);
    b = (b << 13) | (b >>> 19);
  }
  hashed[0] = finish(a);
  hashed[1] = finish(b ^ a);
}

/** Hashes a number by value into `hashed`, so that 1, 1.0 and 1e0 are one; `kind` keeps kinds of value apart. */
export function hashNumber(value: number, kind: number): void {
  float[0] = value === 0 ? 0 : value;
  const low = floatWords[0] ?? 0;
  const high = floatWords[1] ?? 0;
  const a = finish(Math.imul(low ^ SEED_A, 0xcc9e2d51) ^ Math.imul(high, 0x1b873593) ^ kind);
  hashed[0] = a;
  hashed[1] = finish(Math.imul(high ^ SEED_B, 0xcc9e2d51) ^ Math.imul(low, 0x85ebca6b) ^ a ^ kind);
}

/** The last hash as one safe integer of 53 bits. */
export function hashKey(): number {
  return ((hashed[0] ?? 0) & 0x1f_ffff) * 0x1_0000_0000 + (hashed[1] ?? 0);
}

/** A well-mixed 32-bit hash of an index: the same index is always in or out of a sample. */
export function hashIndex(index: number): number {
  return finish(Math.imul(index, 0x9e3779b1) ^ Math.floor(index / 0x1_0000_0000));
}
