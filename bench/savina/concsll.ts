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

interface Node {
  readonly value: number;
  next: Node | undefined;
}

const SortedList = defineActor({
  name: "SortedList",
  state: () => ({ head: { value: -1, next: undefined } as Node, length: 0, reads: 0, sizes: 0 }),
  on: {
    add(ctx, value: number) {
      const before = lastUpTo(ctx.state.head, value);
      before.next = { value, next: before.next };
      ctx.state.length += 1;
    },
    contains(ctx, value: number): boolean {
      ctx.state.reads += 1;
      return lastUpTo(ctx.state.head, value).value === value;
    },
    size(ctx): number {
      ctx.state.sizes += 1;
      return ctx.state.length;
    },
    summary(ctx) {
      const { head, reads, sizes, length } = ctx.state;
      return { reads, sizes, length, values: [...valuesOf(head)] };
    },
  },
});

/** The last node whose value is not above `value`. */
function lastUpTo(head: Node, value: number): Node {
  let node = head;
  while (node.next !== undefined && node.next.value <= value) node = node.next;
  return node;
}

function* valuesOf(head: Node): Iterable<number> {
  for (let node = head.next; node !== undefined; node = node.next) yield node.value;
}

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
