// Recursive matrix multiplication: workers split a product into eight smaller ones and send them back to be shared out,
// until the blocks are small enough to be multiplied. One thread, so that both matrices pass by reference.

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";

type Size = { readonly side: number; readonly blockElements: number; readonly workers: number };

/** Rows of the left matrix from `row`, columns of the right one from `column`, from `inner` where they meet. */
interface Piece {
  readonly row: number;
  readonly column: number;
  readonly inner: number;
  readonly side: number;
}

interface Matrices {
  readonly side: number;
  readonly left: Float64Array;
  readonly right: Float64Array;
}

interface Product {
  readonly piece: Piece;
  readonly values: Float64Array;
}

/** What a worker gets. */
interface WorkerArgs extends Matrices {
  readonly blockElements: number;
  readonly master: Told<{ share: Piece; shared: void; product: Product }>;
}

const Worker = defineActor({
  name: "Worker",
  state: (args: WorkerArgs) => args,
  on: {
    multiply(ctx, piece: Piece) {
      const { master, blockElements } = ctx.state;
      if (piece.side ** 2 <= blockElements) {
        return master.tell("product", { piece, values: product(ctx.state, piece) });
      }
      for (const smaller of eighths(piece)) master.tell("share", smaller);
      return master.tell("shared");
    },
  },
});

function eighths({ row, column, inner, side }: Piece): readonly Piece[] {
  const half = side / 2;
  const both = [0, half];
  return both.flatMap((r) =>
    both.flatMap((c) =>
      both.map((i) => ({ row: row + r, column: column + c, inner: inner + i, side: half })),
    ),
  );
}

function product({ side, left, right }: Matrices, piece: Piece): Float64Array {
  const values = new Float64Array(piece.side ** 2);
  // Why a copy: rows that lie a power of two apart push each other out of the processor's cache.
  const block = new Float64Array(piece.side ** 2);
  for (let i = 0; i < piece.side; i++) {
    const start = (piece.inner + i) * side + piece.column;
    block.set(right.subarray(start, start + piece.side), i * piece.side);
  }
  for (let r = 0; r < piece.side; r++) {
    for (let i = 0; i < piece.side; i++) {
      const factor = left[(piece.row + r) * side + piece.inner + i] as number;
      addRow(values, r * piece.side, block, i * piece.side, piece.side, factor);
    }
  }
  return values;
}

/** Adds `factor` times a stretch of one array to a stretch of another. */
function addRow(
  to: Float64Array,
  toStart: number,
  from: Float64Array,
  fromStart: number,
  length: number,
  factor: number,
): void {
  for (let i = 0; i < length; i++) {
    to[toStart + i] = (to[toStart + i] as number) + factor * (from[fromStart + i] as number);
  }
}

/** Row plus column, so that the product has a formula. */
function matrixOf(side: number): Float64Array {
  return Float64Array.from({ length: side * side }, (_, at) => Math.floor(at / side) + (at % side));
}

const Master = defineActor({
  name: "Master",
  state: ({ side, blockElements, workers }: Size, ctx: ActorContext) => {
    const matrices: Matrices = { side, left: matrixOf(side), right: matrixOf(side) };
    const args = { ...matrices, blockElements, master: ctx.self };
    return {
      side,
      workers: Array.from({ length: workers }, () => ctx.spawn(Worker, { args })),
      shared: 0,
      open: 0,
      result: new Float64Array(side * side),
      done: undefined as Later<Float64Array> | undefined,
    };
  },
  on: {
    run(ctx) {
      ctx.self.tell("share", { row: 0, column: 0, inner: 0, side: ctx.state.side } satisfies Piece);
      ctx.state.done = ctx.later<Float64Array>();
      return ctx.state.done;
    },
    share(ctx, piece: Piece) {
      const { state } = ctx;
      state.open += 1;
      state.workers[state.shared++ % state.workers.length]?.tell("multiply", piece);
    },
    shared(ctx) {
      ctx.state.open -= 1;
    },
    product(ctx, { piece, values }: Product) {
      const { state } = ctx;
      for (let r = 0; r < piece.side; r++) {
        const to = (piece.row + r) * state.side + piece.column;
        addRow(state.result, to, values, r * piece.side, piece.side, 1);
      }
      state.open -= 1;
      if (state.open === 0) state.done?.give(state.result);
    },
  },
});

export const recmatmul = defineProgram({
  name: "recmatmul",
  asks: "how long do 20 actors take to multiply two matrices of 1,024 × 1,024?",
  full: { side: 1_024, blockElements: 16_384, workers: 20 },
  quick: { side: 128, blockElements: 1_024, workers: 20 },
  root: Master,
  /** Σ (r + k)(k + c) = n·r·c + (r + c)·Σk + Σk² */
  expected: ({ side }) => {
    const sum = (side * (side - 1)) / 2;
    const squares = (side * (side - 1) * (2 * side - 1)) / 6;
    return Float64Array.from({ length: side * side }, (_, at) => {
      const [row, column] = [Math.floor(at / side), at % side];
      return side * row * column + (row + column) * sum + squares;
    });
  },
});
