// Networks and batches that tests draw: narrow and wide ones, since vectors have a middle and an end.

import fc from "fast-check";
import { seededRandom } from "../../src/base/random.js";
import { ACTIVATIONS, type NetworkShape } from "../../src/compute/network-shape.js";

const width = fc.oneof(
  fc.integer({ min: 1, max: 9 }),
  fc.constantFrom(16, 31, 64),
  fc.integer({ min: 10, max: 150 }),
);

export const aShape: fc.Arbitrary<NetworkShape> = fc.record({
  inputs: width,
  layers: fc.array(fc.record({ neurons: width, activation: fc.constantFrom(...ACTIVATIONS) }), {
    minLength: 1,
    maxLength: 4,
  }),
});

/** Rows of numbers between -2 and 2. */
export function aBatch(inputs: number, rows: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: inputs * rows }, () => 4 * random.next() - 2);
}

export function rowsOf(batch: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: batch.length / width }, (_, row) =>
    batch.slice(row * width, (row + 1) * width),
  );
}
