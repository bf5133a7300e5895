// Big: each of many actors sends pings to any of them at random, one at a time. Many senders, many receivers.

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";

type Size = { readonly actors: number; readonly pings: number };
type Sums = { readonly pings: number; readonly pongs: number; readonly strangers: number };

/** What players tell each other. */
type Other = Told<{ ping: void }>;

interface PlayerState {
  readonly referee: Told<{ finished: void }>;
  left: number;
  others: readonly Other[];
  asked: Other | undefined;
  readonly sums: { pings: number; pongs: number; strangers: number };
}

function pingOne({ state, random }: ActorContext<PlayerState>): void {
  if (state.left === 0) {
    state.referee.tell("finished");
    return;
  }
  state.left -= 1;
  state.asked = state.others[random.below(state.others.length)];
  state.asked?.tell("ping");
}

const Player = defineActor({
  name: "Player",
  state: ({ pings, referee }: { pings: number } & Pick<PlayerState, "referee">): PlayerState => ({
    referee,
    left: pings,
    others: [],
    asked: undefined,
    sums: { pings: 0, pongs: 0, strangers: 0 },
  }),
  on: {
    play(ctx, others: readonly Other[]) {
      ctx.state.others = others;
      pingOne(ctx);
    },
    ping(ctx) {
      ctx.state.sums.pings += 1;
      ctx.sender?.tell("pong");
    },
    pong(ctx) {
      const { sums, asked } = ctx.state;
      sums.pongs += 1;
      if (asked === undefined || ctx.sender?.equals(asked) !== true) sums.strangers += 1;
      pingOne(ctx);
    },
    sums: (ctx) => ctx.state.sums,
  },
});

const Referee = defineActor({
  name: "Referee",
  state: ({ actors, pings }: Size, ctx: ActorContext) => ({
    players: Array.from({ length: actors }, () => ctx.spawn(Player, { args: { pings, referee: ctx.self } })),
    finished: 0,
    done: undefined as Later<Sums> | undefined,
  }),
  on: {
    run(ctx) {
      const { players } = ctx.state;
      for (const player of players) player.tell("play", players);
      ctx.state.done = ctx.later<Sums>();
      return ctx.state.done;
    },
    async finished(ctx) {
      const { players, done } = ctx.state;
      ctx.state.finished += 1;
      if (ctx.state.finished < players.length) return;
      const all = await Promise.all(players.map((player) => ctx.ask(player, "sums")));
      const sum = (of: (sums: Sums) => number): number => all.reduce((total, one) => total + of(one), 0);
      done?.give({
        pings: sum((one) => one.pings),
        pongs: sum((one) => one.pongs),
        strangers: sum((one) => one.strangers),
      });
    },
  },
});

export const big = defineProgram({
  name: "big",
  asks: "how many messages a second do 120 actors exchange, each with any other one?",
  full: { actors: 120, pings: 20_000 },
  quick: { actors: 120, pings: 2_000 },
  rate: { unit: "msg/s", pieces: ({ actors, pings }) => 2 * actors * pings, repeats: 1 },
  root: Referee,
  expected: ({ actors, pings }) => ({ pings: actors * pings, pongs: actors * pings, strangers: 0 }),
});
