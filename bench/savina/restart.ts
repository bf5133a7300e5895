// Restarts: a child fails at each message and is begun anew; each beginning is reported, and the next message sent. It
// is no program of the suite, but built like one: what it costs to fail, to be judged and to begin again.

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";

type Size = { readonly restarts: number };

const ALWAYS_MS = 1_000;

const Fragile = defineActor({
  name: "Fragile",
  state: ({ keeper }: { keeper: Told<{ begun: void }> }) => {
    keeper.tell("begun");
    return undefined;
  },
  on: {
    fail() {
      throw new Error("on purpose");
    },
  },
});

const Keeper = defineActor({
  name: "Keeper",
  supervision: { intensity: { restarts: Number.MAX_SAFE_INTEGER, withinMs: ALWAYS_MS } },
  state: ({ restarts }: Size, ctx: ActorContext) => ({
    left: restarts,
    begun: 0,
    child: ctx.spawn(Fragile, { args: { keeper: ctx.self as Told<{ begun: void }> } }),
    done: undefined as Later<{ begun: number }> | undefined,
  }),
  on: {
    run(ctx) {
      ctx.state.done = ctx.later<{ begun: number }>();
      return ctx.state.done;
    },
    begun(ctx) {
      const { state } = ctx;
      state.begun += 1;
      if (state.left > 0) {
        state.left -= 1;
        state.child.tell("fail");
      } else state.done?.give({ begun: state.begun });
    },
  },
});

export const restart = defineProgram({
  name: "restart",
  asks: "how many times a second does a supervisor begin a child anew that fails at its first message?",
  full: { restarts: 50_000 },
  quick: { restarts: 10_000 },
  rate: { unit: "restarts/s", pieces: ({ restarts }) => restarts, repeats: 1 },
  root: Keeper,
  expected: ({ restarts }) => ({ begun: restarts + 1 }),
});
