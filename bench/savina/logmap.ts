// Logistic map: each series asks an actor of its own for its next term, and takes no other request until it has it.

import { type ActorContext, defineActor, type RefOf } from "../../src/index.js";
import { defineProgram } from "./program.js";

type Size = {
  readonly terms: number;
  readonly series: number;
  readonly startRate: number;
  readonly rateStep: number;
};

function nextTerm(rate: number, term: number): number {
  return rate * term * (1 - term);
}

function startTerm(series: number): number {
  return (series + 1) * 0.0025;
}

const RateComputer = defineActor({
  name: "RateComputer",
  state: (rate: number) => rate,
  on: {
    compute: (ctx, term: number): number => nextTerm(ctx.state, term),
  },
});

/** An actor that awaits handles no other message meanwhile: that is what keeps the terms in order. */
const Series = defineActor({
  name: "Series",
  state: ({ term, computer }: { term: number; computer: RefOf<typeof RateComputer> }) => ({ term, computer }),
  on: {
    async next(ctx) {
      ctx.state.term = await ctx.ask(ctx.state.computer, "compute", ctx.state.term);
    },
    term: (ctx) => ctx.state.term,
  },
  mailbox: { capacity: 32_768 }, // all requests come at once
});

const Master = defineActor({
  name: "Master",
  state: ({ terms, series, startRate, rateStep }: Size, ctx: ActorContext) => ({
    terms,
    series: Array.from({ length: series }, (_, i) => {
      const computer = ctx.spawn(RateComputer, { args: startRate + i * rateStep });
      return ctx.spawn(Series, { args: { term: startTerm(i), computer } });
    }),
  }),
  on: {
    run(ctx) {
      const { terms, series } = ctx.state;
      for (let i = 0; i < terms; i++) for (const one of series) one.tell("next");
      return Promise.all(series.map((one) => ctx.ask(one, "term", undefined, { timeoutMs: 0 })));
    },
  },
});

export const logmap = defineProgram({
  name: "logmap",
  asks: "how long do 10 actors take to find 25,000 terms each, asking another one for each term?",
  full: { terms: 25_000, series: 10, startRate: 3.46, rateStep: 0.0025 },
  quick: { terms: 1_000, series: 10, startRate: 3.46, rateStep: 0.0025 },
  root: Master,
  expected: ({ terms, series, startRate, rateStep }) =>
    Array.from({ length: series }, (_, i) => {
      let term = startTerm(i);
      for (let n = 0; n < terms; n++) term = nextTerm(startRate + i * rateStep, term);
      return term;
    }),
});
