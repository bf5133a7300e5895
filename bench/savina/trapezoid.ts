// Trapezoid: the integral of a function, in slices on two threads. Little to send, much to compute: threads pay.

import { defineActor } from "../../src/index.js";
import { defineProgram } from "./program.js";

type Size = { readonly pieces: number; readonly workers: number; readonly from: number; readonly to: number };
type Slice = { readonly from: number; readonly width: number; readonly pieces: number };

function f(x: number): number {
  return (1 / (x + 1)) * Math.sqrt(1 + Math.exp(Math.sqrt(2 * x))) * Math.sin(x ** 3 - 1);
}

export const Worker = defineActor({
  module: import.meta.url,
  name: "Worker",
  state: () => undefined,
  on: {
    integrate(_ctx, { from, width, pieces }: Slice): number {
      let sum = (f(from) + f(from + pieces * width)) / 2;
      for (let i = 1; i < pieces; i++) sum += f(from + i * width);
      return sum * width;
    },
  },
});

const Master = defineActor({
  name: "Master",
  state: (size: Size) => size,
  on: {
    async run(ctx) {
      const { pieces, workers, from, to } = ctx.state;
      const width = (to - from) / pieces;
      const each = pieces / workers;
      const areas = await Promise.all(
        Array.from({ length: workers }, (_, i) => {
          const slice: Slice = { from: from + i * each * width, width, pieces: each };
          return ctx.ask(ctx.spawn(Worker, { on: "any" }), "integrate", slice, { timeoutMs: 0 });
        }),
      );
      return { area: rounded(areas.reduce((sum, area) => sum + area, 0)) };
    },
  },
});

/** Seven digits behind the point: both ways of integrating are more exact than that. */
function rounded(area: number): string {
  return area.toFixed(7);
}

/** Simpson's rule, which needs far fewer pieces. */
function simpson(from: number, to: number, pieces: number): number {
  const width = (to - from) / pieces;
  let sum = f(from) + f(to);
  for (let i = 1; i < pieces; i++) sum += f(from + i * width) * (i % 2 === 1 ? 4 : 2);
  return (sum * width) / 3;
}

export const trapezoid = defineProgram({
  name: "trapezoid",
  asks: "how long do 100 actors on two threads take to add 10 million trapezoids?",
  full: { pieces: 10_000_000, workers: 100, from: 1, to: 5 },
  quick: { pieces: 200_000, workers: 100, from: 1, to: 5 },
  threads: 2,
  root: Master,
  expected: ({ from, to }) => ({ area: rounded(simpson(from, to, 20_000)) }),
});
