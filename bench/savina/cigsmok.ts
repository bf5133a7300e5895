// Cigarette smokers: an arbiter lets one smoker at random smoke, and the next one as soon as that one has started.

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { defineProgram } from "./program.js";
import { type Draw, drawFrom, toil } from "./random.js";

type Size = { readonly rounds: number; readonly smokers: number };
type Result = { readonly cigarettes: readonly number[]; readonly puffs: number };

const PUFFS_MAX = 1_000;

interface Choice {
  readonly smoker: number;
  readonly puffs: number;
}

function choose(draw: Draw, smokers: number): Choice {
  return { smoker: draw(smokers), puffs: 1 + draw(PUFFS_MAX) };
}

const Smoker = defineActor({
  name: "Smoker",
  state: () => ({ cigarettes: 0, puffs: 0, toiled: 0 }),
  on: {
    smoke(ctx, puffs: number) {
      ctx.sender?.tell("started");
      ctx.state.cigarettes += 1;
      ctx.state.puffs += puffs;
      ctx.state.toiled += toil(puffs);
    },
    smoked: (ctx) => ctx.state,
  },
});

const Arbiter = defineActor({
  name: "Arbiter",
  state: ({ rounds, smokers }: Size, ctx: ActorContext) => ({
    left: rounds,
    draw: drawFrom(rounds),
    smokers: Array.from({ length: smokers }, () => ctx.spawn(Smoker)),
    done: undefined as Later<Result> | undefined,
  }),
  on: {
    run(ctx) {
      ctx.self.tell("started");
      ctx.state.done = ctx.later<Result>();
      return ctx.state.done;
    },
    started(ctx) {
      const { state } = ctx;
      if (state.left === 0) return ctx.self.tell("over");
      state.left -= 1;
      const { smoker, puffs } = choose(state.draw, state.smokers.length);
      return state.smokers[smoker]?.tell("smoke", puffs);
    },
    async over(ctx) {
      const { smokers, done } = ctx.state;
      const all = await Promise.all(smokers.map((smoker) => ctx.ask(smoker, "smoked")));
      done?.give({
        cigarettes: all.map(({ cigarettes }) => cigarettes),
        puffs: all.reduce((sum, { puffs }) => sum + puffs, 0),
      });
    },
  },
});

export const cigsmok = defineProgram({
  name: "cigsmok",
  asks: "how long do 200 smokers take to smoke 1,000 cigarettes, one lit after the other?",
  full: { rounds: 1_000, smokers: 200 },
  quick: { rounds: 500, smokers: 20 },
  root: Arbiter,
  expected: ({ rounds, smokers }) => {
    const draw = drawFrom(rounds);
    const cigarettes = Array.from({ length: smokers }, () => 0);
    let sum = 0;
    for (let i = 0; i < rounds; i++) {
      const { smoker, puffs } = choose(draw, smokers);
      cigarettes[smoker] = (cigarettes[smoker] ?? 0) + 1;
      sum += puffs;
    }
    return { cigarettes, puffs: sum };
  },
});
