// Successive over-relaxation: a grid of cells, each an actor that tells its neighbours its value and moves towards the
// mean of theirs. Cells alternate like the fields of a chess board, so nobody ever hears twice before it has answered.

import { type ActorContext, defineActor, type Later, type RefOf } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";
import { drawFrom } from "./random.js";

type Size = { readonly side: number; readonly iterations: number; readonly omega: number };

/** One side of a cell: who is there, and on which of its sides this cell is. */
interface Neighbour {
  readonly cell: RefOf<typeof Cell>;
  readonly side: number;
}

interface CellArgs {
  readonly value: number;
  readonly size: Size;
  readonly grid: Told<{ settled: void }>;
}

const Cell = defineActor({
  name: "Cell",
  state: ({ value, size, grid }: CellArgs) => ({
    value,
    size,
    grid,
    neighbours: [] as readonly Neighbour[],
    heard: [] as number[],
    missing: 0,
    left: size.iterations,
  }),
  on: {
    meet(ctx, neighbours: readonly Neighbour[]) {
      ctx.state.neighbours = neighbours;
      ctx.state.missing = neighbours.length;
    },
    tellAll(ctx) {
      const { neighbours, value } = ctx.state;
      for (const { cell, side } of neighbours) cell.tell("hear", { side, value });
    },
    hear(ctx, { side, value }: { side: number; value: number }) {
      const { state } = ctx;
      state.heard[side] = value;
      state.missing -= 1;
      if (state.missing > 0 || state.left === 0) return;
      state.value = relaxed(state.value, state.heard, state.size.omega);
      state.missing = state.neighbours.length;
      state.left -= 1;
      for (const one of state.neighbours) one.cell.tell("hear", { side: one.side, value: state.value });
      if (state.left === 0) state.grid.tell("settled");
    },
    value: (ctx) => ctx.state.value,
  },
});

function relaxed(value: number, around: readonly number[], omega: number): number {
  const mean = around.reduce((sum, one) => sum + one, 0) / around.length;
  return (1 - omega) * value + omega * mean;
}

/** The fields beside field `at`, in the order in which their values are added. */
function beside(at: number, side: number): readonly number[] {
  const [row, column] = [Math.floor(at / side), at % side];
  const all = [
    [row - 1, column],
    [row, column - 1],
    [row, column + 1],
    [row + 1, column],
  ] as const;
  const inside = ([r, c]: readonly [number, number]): boolean => r >= 0 && r < side && c >= 0 && c < side;
  return all.filter(inside).map(([r, c]) => r * side + c);
}

function isRed(at: number, side: number): boolean {
  return (Math.floor(at / side) + (at % side)) % 2 === 0;
}

function startValues({ side }: Size): readonly number[] {
  const draw = drawFrom(side);
  return Array.from({ length: side * side }, () => draw(1_000_000) / 1_000_000);
}

const Grid = defineActor({
  name: "Grid",
  state: (size: Size, ctx: ActorContext) => ({
    side: size.side,
    cells: startValues(size).map((value) => ctx.spawn(Cell, { args: { value, size, grid: ctx.self } })),
    settled: 0,
    done: undefined as Later<number[]> | undefined,
  }),
  on: {
    run(ctx) {
      const { cells, side } = ctx.state;
      for (const [at, cell] of cells.entries()) {
        const neighbours = beside(at, side).map((other) => ({
          cell: cells[other] as RefOf<typeof Cell>,
          side: beside(other, side).indexOf(at),
        }));
        cell.tell("meet", neighbours);
      }
      for (const [at, cell] of cells.entries()) if (!isRed(at, side)) cell.tell("tellAll");
      ctx.state.done = ctx.later<number[]>();
      return ctx.state.done;
    },
    async settled(ctx) {
      const { cells, done } = ctx.state;
      ctx.state.settled += 1;
      if (ctx.state.settled < cells.length) return;
      done?.give(await Promise.all(cells.map((cell) => ctx.ask(cell, "value"))));
    },
  },
});

function relaxedInPlace(size: Size): readonly number[] {
  const { side, iterations, omega } = size;
  const values = [...startValues(size)];
  for (let half = 0; half < 2 * iterations; half++) {
    for (const [at, value] of values.entries()) {
      if (isRed(at, side) !== (half % 2 === 0)) continue;
      values[at] = relaxed(
        value,
        beside(at, side).map((other) => values[other] as number),
        omega,
      );
    }
  }
  return values;
}

export const sor = defineProgram({
  name: "sor",
  asks: "how long do 400 cells take to relax over 100 iterations, one actor for each cell?",
  full: { side: 20, iterations: 100, omega: 1.25 },
  quick: { side: 20, iterations: 10, omega: 1.25 },
  root: Grid,
  expected: relaxedInPlace,
});
