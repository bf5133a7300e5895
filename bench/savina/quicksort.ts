// Quicksort: an actor splits its part by a pivot and asks two others to sort what is below and above, down to parts
// that it sorts itself.

import { type ActorContext, defineActor } from "../../src/index.js";
import { defineProgram } from "./program.js";
import { drawFrom } from "./random.js";

type Size = { readonly values: number; readonly threshold: number };

const VALUE_MAX = 2_147_483_647;

const Sorter = defineActor({
  name: "Sorter",
  state: (threshold: number) => ({ threshold }),
  on: {
    async sort(ctx, values: Int32Array): Promise<Int32Array> {
      const { threshold } = ctx.state;
      if (values.length <= threshold) return values.toSorted();
      const pivot = values[values.length >> 1] as number;
      const [below, equal, above] = split(values, pivot);
      const [low, high] = await Promise.all([sorted(ctx, below, threshold), sorted(ctx, above, threshold)]);
      const joined = new Int32Array(values.length);
      joined.set(low, 0);
      joined.fill(pivot, low.length, low.length + equal);
      joined.set(high, low.length + equal);
      return joined;
    },
  },
});

function sorted(ctx: ActorContext, values: Int32Array, threshold: number): Promise<Int32Array> {
  return ctx.ask(ctx.spawn(Sorter, { args: threshold }), "sort", values, { timeoutMs: 0 });
}

/** What is below the pivot, how often the pivot is there, and what is above. */
function split(values: Int32Array, pivot: number): readonly [Int32Array, number, Int32Array] {
  const [below, above] = [new Int32Array(values.length), new Int32Array(values.length)];
  let [belowCount, aboveCount] = [0, 0];
  for (const value of values) {
    if (value < pivot) below[belowCount++] = value;
    else if (value > pivot) above[aboveCount++] = value;
  }
  const equal = values.length - belowCount - aboveCount;
  return [below.subarray(0, belowCount), equal, above.subarray(0, aboveCount)];
}

function valuesToSort({ values }: Size): Int32Array {
  const draw = drawFrom(values);
  return Int32Array.from({ length: values }, () => draw(VALUE_MAX));
}

const Root = defineActor({
  name: "Root",
  state: (size: Size) => ({ values: valuesToSort(size), threshold: size.threshold }),
  on: {
    run: (ctx) => sorted(ctx, ctx.state.values, ctx.state.threshold),
  },
});

export const quicksort = defineProgram({
  name: "quicksort",
  asks: "how long do actors take to sort a million values, each part above 2,048 in an actor of its own?",
  full: { values: 1_000_000, threshold: 2_048 },
  quick: { values: 50_000, threshold: 2_048 },
  root: Root,
  expected: (size) => valuesToSort(size).sort(),
});
