// Fork-join throughput: one actor sends to many in turn, each does a little work for each message.

import { type ActorContext, defineActor, type Later, type RefOf } from "../../src/index.js";
import { defineProgram } from "./program.js";

type Size = { readonly actors: number; readonly messages: number };
type Result = { readonly handled: number; readonly finished: number };

const ANGLE = 37.2;

const Worker = defineActor({
  name: "Worker",
  restart: "temporary",
  state: () => ({ handled: 0 }),
  on: {
    work(ctx) {
      const sine = Math.sin(ANGLE);
      if (sine * sine > 0) ctx.state.handled += 1;
    },
    finish(ctx) {
      ctx.sender?.tell("finished", ctx.state.handled);
      ctx.stop();
    },
  },
});

const Forker = defineActor({
  name: "Forker",
  state: ({ actors, messages }: Size, ctx: ActorContext) => ({
    left: messages,
    workers: Array.from({ length: actors }, () => ctx.spawn(Worker)),
    finished: 0,
    handled: 0,
    done: undefined as Later<Result> | undefined,
  }),
  on: {
    run(ctx) {
      ctx.self.tell("round");
      ctx.state.done = ctx.later<Result>();
      return ctx.state.done;
    },
    /** One message to each; the workers keep up, since everybody has a turn before the next round. */
    round(ctx) {
      const { state } = ctx;
      for (const worker of state.workers) send(worker, state.left > 0 ? "work" : "finish");
      if (state.left-- > 0) ctx.self.tell("round");
    },
    finished(ctx, handled: number) {
      const { state } = ctx;
      state.handled += handled;
      state.finished += 1;
      if (state.finished === state.workers.length) {
        state.done?.give({ handled: state.handled, finished: state.finished });
      }
    },
  },
});

function send(worker: RefOf<typeof Worker>, method: "work" | "finish"): void {
  const answer = worker.tell(method);
  if (answer !== "sent") throw new Error(`${worker} is ${answer} at "${method}", though it keeps up`);
}

export const fjthrput = defineProgram({
  name: "fjthrput",
  asks: "how many messages a second do 60 actors handle that one actor sends them in turn?",
  full: { actors: 60, messages: 10_000 },
  quick: { actors: 60, messages: 2_000 },
  rate: { unit: "msg/s", pieces: ({ actors, messages }) => actors * messages, repeats: 1 },
  root: Forker,
  expected: ({ actors, messages }) => ({ handled: actors * messages, finished: actors }),
});
