// Radix sort: a chain of actors, one for each bit. Each passes values without its bit on at once and keeps those with
// it until all have come.

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";
import { drawFrom } from "./random.js";

type Size = { readonly values: number; readonly bits: number };

/** A number of up to 60 bits, more than a JavaScript number holds: 30 and 30. */
interface Value {
  readonly high: number;
  readonly low: number;
}

const HALF_BITS = 30;
const CAPACITY = 131_072; // all values may wait for one actor

function hasBit({ high, low }: Value, bit: number): boolean {
  return ((bit < HALF_BITS ? low >> bit : high >> (bit - HALF_BITS)) & 1) === 1;
}

/** What comes after a bit: the next one, or the one who collects. */
type Next = Told<{ value: Value; end: void }>;

const Sorter = defineActor({
  name: "Sorter",
  state: ({ bit, next }: { bit: number; next: Next }) => ({ bit, next, kept: [] as Value[] }),
  on: {
    value(ctx, value: Value) {
      const { bit, next, kept } = ctx.state;
      if (hasBit(value, bit)) kept.push(value);
      else next.tell("value", value);
    },
    end(ctx) {
      const { next, kept } = ctx.state;
      for (const value of kept) next.tell("value", value);
      next.tell("end");
    },
  },
  mailbox: { capacity: CAPACITY },
});

function valuesToSort({ values, bits }: Size): readonly Value[] {
  const draw = drawFrom(values);
  const below = (left: number): number => draw(2 ** Math.max(0, Math.min(HALF_BITS, left)));
  return Array.from({ length: values }, () => ({ high: below(bits - HALF_BITS), low: below(bits) }));
}

const Root = defineActor({
  name: "Root",
  state: (size: Size, ctx: ActorContext) => {
    let first: Next = ctx.self;
    for (let bit = size.bits - 1; bit >= 0; bit--) first = ctx.spawn(Sorter, { args: { bit, next: first } });
    return {
      values: valuesToSort(size),
      first,
      sorted: [] as Value[],
      done: undefined as Later<Value[]> | undefined,
    };
  },
  on: {
    run(ctx) {
      const { values, first } = ctx.state;
      for (const value of values) first.tell("value", value);
      first.tell("end");
      ctx.state.done = ctx.later<Value[]>();
      return ctx.state.done;
    },
    value(ctx, value: Value) {
      ctx.state.sorted.push(value);
    },
    end(ctx) {
      ctx.state.done?.give(ctx.state.sorted);
    },
  },
  mailbox: { capacity: CAPACITY },
});

export const radixsort = defineProgram({
  name: "radixsort",
  asks: "how long does a chain of 60 actors take to sort 100,000 values of 60 bits?",
  full: { values: 100_000, bits: 60 },
  quick: { values: 5_000, bits: 60 },
  root: Root,
  expected: (size) => [...valuesToSort(size)].sort((a, b) => a.high - b.high || a.low - b.low),
});
