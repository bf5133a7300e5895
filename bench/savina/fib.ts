// Fibonacci: each number is an actor that asks two smaller ones. A tree of actors that are born and end.

import { type ActorContext, defineActor, type Later, type RefOf } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";

type Size = { readonly n: number };

const Term = defineActor({
  name: "Term",
  restart: "temporary",
  state: ({ n, parent }: { n: number; parent: Told<{ term: number }> }) => ({
    n,
    parent,
    waiting: 2,
    sum: 0,
  }),
  on: {
    compute(ctx): void {
      const { n, parent } = ctx.state;
      if (n <= 2) {
        parent.tell("term", 1);
        ctx.stop();
        return;
      }
      for (const smaller of [n - 1, n - 2]) spawnTerm(ctx, smaller).tell("compute");
    },
    term(ctx, value: number): void {
      const { state } = ctx;
      state.sum += value;
      state.waiting -= 1;
      if (state.waiting > 0) return;
      state.parent.tell("term", state.sum);
      ctx.stop();
    },
  },
});

function spawnTerm(ctx: ActorContext, n: number): RefOf<typeof Term> {
  return ctx.spawn(Term, { args: { n, parent: ctx.self } });
}

const Asker = defineActor({
  name: "Asker",
  state: ({ n }: Size) => ({ n, done: undefined as Later<{ fib: number }> | undefined }),
  on: {
    run(ctx) {
      spawnTerm(ctx, ctx.state.n).tell("compute");
      ctx.state.done = ctx.later<{ fib: number }>();
      return ctx.state.done;
    },
    term(ctx, fib: number) {
      ctx.state.done?.give({ fib });
    },
  },
});

export const fib = defineProgram({
  name: "fib",
  asks: "how long do actors take to find the 25th Fibonacci number, one actor for each call?",
  full: { n: 25 },
  quick: { n: 18 },
  root: Asker,
  expected: ({ n }) => {
    let [one, next] = [1, 1];
    for (let i = 1; i < n; i++) [one, next] = [next, one + next];
    return { fib: one };
  },
});
