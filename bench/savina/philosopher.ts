// Dining philosophers: one actor keeps the forks and gives them out in pairs; who is refused asks again.

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";

type Size = { readonly philosophers: number; readonly rounds: number };
type Result = {
  readonly meals: number;
  readonly fewest: number;
  readonly quarrels: number;
  readonly forksTaken: number;
};

interface PhilosopherArgs {
  readonly seat: number;
  readonly rounds: number;
  readonly table: Told<{ hungry: number; full: number; goes: number }>;
}

const Philosopher = defineActor({
  name: "Philosopher",
  state: ({ seat, rounds, table }: PhilosopherArgs) => ({
    seat,
    table,
    left: rounds,
    meals: 0,
  }),
  on: {
    think(ctx) {
      ctx.state.table.tell("hungry", ctx.state.seat);
    },
    refused(ctx) {
      ctx.state.table.tell("hungry", ctx.state.seat);
    },
    eat(ctx) {
      const { state } = ctx;
      state.meals += 1;
      state.left -= 1;
      state.table.tell("full", state.seat);
      if (state.left > 0) state.table.tell("hungry", state.seat);
      else state.table.tell("goes", state.meals);
    },
  },
});

const Table = defineActor({
  name: "Table",
  state: ({ philosophers, rounds }: Size, ctx: ActorContext) => ({
    seats: Array.from({ length: philosophers }, (_, seat) =>
      ctx.spawn(Philosopher, { args: { seat, rounds, table: ctx.self } }),
    ),
    /** By whom each fork is held; fork n lies between seats n and n + 1. */
    heldBy: Array.from({ length: philosophers }, () => undefined as number | undefined),
    gone: 0,
    meals: 0,
    fewest: Number.POSITIVE_INFINITY,
    quarrels: 0,
    done: undefined as Later<Result> | undefined,
  }),
  on: {
    run(ctx) {
      for (const philosopher of ctx.state.seats) philosopher.tell("think");
      ctx.state.done = ctx.later<Result>();
      return ctx.state.done;
    },
    hungry(ctx, seat: number) {
      const { heldBy, seats } = ctx.state;
      const [left, right] = [(seat + seats.length - 1) % seats.length, seat];
      if (heldBy[left] !== undefined || heldBy[right] !== undefined) return ctx.sender?.tell("refused");
      heldBy[left] = seat;
      heldBy[right] = seat;
      return ctx.sender?.tell("eat");
    },
    full(ctx, seat: number) {
      const { heldBy, seats } = ctx.state;
      for (const fork of [(seat + seats.length - 1) % seats.length, seat]) {
        if (heldBy[fork] !== seat) ctx.state.quarrels += 1;
        heldBy[fork] = undefined;
      }
    },
    goes(ctx, meals: number) {
      const { state } = ctx;
      state.meals += meals;
      state.fewest = Math.min(state.fewest, meals);
      state.gone += 1;
      if (state.gone < state.seats.length) return;
      const forksTaken = state.heldBy.filter((seat) => seat !== undefined).length;
      state.done?.give({ meals: state.meals, fewest: state.fewest, quarrels: state.quarrels, forksTaken });
    },
  },
});

export const philosopher = defineProgram({
  name: "philosopher",
  asks: "how long do 20 philosophers take to eat 10,000 times each?",
  full: { philosophers: 20, rounds: 10_000 },
  quick: { philosophers: 20, rounds: 500 },
  root: Table,
  expected: ({ philosophers, rounds }) => ({
    meals: philosophers * rounds,
    fewest: rounds,
    quarrels: 0,
    forksTaken: 0,
  }),
});
