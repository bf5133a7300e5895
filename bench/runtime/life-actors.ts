// Actors that wait, answer and come back, in a file that any thread may load.

import { type ActorRef, defineActor } from "../../src/index.js";

export const Idler = defineActor({
  module: import.meta.url,
  name: "Idler",
  state: () => ({ handled: 0 }),
  on: {
    hello(ctx): number {
      ctx.state.handled += 1;
      return ctx.state.handled;
    },
  },
});

type EchoRef = ActorRef<{ echo: { payload: number; reply: number } }>;

export const Echo = defineActor({
  module: import.meta.url,
  name: "Echo",
  state: () => undefined,
  on: {
    echo: (_ctx, value: number) => value,
    /** Ends the thread as a crash would. */
    endThread: () => process.exit(1),
  },
});

/** Brings its children back as often as it takes. */
export const Keeper = defineActor({
  name: "Keeper",
  state: () => undefined,
  supervision: { intensity: { restarts: Number.MAX_SAFE_INTEGER, withinMs: 1_000 } },
  on: {
    bear: (ctx, { count, on }: { count: number; on: number }) =>
      Array.from({ length: count }, () => ctx.spawn(Echo, { on })),
  },
});

/** Asks one after the other, and notes how long each took in microseconds. */
export const Asker = defineActor({
  name: "Asker",
  state: () => undefined,
  on: {
    async ask(ctx, { to, micros }: { to: EchoRef; micros: Float64Array }): Promise<number> {
      let right = 0;
      for (let i = 0; i < micros.length; i++) {
        const startedMs = performance.now();
        if ((await ctx.ask(to, "echo", i)) === i) right += 1;
        micros[i] = (performance.now() - startedMs) * 1000;
      }
      return right;
    },
  },
});
