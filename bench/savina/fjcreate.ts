// Fork-join creation: an actor is born, handles one message and ends, over and over.

import { defineActor, type Later } from "../../src/index.js";
import { defineProgram } from "./program.js";

type Size = { readonly actors: number };

const ANGLE = 37.2;

const ShortLived = defineActor({
  name: "ShortLived",
  restart: "temporary",
  state: () => undefined,
  on: {
    work(ctx) {
      const sine = Math.sin(ANGLE);
      if (sine * sine > 0) ctx.sender?.tell("finished");
      ctx.stop();
    },
  },
});

const Forker = defineActor({
  name: "Forker",
  state: ({ actors }: Size) => ({
    actors,
    finished: 0,
    done: undefined as Later<{ finished: number }> | undefined,
  }),
  on: {
    run(ctx) {
      for (let i = 0; i < ctx.state.actors; i++) ctx.spawn(ShortLived).tell("work");
      ctx.state.done = ctx.later<{ finished: number }>();
      return ctx.state.done;
    },
    finished(ctx) {
      const { state } = ctx;
      state.finished += 1;
      if (state.finished === state.actors) state.done?.give({ finished: state.finished });
    },
  },
  mailbox: { capacity: 65_536 }, // all of them may answer before this actor has its next turn
});

export const fjcreate = defineProgram({
  name: "fjcreate",
  asks: "how many actors a second are born, handle one message and end?",
  full: { actors: 40_000 },
  quick: { actors: 10_000 },
  rate: { unit: "actors/s", pieces: ({ actors }) => actors, repeats: 4 },
  root: Forker,
  expected: ({ actors }) => ({ finished: actors }),
});
