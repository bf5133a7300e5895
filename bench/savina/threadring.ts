// Thread ring: a number goes round in a ring of actors, one less at each; the one that gets zero ends it.

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";

type Size = { readonly actors: number; readonly hops: number };
type Result = { readonly hops: number; readonly lastAt: number };

/** What each place of the ring expects of the next one, and of the one who ends the game. */
type Place = Told<{ token: number }>;
type Referee = Told<{ over: number }>;

const Link = defineActor({
  name: "Link",
  state: ({ at, referee }: { at: number; referee: Referee }) => ({
    at,
    referee,
    next: undefined as Place | undefined,
    passed: 0,
  }),
  on: {
    follow(ctx, next: Place) {
      ctx.state.next = next;
    },
    token(ctx, left: number) {
      const { state } = ctx;
      state.passed += 1;
      if (left > 0) state.next?.tell("token", left - 1);
      else state.referee.tell("over", state.at);
    },
    passed: (ctx) => ctx.state.passed,
  },
});

const Ring = defineActor({
  name: "Ring",
  state: ({ actors, hops }: Size, ctx: ActorContext) => ({
    hops,
    links: Array.from({ length: actors }, (_, at) => ctx.spawn(Link, { args: { at, referee: ctx.self } })),
    done: undefined as Later<Result> | undefined,
  }),
  on: {
    run(ctx) {
      const { links, hops } = ctx.state;
      for (const [at, link] of links.entries()) {
        link.tell("follow", links[(at + 1) % links.length] as Place);
      }
      links[0]?.tell("token", hops);
      ctx.state.done = ctx.later<Result>();
      return ctx.state.done;
    },
    async over(ctx, lastAt: number) {
      const { links, done } = ctx.state;
      const passed = await Promise.all(links.map((link) => ctx.ask(link, "passed")));
      // The first one got the token without a hop.
      done?.give({ hops: passed.reduce((sum, one) => sum + one, -1), lastAt });
    },
  },
});

export const threadring = defineProgram({
  name: "threadring",
  asks: "how many hops a second does a token make in a ring of 100 actors?",
  full: { actors: 100, hops: 100_000 },
  quick: { actors: 100, hops: 100_000 },
  rate: { unit: "msg/s", pieces: ({ hops }) => hops, repeats: 10 },
  root: Ring,
  expected: ({ actors, hops }) => ({ hops, lastAt: hops % actors }),
});
