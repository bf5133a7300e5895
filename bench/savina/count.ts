// Counting: one actor sends as fast as it can, another one counts. What a flood costs, and that nothing of it is lost.

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { defineProgram } from "./program.js";

type Size = { readonly messages: number };

const Counter = defineActor({
  name: "Counter",
  state: () => ({ counted: 0 }),
  on: {
    increment(ctx) {
      ctx.state.counted += 1;
    },
    report(ctx) {
      ctx.sender?.tell("counted", ctx.state.counted);
    },
  },
});

/** Full is an answer: the producer sends on in its next turn, when the counter has had one of its own. */
const Producer = defineActor({
  name: "Producer",
  state: ({ messages }: Size, ctx: ActorContext) => ({
    left: messages,
    counter: ctx.spawn(Counter),
    done: undefined as Later<{ counted: number }> | undefined,
  }),
  on: {
    run(ctx) {
      ctx.self.tell("send");
      ctx.state.done = ctx.later<{ counted: number }>();
      return ctx.state.done;
    },
    send(ctx) {
      const { state } = ctx;
      const { counter } = state;
      while (state.left > 0 && counter.tell("increment") === "sent") state.left -= 1;
      if (state.left > 0 || counter.tell("report") !== "sent") ctx.self.tell("send");
    },
    counted(ctx, counted: number) {
      ctx.state.done?.give({ counted });
    },
  },
});

export const count = defineProgram({
  name: "count",
  asks: "how many messages a second does one actor count that another one sends?",
  full: { messages: 1_000_000 },
  quick: { messages: 200_000 },
  rate: { unit: "msg/s", pieces: ({ messages }) => messages, repeats: 1 },
  root: Producer,
  expected: ({ messages }) => ({ counted: messages }),
});
