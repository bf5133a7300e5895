// Bitonic sort: every part is sorted by an actor that has its halves sorted in opposite directions and merged. Source:
// Batcher (1968). Asking a child and waiting for it is all there is to fork and join.

import { type ActorContext, defineActor } from "../../src/index.js";
import { defineProgram } from "./program.js";
import { drawFrom } from "./random.js";

type Size = { readonly values: number };
type Part = { readonly values: readonly number[]; readonly ascending: boolean };

const VALUE_MAX = 1_000_000_000;

/** Makes one order out of two that run in opposite directions. */
const Merger = defineActor({
  name: "Merger",
  state: () => undefined,
  on: {
    async merge(ctx, { values, ascending }: Part): Promise<readonly number[]> {
      if (values.length === 1) return values;
      const [low, high] = halves(values);
      for (const [i, one] of low.entries()) {
        const other = high[i] as number;
        if (one > other === ascending) [low[i], high[i]] = [other, one];
      }
      return (await Promise.all([merged(ctx, low, ascending), merged(ctx, high, ascending)])).flat();
    },
  },
});

const Sorter = defineActor({
  name: "Sorter",
  state: () => undefined,
  on: {
    async sort(ctx, { values, ascending }: Part): Promise<readonly number[]> {
      if (values.length === 1) return values;
      const [low, high] = halves(values);
      const sorted = await Promise.all([sortedBy(ctx, low, true), sortedBy(ctx, high, false)]);
      return merged(ctx, sorted.flat(), ascending);
    },
  },
});

function halves(values: readonly number[]): readonly [number[], number[]] {
  return [values.slice(0, values.length / 2), values.slice(values.length / 2)];
}

function merged(
  ctx: ActorContext,
  values: readonly number[],
  ascending: boolean,
): Promise<readonly number[]> {
  return ctx.ask(ctx.spawn(Merger), "merge", { values, ascending }, { timeoutMs: 0 });
}

function sortedBy(
  ctx: ActorContext,
  values: readonly number[],
  ascending: boolean,
): Promise<readonly number[]> {
  return ctx.ask(ctx.spawn(Sorter), "sort", { values, ascending }, { timeoutMs: 0 });
}

function valuesToSort({ values }: Size): readonly number[] {
  const draw = drawFrom(values);
  return Array.from({ length: values }, () => draw(VALUE_MAX));
}

const Root = defineActor({
  name: "Root",
  state: (size: Size) => ({ values: valuesToSort(size) }),
  on: {
    run: (ctx) => sortedBy(ctx, ctx.state.values, true),
  },
});

export const bitonicsort = defineProgram({
  name: "bitonicsort",
  asks: "how long do actors take to sort 4,096 values, one actor for each part and each merge?",
  full: { values: 4_096 },
  quick: { values: 256 },
  root: Root,
  expected: (size) => valuesToSort(size).toSorted((a, b) => a - b),
});
