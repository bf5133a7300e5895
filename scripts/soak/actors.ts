// The actors of the soak, in a file that any thread may load.

import { type ActorRef, defineActor } from "hive";

/** Lives for one message. */
export const Mayfly = defineActor({
  module: import.meta.url,
  name: "Mayfly",
  restart: "temporary",
  state: () => ({ days: 0 }),
  on: {
    live(ctx) {
      ctx.state.days += 1;
      ctx.stop();
    },
  },
});

/** Lets generations of mayflies live on its thread, a swarm at a time. */
export const Pond = defineActor({
  module: import.meta.url,
  name: "Pond",
  state: () => ({ hatched: 0 }),
  on: {
    hatch(ctx, count: number) {
      for (let i = 0; i < count; i++) ctx.spawn(Mayfly).tell("live");
      ctx.state.hatched += count;
      return ctx.state.hatched;
    },
  },
});

export const Sink = defineActor({
  module: import.meta.url,
  name: "Sink",
  state: () => ({ count: 0 }),
  on: {
    drop(ctx) {
      ctx.state.count += 1;
    },
    count: (ctx) => ctx.state.count,
  },
});

/** Answers, and asks others on the way. */
export const Member = defineActor({
  module: import.meta.url,
  name: "Member",
  state: () => undefined,
  concurrent: ["pass"],
  on: {
    echo: (_ctx, value: number) => value,
    pass: (ctx, { via, value }: { via: ActorRef; value: number }) => ctx.ask(via, "echo", value),
  },
});

/** A supervisor on the main thread, whose members are everywhere. */
export const Warden = defineActor({
  name: "Warden",
  state: () => undefined,
  supervision: { intensity: { restarts: 10_000, withinMs: 1_000 } },
  on: { bear: (ctx, on: number) => ctx.spawn(Member, { on }) },
});
