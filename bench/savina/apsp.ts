// All pairs, shortest paths: a matrix in blocks, each an actor. Before step k a block needs its part of row k and of
// column k, which the blocks that hold them send along; blocks may be some steps apart. Source: Floyd (1962).

import { type ActorContext, defineActor, type Later, type RefOf } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";
import { drawFrom } from "./random.js";

type Size = { readonly nodes: number; readonly block: number };

const WEIGHT_MAX = 1_000;

/** A stretch of row k or of column k. */
interface Part {
  readonly k: number;
  readonly along: "row" | "column";
  readonly values: Int32Array;
}

interface Neighbours {
  readonly sameRow: readonly RefOf<typeof Block>[];
  readonly sameColumn: readonly RefOf<typeof Block>[];
}

interface BlockState {
  readonly size: Size;
  readonly rowStart: number;
  readonly columnStart: number;
  readonly distances: Int32Array;
  readonly matrix: Told<{ finished: BlockState }>;
  neighbours: Neighbours;
  k: number;
  readonly rows: Map<number, Int32Array>;
  readonly columns: Map<number, Int32Array>;
}

const Block = defineActor({
  name: "Block",
  state: (args: Omit<BlockState, "k" | "rows" | "columns" | "neighbours">): BlockState => ({
    ...args,
    neighbours: { sameRow: [], sameColumn: [] },
    k: 0,
    rows: new Map(),
    columns: new Map(),
  }),
  on: {
    start(ctx, neighbours: Neighbours) {
      ctx.state.neighbours = neighbours;
      offer(ctx.state);
    },
    part(ctx, { k, along, values }: Part) {
      const { state } = ctx;
      (along === "row" ? state.rows : state.columns).set(k, values);
      while (step(state)) offer(state);
      if (state.k === state.size.nodes) state.matrix.tell("finished", state);
    },
  },
});

/** Sends what this block holds of row k and column k to those who need it, itself among them. */
function offer({ size, k, rowStart, columnStart, distances, neighbours }: BlockState): void {
  const { block } = size;
  const [row, column] = [k - rowStart, k - columnStart];
  if (row >= 0 && row < block && k < size.nodes) {
    const values = distances.slice(row * block, (row + 1) * block);
    for (const other of neighbours.sameColumn) other.tell("part", { k, along: "row", values } satisfies Part);
  }
  if (column >= 0 && column < block && k < size.nodes) {
    const values = Int32Array.from({ length: block }, (_, i) => distances[i * block + column] as number);
    for (const other of neighbours.sameRow) other.tell("part", { k, along: "column", values } satisfies Part);
  }
}

/** Goes one step further; false while a part is missing. */
function step(state: BlockState): boolean {
  const { k, rows, columns, distances } = state;
  const [row, column] = [rows.get(k), columns.get(k)];
  if (row === undefined || column === undefined) return false;
  rows.delete(k);
  columns.delete(k);
  relax(distances, row, column);
  state.k += 1;
  return true;
}

function relax(distances: Int32Array, row: Int32Array, column: Int32Array): void {
  const width = row.length;
  for (let i = 0; i < column.length; i++) {
    const toK = column[i] as number;
    for (let j = 0; j < width; j++) {
      const through = toK + (row[j] as number);
      if (through < (distances[i * width + j] as number)) distances[i * width + j] = through;
    }
  }
}

function weights(nodes: number): Int32Array {
  const draw = drawFrom(nodes);
  return Int32Array.from({ length: nodes * nodes }, (_, at) =>
    Math.floor(at / nodes) === at % nodes ? 0 : 1 + draw(WEIGHT_MAX),
  );
}

const Matrix = defineActor({
  name: "Matrix",
  state: (size: Size, ctx: ActorContext) => ({
    size,
    blocks: blocksOf(size).map((args) => ctx.spawn(Block, { args: { ...args, matrix: ctx.self } })),
    distances: new Int32Array(size.nodes * size.nodes),
    finished: 0,
    done: undefined as Later<Int32Array> | undefined,
  }),
  on: {
    run(ctx) {
      const { blocks, size } = ctx.state;
      const across = size.nodes / size.block;
      for (const [at, block] of blocks.entries()) {
        const sameRow = blocks.filter((_, other) => Math.floor(other / across) === Math.floor(at / across));
        const sameColumn = blocks.filter((_, other) => other % across === at % across);
        block.tell("start", { sameRow, sameColumn });
      }
      ctx.state.done = ctx.later<Int32Array>();
      return ctx.state.done;
    },
    finished(ctx, { rowStart, columnStart, distances }: BlockState) {
      const { state } = ctx;
      const { nodes, block } = state.size;
      for (let i = 0; i < block; i++) {
        const row = distances.subarray(i * block, (i + 1) * block);
        state.distances.set(row, (rowStart + i) * nodes + columnStart);
      }
      state.finished += 1;
      if (state.finished === state.blocks.length) state.done?.give(state.distances);
    },
  },
});

function blocksOf(size: Size) {
  const { nodes, block } = size;
  const across = nodes / block;
  const all = weights(nodes);
  return Array.from({ length: across * across }, (_, at) => {
    const [rowStart, columnStart] = [Math.floor(at / across) * block, (at % across) * block];
    const distances = Int32Array.from({ length: block * block }, (_, i) => {
      return all[(rowStart + Math.floor(i / block)) * nodes + columnStart + (i % block)] as number;
    });
    return { size, rowStart, columnStart, distances };
  });
}

export const apsp = defineProgram({
  name: "apsp",
  asks: "how long do 36 blocks of a matrix take to find all shortest paths between 300 nodes?",
  full: { nodes: 300, block: 50 },
  quick: { nodes: 100, block: 25 },
  root: Matrix,
  expected: ({ nodes }) => {
    const distances = weights(nodes);
    for (let k = 0; k < nodes; k++) {
      const row = distances.slice(k * nodes, (k + 1) * nodes);
      const column = Int32Array.from({ length: nodes }, (_, i) => distances[i * nodes + k] as number);
      relax(distances, row, column);
    }
    return distances;
  },
});
