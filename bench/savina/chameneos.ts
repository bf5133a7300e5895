// Chameneos: creatures meet in pairs at a mall and take the third colour of the two. One actor is asked by all others.

import { type ActorContext, defineActor, type Later, type RefOf } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";

type Size = { readonly creatures: number; readonly meetings: number };
type Result = { readonly meetings: number; readonly alone: number; readonly faded: number };

const COLOURS = 3;

interface Meeting {
  readonly with: Told<{ change: number }>;
  readonly colour: number;
}

/** Two of a kind stay as they are, two different ones become the third. */
export function complement(one: number, other: number): number {
  return one === other ? one : COLOURS - one - other;
}

const Creature = defineActor({
  name: "Creature",
  restart: "temporary",
  state: ({ mall, colour }: { mall: Told<{ arrive: number }>; colour: number }) => ({
    mall,
    colour,
    met: 0,
    alone: 0,
  }),
  on: {
    go(ctx) {
      ctx.state.mall.tell("arrive", ctx.state.colour);
    },
    /** The mall sends the one who came first to the one who came second. */
    meet(ctx, other: Meeting) {
      const { state } = ctx;
      if (other.with.equals(ctx.self)) state.alone += 1;
      state.met += 1;
      state.colour = complement(state.colour, other.colour);
      other.with.tell("change", state.colour);
      state.mall.tell("arrive", state.colour);
    },
    change(ctx, colour: number) {
      const { state } = ctx;
      state.met += 1;
      state.colour = colour;
      state.mall.tell("arrive", colour);
    },
    leave(ctx) {
      ctx.sender?.tell("left", ctx.state);
      ctx.stop();
    },
  },
});

const Mall = defineActor({
  name: "Mall",
  state: ({ creatures, meetings }: Size, ctx: ActorContext) => ({
    creatures: Array.from({ length: creatures }, (_, i) =>
      ctx.spawn(Creature, { args: { mall: ctx.self, colour: i % COLOURS } }),
    ),
    meetingsLeft: meetings,
    waiting: undefined as RefOf<typeof Creature> | undefined,
    colour: 0,
    left: 0,
    sums: { meetings: 0, alone: 0, faded: 0 },
    done: undefined as Later<Result> | undefined,
  }),
  on: {
    run(ctx) {
      for (const creature of ctx.state.creatures) creature.tell("go");
      ctx.state.done = ctx.later<Result>();
      return ctx.state.done;
    },
    arrive(ctx, colour: number) {
      const { state, sender } = ctx;
      if (sender === undefined) return;
      if (state.meetingsLeft === 0) {
        sender.tell("leave");
      } else if (state.waiting === undefined) {
        state.waiting = sender;
      } else {
        state.meetingsLeft -= 1;
        state.waiting.tell("meet", { with: sender, colour } satisfies Meeting);
        state.waiting = undefined;
      }
    },
    left(ctx, { met, alone, colour }: { met: number; alone: number; colour: number }) {
      const { creatures, sums, done } = ctx.state;
      sums.meetings += met / 2;
      sums.alone += alone;
      if (colour < 0 || colour >= COLOURS) sums.faded += 1;
      ctx.state.left += 1;
      if (ctx.state.left === creatures.length) done?.give(sums);
    },
  },
});

export const chameneos = defineProgram({
  name: "chameneos",
  asks: "how many meetings a second does one actor arrange for 100 others?",
  full: { creatures: 100, meetings: 200_000 },
  quick: { creatures: 100, meetings: 40_000 },
  rate: { unit: "meetings/s", pieces: ({ meetings }) => meetings, repeats: 1 },
  root: Mall,
  expected: ({ meetings }) => ({ meetings, alone: 0, faded: 0 }),
});
