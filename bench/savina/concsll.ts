// Concurrent sorted linked list: workers add to a list that one actor keeps, look for values in it, and ask for its
// length, waiting for each answer. Each request walks the list.

import { type ActorContext, defineActor, type RefOf } from "../../src/index.js";
import { defineProgram } from "./program.js";
import { drawFrom } from "./random.js";

type Size = {
  readonly workers: number;
  readonly requests: number;
  readonly writePercent: number;
  readonly sizePercent: number;
};

const VALUES = 1_000_000_000;

const NODES_AT_FIRST = 1_024;
const NONE = 0;

/** A linked list in two arrays, so that those who walk it stay in the cache: node 0 stands before all others. */
class LinkedList {
  #values = new Int32Array(NODES_AT_FIRST).fill(-1);
  #next = new Int32Array(NODES_AT_FIRST);
  length = 0;

  add(value: number): void {
    const before = this.#lastUpTo(value);
    const node = ++this.length;
    if (node === this.#values.length) this.#grow();
    this.#values[node] = value;
    this.#next[node] = this.#next[before] as number;
    this.#next[before] = node;
  }

  has(value: number): boolean {
    return this.#values[this.#lastUpTo(value)] === value;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let node = this.#next[0] as number; node !== NONE; node = this.#next[node] as number)
      yield this.#values[node] as number;
  }

  /** The last node whose value is not above `value`. */
  #lastUpTo(value: number): number {
    const values = this.#values;
    const next = this.#next;
    let before = 0;
    let node = next[0] as number;
    while (node !== NONE && (values[node] as number) <= value) {
      before = node;
      node = next[node] as number;
    }
    return before;
  }

  #grow(): void {
    const [values, next] = [this.#values, this.#next];
    this.#values = new Int32Array(2 * values.length);
    this.#values.set(values);
    this.#next = new Int32Array(2 * next.length);
    this.#next.set(next);
  }
}

const SortedList = defineActor({
  name: "SortedList",
  state: () => ({ list: new LinkedList(), reads: 0, sizes: 0 }),
  on: {
    add(ctx, value: number) {
      ctx.state.list.add(value);
    },
    contains(ctx, value: number): boolean {
      ctx.state.reads += 1;
      return ctx.state.list.has(value);
    },
    size(ctx): number {
      ctx.state.sizes += 1;
      return ctx.state.list.length;
    },
    summary(ctx) {
      const { list, reads, sizes } = ctx.state;
      return { reads, sizes, length: list.length, values: [...list] };
    },
  },
});

interface Request {
  readonly method: "add" | "contains" | "size";
  readonly value: number;
}

function* requestsOf(worker: number, size: Size): Iterable<Request> {
  const draw = drawFrom(worker);
  for (let i = 0; i < size.requests; i++) {
    const [chance, value] = [draw(100), draw(VALUES)];
    if (chance < size.writePercent) yield { method: "add", value };
    else if (chance < size.writePercent + size.sizePercent) yield { method: "size", value };
    else yield { method: "contains", value };
  }
}

const Worker = defineActor({
  name: "Worker",
  state: (args: { worker: number; size: Size; list: RefOf<typeof SortedList> }) => args,
  on: {
    async work(ctx) {
      const { worker, size, list } = ctx.state;
      for (const { method, value } of requestsOf(worker, size)) await ctx.ask(list, method, value);
    },
  },
});

const Master = defineActor({
  name: "Master",
  state: (size: Size, ctx: ActorContext) => ({ size, list: ctx.spawn(SortedList) }),
  on: {
    async run(ctx) {
      const { size, list } = ctx.state;
      const workers = Array.from({ length: size.workers }, (_, worker) =>
        ctx.spawn(Worker, { args: { worker, size, list } }),
      );
      await Promise.all(workers.map((worker) => ctx.ask(worker, "work", undefined, { timeoutMs: 0 })));
      return ctx.ask(list, "summary");
    },
  },
});

export const concsll = defineProgram({
  name: "concsll",
  asks: "how long do 20 workers take to read and extend a sorted list that one actor keeps?",
  full: { workers: 20, requests: 8_000, writePercent: 10, sizePercent: 1 },
  quick: { workers: 20, requests: 500, writePercent: 10, sizePercent: 1 },
  root: Master,
  expected: (size) => {
    const all = Array.from({ length: size.workers }, (_, worker) => [...requestsOf(worker, size)]).flat();
    const of = (method: Request["method"]) => all.filter((request) => request.method === method);
    const values = of("add").map(({ value }) => value);
    const sorted = values.sort((a, b) => a - b);
    return { reads: of("contains").length, sizes: of("size").length, length: sorted.length, values: sorted };
  },
});
