// Ping-pong: two actors send each other one message in turn. What a round trip on one thread costs.

import { type ActorContext, defineActor } from "../../src/index.js";
import { defineProgram, Later } from "./program.js";

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
    done: new Later<{ pings: number; pongs: number }>(),
  }),
  on: {
    run(ctx) {
      ctx.state.pong.tell("ping");
      return ctx.state.done.promise;
    },
    pong(ctx, pings: number) {
      const { state } = ctx;
      state.pongs += 1;
      state.left -= 1;
      if (state.left > 0) state.pong.tell("ping");
      else state.done.give({ pings, pongs: state.pongs });
    },
  },
  concurrent: ["run"],
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
