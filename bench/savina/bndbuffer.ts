// Bounded buffer: producers wait while it is full, consumers while it is empty. Waiting is a reply that comes later.

import { type ActorContext, defineActor, type Later, type RefOf } from "../../src/index.js";
import { defineProgram } from "./program.js";
import { toil } from "./random.js";

type Size = {
  readonly producers: number;
  readonly consumers: number;
  readonly places: number;
  readonly itemsEach: number;
  readonly produceCost: number;
  readonly consumeCost: number;
};

/** What a cost of one is: so many steps. */
const STEPS_PER_COST = 10;

const Buffer = defineActor({
  name: "Buffer",
  state: (places: number) => ({
    places,
    items: [] as number[],
    consumers: [] as Later<number | undefined>[],
    producers: [] as { readonly item: number; readonly placed: Later<void> }[],
    closed: false,
  }),
  on: {
    put(ctx, item: number): Later<void> | undefined {
      const { items, consumers, producers, places } = ctx.state;
      const consumer = consumers.shift();
      if (consumer !== undefined) consumer.give(item);
      else if (items.length < places) items.push(item);
      else {
        const placed = ctx.later<void>();
        producers.push({ item, placed });
        return placed;
      }
      return undefined;
    },
    /** The oldest item; undefined once the buffer is closed and empty. */
    take(ctx): Later<number | undefined> | number | undefined {
      const { items, consumers, producers, closed } = ctx.state;
      const item = items.shift();
      if (item === undefined) {
        if (closed) return undefined;
        const taken = ctx.later<number | undefined>();
        consumers.push(taken);
        return taken;
      }
      const producer = producers.shift();
      if (producer !== undefined) {
        items.push(producer.item);
        producer.placed.give();
      }
      return item;
    },
    close(ctx) {
      ctx.state.closed = true;
      for (const consumer of ctx.state.consumers.splice(0)) consumer.give(undefined);
    },
  },
});

const Producer = defineActor({
  name: "Producer",
  state: (args: { first: number; items: number; cost: number; buffer: RefOf<typeof Buffer> }) => args,
  on: {
    async produce(ctx): Promise<number> {
      const { first, items, cost, buffer } = ctx.state;
      let toiled = 0;
      for (let i = 0; i < items; i++) {
        toiled += toil(cost * STEPS_PER_COST);
        await ctx.ask(buffer, "put", first + i, { timeoutMs: 0 });
      }
      return toiled;
    },
  },
});

const Consumer = defineActor({
  name: "Consumer",
  state: (args: { cost: number; buffer: RefOf<typeof Buffer> }) => ({ ...args, toiled: 0 }),
  on: {
    async consume(ctx): Promise<{ taken: number; sum: number }> {
      const { cost, buffer } = ctx.state;
      for (let [taken, sum] = [0, 0]; ; taken++) {
        const item = await ctx.ask(buffer, "take", undefined, { timeoutMs: 0 });
        if (item === undefined) return { taken, sum };
        ctx.state.toiled += toil(cost * STEPS_PER_COST);
        sum += item;
      }
    },
  },
});

const Master = defineActor({
  name: "Master",
  state: (size: Size, ctx: ActorContext) => ({ size, buffer: ctx.spawn(Buffer, { args: size.places }) }),
  on: {
    async run(ctx) {
      const { buffer, size } = ctx.state;
      const { producers, consumers, itemsEach: items } = size;
      const produced = Array.from({ length: producers }, (_, i) => {
        const args = { first: i * items, items, cost: size.produceCost, buffer };
        return ctx.ask(ctx.spawn(Producer, { args }), "produce", undefined, { timeoutMs: 0 });
      });
      const consumed = Array.from({ length: consumers }, () => {
        const args = { cost: size.consumeCost, buffer };
        return ctx.ask(ctx.spawn(Consumer, { args }), "consume", undefined, { timeoutMs: 0 });
      });
      await Promise.all(produced);
      buffer.tell("close");
      const all = await Promise.all(consumed);
      return {
        taken: all.reduce((total, one) => total + one.taken, 0),
        sum: all.reduce((total, one) => total + one.sum, 0),
      };
    },
  },
});

export const bndbuffer = defineProgram({
  name: "bndbuffer",
  asks: "how long do 40 producers and 40 consumers take to pass 40,000 items through a buffer of 50?",
  full: { producers: 40, consumers: 40, places: 50, itemsEach: 1_000, produceCost: 25, consumeCost: 25 },
  quick: { producers: 40, consumers: 40, places: 50, itemsEach: 50, produceCost: 25, consumeCost: 25 },
  root: Master,
  expected: ({ producers, itemsEach }) => {
    const items = producers * itemsEach;
    return { taken: items, sum: (items * (items - 1)) / 2 };
  },
});
