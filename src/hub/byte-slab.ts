// Room for many small byte arrays in one allocation: a task's packed spec, what was matched. Each is a view into a slab
// and keeps the slab alive; a slab goes when the last of them does.
// Why: a byte array with memory of its own costs the garbage collector more than packing the task.

import { packPlain, packPlainInto } from "../wire/codec.js";

const SLAB_BYTES = 64 * 1024;
/** Larger values get memory of their own, so that one of them does not hold a slab for long. */
const SHARED_BYTES_MAX = 4 * 1024;

export class ByteSlab {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #used = 0;

  /** `value` packed as the codec's plain form. Throws `EncodeError`. */
  pack(value: unknown): Uint8Array {
    let bytes = packPlainInto(value, this.#slab, this.#used);
    if (bytes > SHARED_BYTES_MAX) return packPlain(value);
    if (bytes > this.#slab.length - this.#used) {
      this.#renew();
      bytes = packPlainInto(value, this.#slab, 0);
    }
    return this.#cut(bytes);
  }

  /** Room for `bytes` bytes, whose content is arbitrary. */
  take(bytes: number): Buffer {
    if (bytes > SHARED_BYTES_MAX) return Buffer.allocUnsafeSlow(bytes);
    if (bytes > this.#slab.length - this.#used) this.#renew();
    return this.#cut(bytes);
  }

  #cut(bytes: number): Buffer {
    const start = this.#used;
    this.#used = start + bytes;
    return this.#slab.subarray(start, this.#used);
  }

  #renew(): void {
    this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.#used = 0;
  }
}
