// Floats that other threads read and write while this one goes on: nobody can take shared memory away from them, as a
// transfer would.

/** `count` zeros in shared memory. */
export function makeSharedFloats(count: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(count * Float32Array.BYTES_PER_ELEMENT));
}

/** A copy of `values` in shared memory. */
export function shareFloats(values: Float32Array): Float32Array {
  const shared = makeSharedFloats(values.length);
  shared.set(values);
  return shared;
}

export function isShared(values: Float32Array): boolean {
  return values.buffer instanceof SharedArrayBuffer;
}
