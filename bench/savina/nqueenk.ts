// N queens: workers extend boards and send them back to be shared out, down to a depth; from there they count alone.

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";

type Size = { readonly queens: number; readonly workers: number; readonly threshold: number };

/** The column of the queen in each row so far. */
type Board = readonly number[];

function isSafe(board: Board, column: number): boolean {
  const row = board.length;
  return board.every((other, at) => other !== column && Math.abs(other - column) !== row - at);
}

function extensions(board: Board, queens: number): readonly Board[] {
  const columns = Array.from({ length: queens }, (_, column) => column);
  return columns.filter((column) => isSafe(board, column)).map((column) => [...board, column]);
}

/** Counts with a bit for each column and diagonal that is under attack. */
function solutions(all: number, columns: number, left: number, right: number): number {
  if (columns === all) return 1;
  let count = 0;
  for (let free = all & ~(columns | left | right); free !== 0; ) {
    const queen = free & -free;
    free ^= queen;
    count += solutions(all, columns | queen, (left | queen) << 1, (right | queen) >> 1);
  }
  return count;
}

function solutionsFrom(board: Board, queens: number): number {
  let [columns, left, right] = [0, 0, 0];
  for (const column of board) {
    const queen = 1 << column;
    [columns, left, right] = [columns | queen, (left | queen) << 1, (right | queen) >> 1];
  }
  return solutions((1 << queens) - 1, columns, left, right);
}

export const Worker = defineActor({
  module: import.meta.url,
  name: "Worker",
  state: (args: { size: Size; master: Told<{ share: Board; done: number }> }) => args,
  on: {
    extend(ctx, board: Board) {
      const { size, master } = ctx.state;
      if (board.length >= size.threshold) return master.tell("done", solutionsFrom(board, size.queens));
      for (const next of extensions(board, size.queens)) master.tell("share", next);
      return master.tell("done", 0);
    },
  },
});

const Master = defineActor({
  name: "Master",
  state: (size: Size, ctx: ActorContext) => ({
    workers: Array.from({ length: size.workers }, () =>
      ctx.spawn(Worker, { args: { size, master: ctx.self }, on: "any" }),
    ),
    shared: 0,
    open: 0,
    solutions: 0,
    done: undefined as Later<{ solutions: number }> | undefined,
  }),
  on: {
    run(ctx) {
      ctx.self.tell("share", []);
      ctx.state.done = ctx.later<{ solutions: number }>();
      return ctx.state.done;
    },
    share(ctx, board: Board) {
      const { state } = ctx;
      state.open += 1;
      state.workers[state.shared++ % state.workers.length]?.tell("extend", board);
    },
    done(ctx, solutions: number) {
      const { state } = ctx;
      state.solutions += solutions;
      state.open -= 1;
      if (state.open === 0) state.done?.give({ solutions: state.solutions });
    },
  },
  mailbox: { capacity: 65_536 }, // every board there is down to the threshold
});

/** Known since the nineteenth century, and counted since by many. */
const KNOWN: Readonly<Record<number, number>> = { 6: 4, 8: 92, 10: 724, 12: 14_200 };

export const nqueenk = defineProgram({
  name: "nqueenk",
  asks: "how long do 20 actors on two threads take to place 12 queens in every way?",
  full: { queens: 12, workers: 20, threshold: 4 },
  quick: { queens: 10, workers: 20, threshold: 3 },
  threads: 2,
  root: Master,
  expected: ({ queens }) => ({ solutions: KNOWN[queens] ?? Number.NaN }),
});
