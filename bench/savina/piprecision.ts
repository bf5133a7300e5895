// Pi precision: workers compute the terms of the series of Bailey, Borwein & Plouffe; a master adds them up.

import { type ActorContext, defineActor } from "../../src/index.js";
import { defineProgram } from "./program.js";

type Size = { readonly digits: number; readonly workers: number };

/** Digits beyond those asked for, which take the rounding of all terms. */
const GUARD_DIGITS = 10;

function scaleOf(digits: number): bigint {
  return 10n ** BigInt(digits + GUARD_DIGITS);
}

function digitsOf(scaled: bigint): string {
  return String(scaled / 10n ** BigInt(GUARD_DIGITS));
}

const Worker = defineActor({
  name: "Worker",
  state: ({ digits }: Size) => ({ scale: scaleOf(digits) }),
  on: {
    /** 16^-k · (4/(8k+1) − 2/(8k+4) − 1/(8k+5) − 1/(8k+6)) */
    term(ctx, k: number): bigint {
      const { scale } = ctx.state;
      const eight = 8n * BigInt(k);
      const sum = (4n * scale) / (eight + 1n) - (2n * scale) / (eight + 4n);
      return (sum - scale / (eight + 5n) - scale / (eight + 6n)) >> BigInt(4 * k);
    },
  },
});

const Master = defineActor({
  name: "Master",
  state: (size: Size, ctx: ActorContext) => ({
    workers: Array.from({ length: size.workers }, () => ctx.spawn(Worker, { args: size })),
    next: 0,
  }),
  on: {
    /** Each worker gets a term as soon as it has given one, until the terms are too small to count. */
    async run(ctx) {
      const { state } = ctx;
      const shares = state.workers.map(async (worker) => {
        for (let share = 0n; ; ) {
          const term = await ctx.ask(worker, "term", state.next++);
          if (term === 0n) return share;
          share += term;
        }
      });
      const pi = (await Promise.all(shares)).reduce((sum, share) => sum + share, 0n);
      return { pi: digitsOf(pi) };
    },
  },
});

/** Machin's formula: 16·arctan(1/5) − 4·arctan(1/239). */
function machin(scale: bigint): bigint {
  const arctanOfOneOver = (x: bigint): bigint => {
    let [sum, power, sign] = [0n, scale / x, 1n];
    for (let odd = 1n; power !== 0n; odd += 2n) {
      sum += (sign * power) / odd;
      power /= x * x;
      sign = -sign;
    }
    return sum;
  };
  return 16n * arctanOfOneOver(5n) - 4n * arctanOfOneOver(239n);
}

export const piprecision = defineProgram({
  name: "piprecision",
  asks: "how long do 20 actors take to find 5,000 digits of pi?",
  full: { digits: 5_000, workers: 20 },
  quick: { digits: 500, workers: 20 },
  root: Master,
  expected: ({ digits }) => ({ pi: digitsOf(machin(scaleOf(digits))) }),
});
