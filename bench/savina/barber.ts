// Sleeping barber: customers come to a waiting room with so many seats; who finds none comes again; the barber sleeps
// while nobody waits.

import { type ActorContext, defineActor, type Later, type RefOf } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";
import { drawFrom, toil } from "./random.js";

type Size = {
  readonly haircuts: number;
  readonly seats: number;
  readonly arrivalCost: number;
  readonly haircutCost: number;
};
type Result = { readonly haircuts: number; readonly customers: number };

/** What a customer is told. */
type Guest = Told<{ ready: void; turnedAway: void }>;

const WaitingRoom = defineActor({
  name: "WaitingRoom",
  state: ({ seats, barber }: { seats: number; barber: RefOf<typeof Barber> }) => ({
    seats,
    barber,
    waiting: [] as Guest[],
    asleep: true,
  }),
  on: {
    enter(ctx, customer: Guest) {
      const { state } = ctx;
      if (state.asleep) {
        state.asleep = false;
        state.barber.tell("cut", customer);
      } else if (state.waiting.length < state.seats) state.waiting.push(customer);
      else customer.tell("turnedAway");
    },
    next(ctx) {
      const { state } = ctx;
      const customer = state.waiting.shift();
      if (customer === undefined) state.asleep = true;
      else state.barber.tell("cut", customer);
    },
  },
});

const Barber = defineActor({
  name: "Barber",
  state: (cost: number) => ({ cost, draw: drawFrom(cost), haircuts: 0, toiled: 0 }),
  on: {
    cut(ctx, customer: Guest) {
      const { state } = ctx;
      state.toiled += toil(state.draw(state.cost));
      state.haircuts += 1;
      customer.tell("ready");
      ctx.sender?.tell("next");
    },
    haircuts: (ctx) => ctx.state.haircuts,
  },
});

const Customer = defineActor({
  name: "Customer",
  restart: "temporary",
  state: ({ room, street }: { room: RefOf<typeof WaitingRoom>; street: Told<{ left: void }> }) => ({
    room,
    street,
  }),
  on: {
    arrive(ctx) {
      ctx.state.room.tell("enter", ctx.self);
    },
    turnedAway(ctx) {
      ctx.state.room.tell("enter", ctx.self);
    },
    ready(ctx) {
      ctx.state.street.tell("left");
      ctx.stop();
    },
  },
});

const Street = defineActor({
  name: "Street",
  state: (size: Size, ctx: ActorContext) => {
    const barber = ctx.spawn(Barber, { args: size.haircutCost });
    const room = ctx.spawn(WaitingRoom, { args: { seats: size.seats, barber } });
    const draw = drawFrom(size.haircuts);
    return {
      size,
      barber,
      room,
      draw,
      arrived: 0,
      left: 0,
      toiled: 0,
      done: undefined as Later<Result> | undefined,
    };
  },
  on: {
    run(ctx) {
      ctx.self.tell("arrival");
      ctx.state.done = ctx.later<Result>();
      return ctx.state.done;
    },
    /** One customer at a time, with a pause in between. */
    arrival(ctx) {
      const { state } = ctx;
      state.toiled += toil(state.draw(state.size.arrivalCost));
      const args = { room: state.room, street: ctx.self };
      ctx.spawn(Customer, { args }).tell("arrive");
      state.arrived += 1;
      if (state.arrived < state.size.haircuts) ctx.self.tell("arrival");
    },
    async left(ctx) {
      const { state } = ctx;
      state.left += 1;
      if (state.left < state.size.haircuts) return;
      state.done?.give({ haircuts: await ctx.ask(state.barber, "haircuts"), customers: state.left });
    },
  },
  mailbox: { capacity: 16_384 }, // everybody may leave before this actor has its next turn
});

export const barber = defineProgram({
  name: "barber",
  asks: "how long does a barber take to cut the hair of 5,000 customers?",
  full: { haircuts: 5_000, seats: 1_000, arrivalCost: 1_000, haircutCost: 1_000 },
  quick: { haircuts: 500, seats: 10, arrivalCost: 100, haircutCost: 1_000 },
  root: Street,
  expected: ({ haircuts }) => ({ haircuts, customers: haircuts }),
});
