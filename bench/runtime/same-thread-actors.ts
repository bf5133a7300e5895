// Our side's actors on one thread: a counter, and two players that send one number back and forth.

import { type ActorRef, defineActor, type Later } from "../../src/index.js";

export const Counter = defineActor({
  module: import.meta.url,
  name: "Counter",
  state: () => ({ count: 0 }),
  on: {
    add(ctx, by: number) {
      ctx.state.count += by;
    },
    /** The count since the last time. */
    take(ctx): number {
      const { count } = ctx.state;
      ctx.state.count = 0;
      return count;
    },
  },
});

/** What each player expects of the other. */
type PingSide = ActorRef<{ pong: { payload: number; reply: void } }>;
type PongSide = ActorRef<{ ping: { payload: number; reply: void } }>;

export const Pong = defineActor({
  module: import.meta.url,
  name: "Pong",
  state: () => ({ partner: undefined as PingSide | undefined }),
  on: {
    meet(ctx, partner: PingSide) {
      ctx.state.partner = partner;
    },
    ping(ctx, left: number) {
      ctx.state.partner?.tell("pong", left);
    },
  },
});

interface PingState {
  returned: number;
  partner: PongSide | undefined;
  done: Later<number> | undefined;
}

export const Ping = defineActor({
  module: import.meta.url,
  name: "Ping",
  state: (): PingState => ({ returned: 0, partner: undefined, done: undefined }),
  on: {
    meet(ctx, partner: PongSide) {
      ctx.state.partner = partner;
    },
    /** Answers with the number of pongs once `rounds` of them came back. */
    play(ctx, rounds: number) {
      ctx.state.returned = 0;
      ctx.state.partner?.tell("ping", rounds - 1);
      ctx.state.done = ctx.later<number>();
      return ctx.state.done;
    },
    pong(ctx, left: number) {
      ctx.state.returned += 1;
      if (left > 0) ctx.state.partner?.tell("ping", left - 1);
      else ctx.state.done?.give(ctx.state.returned);
    },
  },
});
