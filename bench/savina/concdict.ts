// Concurrent dictionary: workers read and write the entries of one actor, waiting for each answer.

import { type ActorContext, defineActor, type RefOf } from "../../src/index.js";
import { defineProgram } from "./program.js";
import { drawFrom } from "./random.js";

type Size = { readonly workers: number; readonly requests: number; readonly writePercent: number };

const KEYS = 524_288;

/** What is written under a key, so that a read can tell whether it found what was written. */
function valueOf(key: number): number {
  return key * 3 + 1;
}

const Dictionary = defineActor({
  name: "Dictionary",
  state: () => ({ entries: new Map<number, number>(), reads: 0, writes: 0 }),
  on: {
    read(ctx, key: number): number | undefined {
      ctx.state.reads += 1;
      return ctx.state.entries.get(key);
    },
    write(ctx, { key, value }: { key: number; value: number }) {
      ctx.state.writes += 1;
      ctx.state.entries.set(key, value);
    },
    summary(ctx) {
      const { entries, reads, writes } = ctx.state;
      const keySum = [...entries.keys()].reduce((sum, key) => sum + key, 0);
      return { reads, writes, entries: entries.size, keySum };
    },
  },
});

interface Request {
  readonly kind: "read" | "write";
  readonly key: number;
}

function* requestsOf(worker: number, { requests, writePercent }: Size): Iterable<Request> {
  const draw = drawFrom(worker);
  for (let i = 0; i < requests; i++) {
    const key = draw(KEYS);
    yield { kind: draw(100) < writePercent ? "write" : "read", key };
  }
}

const Worker = defineActor({
  name: "Worker",
  state: (args: { worker: number; size: Size; dictionary: RefOf<typeof Dictionary> }) => args,
  on: {
    /** How many answers were wrong. */
    async work(ctx): Promise<number> {
      const { worker, size, dictionary } = ctx.state;
      let wrong = 0;
      for (const { kind, key } of requestsOf(worker, size)) {
        if (kind === "write") await ctx.ask(dictionary, "write", { key, value: valueOf(key) });
        else {
          const found = await ctx.ask(dictionary, "read", key);
          if (found !== undefined && found !== valueOf(key)) wrong += 1;
        }
      }
      return wrong;
    },
  },
});

const Master = defineActor({
  name: "Master",
  state: (size: Size, ctx: ActorContext) => ({ size, dictionary: ctx.spawn(Dictionary) }),
  on: {
    async run(ctx) {
      const { size, dictionary } = ctx.state;
      const wrong = await Promise.all(
        Array.from({ length: size.workers }, (_, worker) =>
          ctx.ask(ctx.spawn(Worker, { args: { worker, size, dictionary } }), "work", undefined, {
            timeoutMs: 0,
          }),
        ),
      );
      return { wrong: wrong.reduce((sum, one) => sum + one, 0), ...(await ctx.ask(dictionary, "summary")) };
    },
  },
});

export const concdict = defineProgram({
  name: "concdict",
  asks: "how long do 20 workers take to read and write a dictionary that one actor keeps?",
  full: { workers: 20, requests: 10_000, writePercent: 10 },
  quick: { workers: 20, requests: 500, writePercent: 10 },
  root: Master,
  expected: (size) => {
    const all = Array.from({ length: size.workers }, (_, worker) => [...requestsOf(worker, size)]).flat();
    const written = all.filter(({ kind }) => kind === "write");
    const keys = new Set(written.map(({ key }) => key));
    return {
      wrong: 0,
      reads: all.length - written.length,
      writes: written.length,
      entries: keys.size,
      keySum: [...keys].reduce((sum, key) => sum + key, 0),
    };
  },
});
