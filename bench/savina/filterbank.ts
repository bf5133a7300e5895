// Filter bank: samples run through eight channels at once, each a chain of actors: a delay, a filter that is heard only
// once in so many columns, another delay and another filter; at the end the channels are added up. Source: the filter
// bank of StreamIt. A filter works only where it is heard and skips silence, which changes no value.

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";
import { mix } from "./random.js";

type Size = { readonly columns: number; readonly samples: number; readonly channels: number };

/** What one actor of a chain does: one value in, one value out. */
type Stage = (value: number) => number;

const CAPACITY = 65_536; // all samples may wait for one actor

/** Whole numbers throughout, so that sums do not depend on their order. */
function sampleAt(n: number): number {
  return (mix(n) % 19) - 9;
}

function coefficient(filter: "analysis" | "synthesis", channel: number, i: number): number {
  return (mix(i * 16 + channel * 2 + (filter === "analysis" ? 0 : 1)) % 7) - 3;
}

function delaysOf(channel: number): readonly [before: number, after: number] {
  return [channel + 1, 8 - channel];
}

/** Gives each value `length` values later, silence before. */
function delay(length: number): Stage {
  const kept: number[] = Array.from({ length }, () => 0);
  return (value) => {
    kept.push(value);
    return kept.shift() ?? 0;
  };
}

/** The sum of the last values, each times its coefficient, once in `length` values; silence otherwise. */
function heardFilter(coefficients: Int32Array): Stage {
  const { length } = coefficients;
  const kept = new Float64Array(length);
  let count = 0;
  return (value) => {
    kept[count++ % length] = value;
    if (count % length !== 0) return 0;
    return coefficients.reduce((sum, one, i) => sum + one * (kept[length - 1 - i] as number), 0);
  };
}

/** The sum of the last values that were not silent, each times its coefficient. */
function sparseFilter(coefficients: Int32Array): Stage {
  const loud: { readonly value: number; readonly at: number }[] = [];
  let at = -1;
  return (value) => {
    at += 1;
    if (value !== 0) loud.push({ value, at });
    if (loud[0] !== undefined && at - loud[0].at >= coefficients.length) loud.shift();
    let sum = 0;
    for (const one of loud) sum += one.value * (coefficients[at - one.at] as number);
    return sum;
  };
}

function coefficientsOf(filter: "analysis" | "synthesis", channel: number, { columns }: Size): Int32Array {
  return Int32Array.from({ length: columns }, (_, i) => coefficient(filter, channel, i));
}

function stagesOf(channel: number, size: Size): readonly Stage[] {
  const [before, after] = delaysOf(channel);
  return [
    delay(before),
    heardFilter(coefficientsOf("analysis", channel, size)),
    delay(after),
    sparseFilter(coefficientsOf("synthesis", channel, size)),
  ];
}

/** What comes after a stage: another one, or the end of the channel. */
type Next = Told<{ value: number }>;

/** What one channel adds to a value. */
interface Output {
  readonly at: number;
  readonly value: number;
}

const StageActor = defineActor({
  name: "Stage",
  state: ({ stage, next }: { stage: Stage; next: Next }) => ({ stage, next }),
  on: {
    value(ctx, value: number) {
      ctx.state.next.tell("value", ctx.state.stage(value));
    },
  },
  mailbox: { capacity: CAPACITY },
});

/** The end of one channel: it numbers what comes. */
const ChannelEnd = defineActor({
  name: "ChannelEnd",
  state: (bank: Told<{ add: Output }>) => ({ bank, count: 0 }),
  on: {
    value(ctx, value: number) {
      ctx.state.bank.tell("add", { at: ctx.state.count++, value });
    },
  },
  mailbox: { capacity: CAPACITY },
});

const Bank = defineActor({
  name: "Bank",
  state: (size: Size, ctx: ActorContext) => ({
    size,
    channels: Array.from({ length: size.channels }, (_, channel) => {
      const end: Next = ctx.spawn(ChannelEnd, { args: ctx.self });
      return stagesOf(channel, size).reduceRight(
        (next, stage) => ctx.spawn(StageActor, { args: { stage, next } }),
        end,
      );
    }),
    sums: new Float64Array(size.samples),
    missing: size.samples * size.channels,
    done: undefined as Later<Float64Array> | undefined,
  }),
  on: {
    run(ctx) {
      const { size, channels } = ctx.state;
      for (let n = 0; n < size.samples; n++)
        for (const channel of channels) channel.tell("value", sampleAt(n));
      ctx.state.done = ctx.later<Float64Array>();
      return ctx.state.done;
    },
    add(ctx, { at, value }: Output) {
      const { state } = ctx;
      state.sums[at] = (state.sums[at] as number) + value;
      state.missing -= 1;
      if (state.missing === 0) state.done?.give(state.sums);
    },
  },
  mailbox: { capacity: 8 * CAPACITY },
});

/** The other way round: each value that is heard spreads over the output. */
function filtered(size: Size): Float64Array {
  const { columns, samples, channels } = size;
  const out = new Float64Array(samples);
  for (let channel = 0; channel < channels; channel++) {
    const [before, after] = delaysOf(channel);
    for (let heard = columns - 1; heard < samples; heard += columns) {
      let value = 0;
      for (let i = 0; i < columns && heard - before - i >= 0; i++) {
        value += sampleAt(heard - before - i) * coefficient("analysis", channel, i);
      }
      for (let i = 0; i < columns && heard + after + i < samples; i++) {
        const at = heard + after + i;
        out[at] = (out[at] as number) + value * coefficient("synthesis", channel, i);
      }
    }
  }
  return out;
}

export const filterbank = defineProgram({
  name: "filterbank",
  asks: "how long do 34,816 samples take through 8 channels of delays and filters of 16,384 columns?",
  full: { columns: 16_384, samples: 34_816, channels: 8 },
  quick: { columns: 512, samples: 2_048, channels: 8 },
  root: Bank,
  expected: filtered,
});
