// The rows of a matrix most like a query: the device computes 16 partial sums for each row, this process adds them up
// and keeps the best. A matrix stays on the device while it is the same one.
// Why partial sums: neighbouring threads read neighbouring numbers, and the sums are added in the order of the other
// engines (lanes, then halves onto halves).

import { offerRow } from "../best-rows.js";
import type { Device, Kernel } from "./device.js";
import { LANES, PARTIAL_DOTS } from "./kernels.js";
import type { NumberStream } from "./number-file.js";
import { type SimilarWork, VECTOR_VALUES } from "./protocol.js";

/** 128 MiB of a matrix, which every card takes in one piece. */
const CARD_ROWS = 2 ** 17;
/** 1 GiB, for a WebAssembly memory. */
const MEMORY_ROWS = 2 ** 20;

interface KeptMatrix {
  readonly parts: readonly { readonly kernel: Kernel; readonly first: number; readonly rows: number }[];
  /** Of each row: 1 / its length, and NaN for a row that has no score. */
  readonly scales: Float32Array;
}

export class SimilarDesk {
  readonly #device: Device;
  readonly #kept = new Map<number, KeptMatrix>();

  constructor(device: Device) {
    this.#device = device;
  }

  /** Leaves the best rows in the file, `k` of them or what there are, and their scores; answers how many. */
  async run(work: SimilarWork, input: NumberStream, output: NumberStream): Promise<number> {
    const { rows, k, keep } = work;
    const matrix = keep.isHere ? this.#kept.get(keep.key) : this.#take(work, input);
    if (matrix === undefined) throw new Error(`matrix ${keep.key} is not kept here`);
    const values = unit(input.floats(VECTOR_VALUES));
    const query = { values, width: LANES, height: VECTOR_VALUES / LANES };
    const best = { rows: new Uint32Array(k), scores: new Float32Array(k), count: 0 };
    for (const part of matrix.parts) {
      const sums = await part.kernel.run(LANES, part.rows, query);
      for (let row = 0; row < part.rows; row++) {
        const score = Math.fround(addLanes(sums, row * LANES) * matrix.scales[part.first + row]!);
        if (best.count < k ? !Number.isNaN(score) : score > best.scores[k - 1]!)
          offerRow(k, score, part.first + row, best);
      }
    }
    output.write(best.rows);
    output.write(best.scores);
    return Math.min(best.count, rows);
  }

  forget(key: number): void {
    for (const { kernel } of this.#kept.get(key)?.parts ?? []) kernel.close();
    this.#kept.delete(key);
  }

  #take({ rows, isUnit, keep }: SimilarWork, input: NumberStream): KeptMatrix {
    this.forget(keep.key);
    const scales = new Float32Array(rows);
    const rowsOfPart = this.#device.mode === "webgpu" ? CARD_ROWS : MEMORY_ROWS;
    const parts = [];
    for (let first = 0; first < rows; first += rowsOfPart) {
      const count = Math.min(rowsOfPart, rows - first);
      const values = input.floats(count * VECTOR_VALUES);
      for (let row = 0; row < count; row++)
        scales[first + row] = scaleOf(values, row * VECTOR_VALUES, isUnit);
      const matrix = { values, width: VECTOR_VALUES, height: count };
      parts.push({ kernel: this.#device.kernel(PARTIAL_DOTS, { matrix }), first, rows: count });
    }
    const kept = { parts, scales };
    this.#kept.set(keep.key, kept);
    return kept;
  }
}

/** By what to multiply the products of a row. One with NaN in it is made zero: not every device knows NaN. */
function scaleOf(values: Float32Array, at: number, isUnit: boolean): number {
  let squares = 0;
  for (let index = at; index < at + VECTOR_VALUES; index++) squares += values[index]! * values[index]!;
  if (Number.isNaN(squares)) values.fill(0, at, at + VECTOR_VALUES);
  if (Number.isNaN(squares) || isUnit) return Number.isNaN(squares) ? Number.NaN : 1;
  return squares === 0 ? 0 : 1 / Math.sqrt(squares);
}

function unit(vector: Float32Array): Float32Array {
  const squares = vector.reduce((sum, value) => sum + value * value, 0);
  const length = squares > 0 ? Math.sqrt(squares) : 1;
  return vector.map((value) => value / length);
}

/** Halves onto halves, rounded to 32 bits each time. Spoils the sums. */
function addLanes(sums: Float32Array, at: number): number {
  for (let half = LANES >> 1; half > 0; half >>= 1)
    for (let lane = at; lane < at + half; lane++) sums[lane] = sums[lane]! + sums[lane + half]!;
  return sums[at]!;
}
