// Ping-pong: two actors send each other one message in turn. What a round trip on one thread costs.

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { defineProgram } from "./program.js";

type Size = { readonly rounds: number };

const Pong = defineActor({
  name: "Pong",
  state: () => ({ pings: 0 }),
  on: {
    ping(ctx) {
      ctx.state.pings += 1;
      ctx.sender?.tell("pong", ctx.state.pings);
    },
  },
});

const Ping = defineActor({
  name: "Ping",
  state: ({ rounds }: Size, ctx: ActorContext) => ({
    left: rounds,
    pongs: 0,
    pong: ctx.spawn(Pong),
    done: undefined as Later<{ pings: number; pongs: number }> | undefined,
  }),
  on: {
    run(ctx) {
      ctx.state.pong.tell("ping");
      ctx.state.done = ctx.later<{ pings: number; pongs: number }>();
      return ctx.state.done;
    },
    pong(ctx, pings: number) {
      const { state } = ctx;
      state.pongs += 1;
      state.left -= 1;
      if (state.left > 0) state.pong.tell("ping");
      else state.done?.give({ pings, pongs: state.pongs });
    },
  },
});

export const pingpong = defineProgram({
  name: "pingpong",
  asks: "how many messages a second do two actors send each other in turn?",
  full: { rounds: 40_000 },
  quick: { rounds: 40_000 },
  rate: { unit: "msg/s", pieces: ({ rounds }) => 2 * rounds, repeats: 10 },
  root: Ping,
  expected: ({ rounds }) => ({ pings: rounds, pongs: rounds }),
});
