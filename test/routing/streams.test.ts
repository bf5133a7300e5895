// Streams of pools and routers: one worker writes, whoever reads, and wherever the three of them are. One isolate on
// virtual time.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor, definePool, routerOf } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

/** What a test looks at from outside: the actors run in the same isolate, one run at a time. */
let seen = { produced: 0, ended: 0, heard: [] as unknown[], errors: [] as string[] };

const Writer = defineActor({
  module: "simulated",
  name: "Writer",
  state: () => undefined,
  remote: ["count"],
  on: {
    *count(_ctx, upTo: number) {
      for (let i = 0; i < upTo; i++) {
        seen.produced++;
        yield i;
      }
    },
    async *endless() {
      try {
        for (let i = 0; ; i++) {
          seen.produced++;
          yield i;
          await Promise.resolve();
        }
      } finally {
        seen.ended++;
      }
    },
    *fails() {
      yield 1;
      yield 2;
      throw Object.assign(new Error("on purpose"), { code: "ON_PURPOSE" });
    },
    *whoReads(ctx) {
      yield ctx.sender?.id;
    },
    ping: () => "pong",
  },
});

type Order = {
  readonly from: ActorRef;
  readonly method: string;
  readonly payload?: number;
  readonly max?: number;
};

const Reader = defineActor({
  module: "simulated",
  name: "Reader",
  state: () => undefined,
  concurrent: ["read"],
  on: {
    async read(ctx, { from, method, payload, max = Number.POSITIVE_INFINITY }: Order) {
      try {
        for await (const element of ctx.stream(from, method, payload, { window: 4, timeoutMs: 0 })) {
          seen.heard.push(element);
          if (seen.heard.length >= max) break;
        }
      } catch (error) {
        seen.errors.push((error as { code: string }).code);
      }
    },
  },
});

const STRATEGIES = ["round-robin", "balancing", "scatter-gather-first"] as const;
const WAYS = STRATEGIES.flatMap((strategy) =>
  [0, 1].flatMap((reader) =>
    [0, 1, 2].flatMap((pool) => [0, 1, 3].map((worker) => ({ strategy, reader, pool, worker }))),
  ),
);

function open({ strategy, reader, pool, worker }: (typeof WAYS)[number]) {
  seen = { produced: 0, ended: 0, heard: [], errors: [] };
  const Pool = definePool({
    module: "simulated",
    name: "Pool",
    worker: Writer,
    size: 2,
    on: worker,
    strategy,
  });
  const sim = new Simulation({ seed: 4, definitions: [Writer, Reader, Pool], threads: 3 });
  const ref = sim.spawn(Pool, { on: pool });
  const from = sim.spawn(Reader, { on: reader });
  const read = async (order: Omit<Order, "from">) => {
    from.tell("read", { from: ref, ...order });
    await sim.run(sim.time.elapsedMs + 2_000);
  };
  return { sim, ref, from, read };
}

async function all<E>(stream: AsyncIterable<E>): Promise<E[]> {
  const elements: E[] = [];
  for await (const element of stream) elements.push(element);
  return elements;
}

describe.each(WAYS)(
  "a pool by $strategy on thread $pool with workers on $worker and a reader on $reader",
  (way) => {
    it("has a worker write it, in order, with its error, for the reader and no faster than it reads", async () => {
      const { sim, ref, from, read } = open(way);
      await read({ method: "count", payload: 200 });
      expect(seen.heard).toEqual(Array.from({ length: 200 }, (_, i) => i));
      seen.heard.length = 0;
      await read({ method: "whoReads" });
      expect(seen.heard.splice(0)).toEqual([from.id]);
      await read({ method: "fails" });
      expect([seen.heard.splice(0), seen.errors.splice(0)]).toEqual([[1, 2], ["ON_PURPOSE"]]);
      seen.produced = 0;
      await read({ method: "endless", max: 10 });
      expect([seen.heard.length, seen.ended, seen.errors.length]).toEqual([10, 1, 0]);
      expect(seen.produced).toBeLessThanOrEqual(10 + 4);
      const after = ref.ask("ping");
      await sim.run(sim.time.elapsedMs + 1_000);
      expect(await after).toBe("pong");
      expect(sim.leftovers()).toMatchObject({ openAsks: 0 });
    });
  },
);

describe("a stream of a pool", () => {
  it("fails when the worker's thread is lost, and ends when the reader's is", async () => {
    for (const lost of [3, 1]) {
      const { sim, from } = open({ strategy: "round-robin", reader: 1, pool: 2, worker: 3 });
      const pool = sim.spawn(definePool({ name: "Pool", worker: Writer, size: 1, on: 3 }), { on: "this" });
      from.tell("read", { from: pool, method: "endless" });
      for (let step = 0; step < 40; step++) await sim.step(sim.time.elapsedMs + 50);
      expect(seen.heard.length).toBeGreaterThan(0);
      await sim.loseThread(lost);
      await sim.run(sim.time.elapsedMs + 5_000);
      expect(seen.errors).toEqual(lost === 3 ? ["THREAD_LOST"] : []);
      expect(sim.leftovers()).toMatchObject({ openAsks: 0 });
    }
  });

  it("may be opened from outside if its worker says so, and a broadcast has none", () => {
    const [one, all] = ["random", "broadcast"].map((strategy) =>
      definePool({ name: "Pool", worker: Writer, size: 2, strategy: strategy as "random" }),
    );
    expect([...(one?.remote ?? [])]).toEqual(["count"]);
    expect([...(all?.remote ?? [])]).toEqual([]);
  });
});

describe("a stream of a router", () => {
  it("is one member's, in turn, and there is none without members", async () => {
    seen = { produced: 0, ended: 0, heard: [], errors: [] };
    const sim = new Simulation({ seed: 4, definitions: [Writer], threads: 1 });
    const router = routerOf([0, 1].map((on) => sim.spawn(Writer, { on })));
    const streams = [router.stream("count", 3), router.stream("count", 3)];
    const read = Promise.all(streams.map((stream) => all(stream)));
    await sim.run();
    expect(await read).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(() =>
      routerOf<{ count: { payload: number; reply: void; element: number } }>([]).stream("count", 1),
    ).toThrow(expect.objectContaining({ code: "NO_ACTOR" }));
  });
});
