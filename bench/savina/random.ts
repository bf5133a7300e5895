// Numbers that look random and follow from a seed, so that the check can draw the same ones as the actors.

const MODULUS = 2_147_483_647;

/** Draws whole numbers from 0 to `bound` − 1. Source: Park & Miller (1988) with the multiplier of 1993. */
export type Draw = (bound: number) => number;

export function drawFrom(seed: number): Draw {
  let state = 1 + (mix(seed) % (MODULUS - 1));
  return (bound) => {
    state = (state * 48_271) % MODULUS;
    return state % bound;
  };
}

/** Scatters a number over 32 bits. Source: the finalizer of MurmurHash3. */
export function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Keeps the processor busy for a while; what it returns must be used, or the compiler leaves it out. */
export function toil(units: number): number {
  let sum = 1;
  for (let i = 0; i < units; i++) sum = Math.sqrt(sum + i);
  return sum;
}
