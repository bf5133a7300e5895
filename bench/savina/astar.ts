// A*: the cheapest way through a cube of nodes. Each worker keeps the nodes of some layers, expands the most promising
// of those that were reached, a bounded number at a time, and sends what lies in other layers to their keepers.
// Source: Hart, Nilsson & Raphael (1968); nodes shared out by keeper as in Kishimoto, Fukunaga & Botea (2009).

import { type ActorContext, defineActor, type Later } from "../../src/index.js";
import { Heap } from "./heap.js";
import { defineProgram, type Told } from "./program.js";
import { mix } from "./random.js";

type Size = { readonly side: number; readonly workers: number; readonly threshold: number };

const STEP_COST_MAX = 10;

/** Nodes by number, each followed by what it costs to get there. */
type Reached = readonly number[];

/** Batches that a worker has sent, and those that it is done with. */
interface Report {
  readonly sent: number;
  readonly done: number;
}

/** The workers by number. */
type Keepers = readonly Told<{ reach: Reached }>[];

interface WorkerState {
  readonly size: Size;
  readonly master: Told<{ found: number; report: Report }>;
  workers: Keepers;
  readonly costs: Map<number, number>;
  readonly open: Heap;
  readonly outgoing: Map<number, number[]>;
  /** Batches that were taken and not yet reported as done. */
  taken: number;
  searching: boolean;
  /** What a way to the goal costs that was found already. */
  bound: number;
}

const Worker = defineActor({
  name: "Worker",
  state: ({ size, master }: Pick<WorkerState, "size" | "master">): WorkerState => ({
    size,
    master,
    workers: [],
    costs: new Map(),
    open: new Heap(),
    outgoing: new Map(),
    taken: 0,
    searching: false,
    bound: Number.POSITIVE_INFINITY,
  }),
  on: {
    meet(ctx, workers: Keepers) {
      ctx.state.workers = workers;
    },
    reach(ctx, reached: Reached) {
      const { state } = ctx;
      state.taken += 1;
      for (let i = 0; i < reached.length; i += 2)
        improve(state, reached[i] as number, reached[i + 1] as number);
      if (!state.searching) ctx.self.tell("search");
      state.searching = true;
    },
    search(ctx) {
      const { state } = ctx;
      for (let left = state.size.threshold; left > 0 && state.open.size > 0; left--) expand(state);
      state.searching = state.open.size > 0;
      const done = state.searching ? 0 : state.taken;
      state.taken -= done;
      // Why before they are sent: the master must not hear of a batch's end before its beginning.
      state.master.tell("report", { sent: state.outgoing.size, done });
      for (const [keeper, reached] of state.outgoing) state.workers[keeper]?.tell("reach", reached);
      state.outgoing.clear();
      if (state.searching) ctx.self.tell("search");
    },
    bound(ctx, cost: number) {
      ctx.state.bound = Math.min(ctx.state.bound, cost);
    },
  },
});

function improve(state: WorkerState, node: number, cost: number): void {
  if (cost >= (state.costs.get(node) ?? Number.POSITIVE_INFINITY)) return;
  state.costs.set(node, cost);
  if (node === goalOf(state.size)) state.master.tell("found", cost);
  else state.open.push(cost + leastCostToGoal(node, state.size), node);
}

function expand(state: WorkerState): void {
  const { size, costs, open, outgoing } = state;
  const node = open.pop() as number;
  const cost = costs.get(node) as number;
  if (cost + leastCostToGoal(node, size) >= state.bound) return;
  for (const next of neighboursOf(node, size.side)) {
    const reached = cost + stepCost(node, next);
    const keeper = keeperOf(next, size);
    if (keeper === keeperOf(node, size)) improve(state, next, reached);
    else {
      const batch = outgoing.get(keeper);
      if (batch === undefined) outgoing.set(keeper, [next, reached]);
      else batch.push(next, reached);
    }
  }
}

function goalOf({ side }: Size): number {
  return side ** 3 - 1;
}

/** Every step costs at least one. */
function leastCostToGoal(node: number, { side }: Size): number {
  const last = side - 1;
  return 3 * last - (node % side) - (Math.floor(node / side) % side) - Math.floor(node / side ** 2);
}

function keeperOf(node: number, { side, workers }: Size): number {
  return Math.floor((Math.floor(node / side ** 2) * workers) / side);
}

function stepCost(one: number, other: number): number {
  return 1 + (mix(Math.min(one, other) * 65_537 + Math.max(one, other)) % STEP_COST_MAX);
}

function neighboursOf(node: number, side: number): readonly number[] {
  const neighbours: number[] = [];
  for (const distance of [1, side, side ** 2]) {
    const at = Math.floor(node / distance) % side;
    if (at > 0) neighbours.push(node - distance);
    if (at < side - 1) neighbours.push(node + distance);
  }
  return neighbours;
}

const Master = defineActor({
  name: "Master",
  state: (size: Size, ctx: ActorContext) => ({
    workers: Array.from({ length: size.workers }, () =>
      ctx.spawn(Worker, { args: { size, master: ctx.self } }),
    ),
    open: 1,
    cost: Number.POSITIVE_INFINITY,
    done: undefined as Later<{ cost: number }> | undefined,
  }),
  on: {
    run(ctx) {
      const { workers } = ctx.state;
      for (const worker of workers) worker.tell("meet", workers);
      workers[0]?.tell("reach", [0, 0]);
      ctx.state.done = ctx.later<{ cost: number }>();
      return ctx.state.done;
    },
    found(ctx, cost: number) {
      const { state } = ctx;
      if (cost >= state.cost) return;
      state.cost = cost;
      for (const worker of state.workers) worker.tell("bound", cost);
    },
    report(ctx, { sent, done }: Report) {
      const { state } = ctx;
      state.open += sent - done;
      if (state.open === 0) state.done?.give({ cost: state.cost });
    },
  },
});

/** Dijkstra (1959). */
function cheapest(size: Size): { cost: number } {
  const costs = new Map([[0, 0]]);
  const open = new Heap();
  open.push(0, 0);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const cost = costs.get(node) as number;
    if (node === goalOf(size)) return { cost };
    for (const next of neighboursOf(node, size.side)) {
      const reached = cost + stepCost(node, next);
      if (reached >= (costs.get(next) ?? Number.POSITIVE_INFINITY)) continue;
      costs.set(next, reached);
      open.push(reached, next);
    }
  }
  throw new Error("every node can be reached");
}

export const astar = defineProgram({
  name: "astar",
  asks: "how long do 20 workers take to find the cheapest way through a cube of 27,000 nodes?",
  full: { side: 30, workers: 20, threshold: 1_024 },
  quick: { side: 10, workers: 5, threshold: 64 },
  root: Master,
  expected: cheapest,
});
