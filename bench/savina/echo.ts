// Echo pairs: in each of 256 pairs a client keeps 50 messages on their way to a server that sends them back. The shape
// behind the figures that other actor systems publish for one machine; not part of Savina.

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";

type Size = { readonly pairs: number; readonly inFlight: number; readonly messages: number };
type Result = { readonly echoes: number; readonly sum: number };

const Server = defineActor({
  name: "Server",
  state: () => undefined,
  on: {
    echo(ctx, value: number) {
      ctx.sender?.tell("echoed", value);
    },
  },
});

const Client = defineActor({
  name: "Client",
  state: (
    { messages, gatherer }: { messages: number; gatherer: Told<{ finished: Result }> },
    ctx: ActorContext,
  ) => ({
    gatherer,
    messages,
    server: ctx.spawn(Server),
    sent: 0,
    echoes: 0,
    sum: 0,
  }),
  on: {
    start(ctx, inFlight: number) {
      const { state } = ctx;
      while (state.sent < Math.min(inFlight, state.messages)) state.server.tell("echo", state.sent++);
    },
    echoed(ctx, value: number) {
      const { state } = ctx;
      state.echoes += 1;
      state.sum += value;
      if (state.sent < state.messages) state.server.tell("echo", state.sent++);
      else if (state.echoes === state.messages) {
        state.gatherer.tell("finished", { echoes: state.echoes, sum: state.sum });
      }
    },
  },
});

const Gatherer = defineActor({
  name: "Gatherer",
  state: ({ pairs, inFlight, messages }: Size, ctx: ActorContext) => ({
    inFlight,
    clients: Array.from({ length: pairs }, () =>
      ctx.spawn(Client, { args: { messages, gatherer: ctx.self } }),
    ),
    finished: 0,
    echoes: 0,
    sum: 0,
    done: undefined as Later<Result> | undefined,
  }),
  on: {
    run(ctx) {
      const { clients, inFlight } = ctx.state;
      for (const client of clients) client.tell("start", inFlight);
      ctx.state.done = ctx.later<Result>();
      return ctx.state.done;
    },
    finished(ctx, { echoes, sum }: Result) {
      const { state } = ctx;
      state.echoes += echoes;
      state.sum += sum;
      state.finished += 1;
      if (state.finished === state.clients.length) state.done?.give({ echoes: state.echoes, sum: state.sum });
    },
  },
});

export const echo = defineProgram({
  name: "echo-pairs",
  asks: "how many messages a second do 256 pairs exchange with 50 in flight in each?",
  full: { pairs: 256, inFlight: 50, messages: 4_000 },
  quick: { pairs: 256, inFlight: 50, messages: 500 },
  rate: { unit: "msg/s", pieces: ({ pairs, messages }) => 2 * pairs * messages, repeats: 1 },
  root: Gatherer,
  expected: ({ pairs, messages }) => ({
    echoes: pairs * messages,
    sum: (pairs * messages * (messages - 1)) / 2,
  }),
});
