// Streams seen from inside one isolate on virtual time: what the types say, batches, time, stash and become.

import { describe, expect, expectTypeOf, it } from "vitest";
import { type ActorRef, defineActor, type Handlers } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

interface Tape {
  readonly produced: number[];
  open: boolean;
  tick: () => void;
}

const Source = defineActor({
  module: "simulated",
  name: "Source",
  state: (): Tape => ({ produced: [], open: false, tick: () => undefined }),
  concurrent: ["pairs"],
  on: {
    *count(ctx, upTo: number) {
      for (let i = 0; i < upTo; i++) {
        ctx.state.produced.push(i);
        yield i;
      }
    },
    async *pairs() {
      yield ["a", 1] as const;
      yield ["b", 2] as const;
    },
    /** Yields three, and then waits for a tick. */
    async *inBursts(ctx): AsyncGenerator<string> {
      for (;;) {
        yield "one";
        yield "two";
        yield "three";
        await new Promise<void>((resolve) => {
          ctx.state.tick = resolve;
        });
      }
    },
    *later(ctx, word: string) {
      if (!ctx.state.open) {
        ctx.stash();
        return;
      }
      yield word;
    },
    open(ctx) {
      ctx.state.open = true;
      ctx.unstashAll();
    },
    become(ctx, handlers: Handlers<Tape>) {
      ctx.become(handlers);
    },
    produced: (ctx) => ctx.state.produced.length,
    async sum(ctx, from: ActorRef) {
      await Promise.resolve();
      let sum = 0;
      for await (const i of ctx.stream(from, "count", 4)) sum += i as number;
      return sum;
    },
    maybe: (_ctx, _payload?: { some: string }) => undefined,
  },
});

function open(threads = 1) {
  const sim = new Simulation({ seed: 3, definitions: [Source], threads });
  return { sim, source: (on: number) => sim.spawn(Source, { on }) };
}

/** Reads to the end beside the world; both are there once it rests. */
function read<E>(stream: AsyncIterable<E>): { readonly heard: E[]; error: unknown; over: boolean } {
  const result = { heard: [] as E[], error: undefined as unknown, over: false };
  const reading = (async () => {
    for await (const element of stream) result.heard.push(element);
  })();
  reading.then(
    () => {
      result.over = true;
    },
    (error: unknown) => {
      Object.assign(result, { error, over: true });
    },
  );
  return result;
}

describe("the types of a stream", () => {
  it("flow from the generator to the ref, over spawn and contexts", async () => {
    const { sim, source } = open();
    const ref = source(0);
    const numbers = ref.stream("count", 2);
    expectTypeOf(numbers).toExtend<AsyncIterable<number>>();
    expectTypeOf((await ref.stream("pairs").return()).value).toEqualTypeOf<
      readonly ["a", 1] | readonly ["b", 2] | undefined
    >();
    expectTypeOf(ref.stream("inBursts")[Symbol.asyncIterator]().next).returns.toExtend<
      Promise<IteratorResult<string>>
    >();
    // @ts-expect-error a stream takes its payload
    ref.stream("count", "two");
    // @ts-expect-error a stream is not asked
    const asked = ref.ask("count", 2).catch((error: Error & { code: string }) => error.code);
    // @ts-expect-error a stream is not told
    expect(ref.tell("count", 2)).toBe("sent");
    // @ts-expect-error what answers once is no stream
    const streamed = read(ref.stream("produced"));
    const untyped: ActorRef = ref;
    const anything = read(untyped.stream("count", 2));
    ref.tell("maybe");
    await sim.run();
    expect(await asked).toBe("WRONG_CALL");
    expect(streamed.error).toMatchObject({ code: "WRONG_CALL" });
    expect(anything.heard).toEqual([0, 1]);
    expect(sim.deadLettersOf(0)).toMatchObject([
      { method: "count", payload: 2, reason: "no-method" },
      { method: "count", payload: 2, reason: "no-method" },
      { method: "produced", payload: undefined, reason: "no-method" },
    ]);
  });
});

describe("a stream", () => {
  for (const on of [0, 1]) {
    it(`gives at once what its generator yielded before it waits, on thread ${on}`, async () => {
      const { sim, source } = open();
      const stream = source(on).stream("inBursts", undefined, { timeoutMs: 1_000 });
      const result = read(stream);
      await sim.run(500);
      expect(result.heard).toEqual(["one", "two", "three"]);
      expect(result.over).toBe(false);
      await sim.run();
      expect(result.error).toMatchObject({ code: "TIMEOUT" });
      expect(sim.leftovers().openAsks).toBe(0);
    });

    it(`waits its time for each element anew, on thread ${on}`, async () => {
      const { sim, source } = open();
      const stream = source(on).stream("count", 100, { timeoutMs: 100, window: 1 });
      for (let i = 0; i < 50; i++) {
        const next = stream.next();
        await sim.run(sim.time.nowMs() + 50);
        expect(await next).toEqual({ done: false, value: i });
        // A reader may take its time: only a wait has a limit.
        await sim.run(sim.time.nowMs() + 1_000);
      }
      const left = stream.return();
      await sim.run();
      expect(await left).toEqual({ done: true, value: undefined });
      expect(sim.leftovers()).toMatchObject({ openAsks: 0 });
    });

    it(`never runs further ahead than its window, on thread ${on}`, async () => {
      const { sim, source } = open();
      for (const window of [1, 2, 3, 16, 64]) {
        const ref = source(on);
        const stream = ref.stream("count", 10_000, { window });
        const first = stream.next();
        await sim.run();
        await first;
        const left = stream.return();
        const produced = ref.ask("produced");
        await sim.run();
        await left;
        // The one that was taken, and what there was credit for.
        expect(await produced).toBeLessThanOrEqual(window + 1);
        expect(await produced).toBeGreaterThanOrEqual(window);
      }
    });

    it(`can be set aside before it begins, on thread ${on}`, async () => {
      const { sim, source } = open();
      const ref = source(on);
      const result = read(ref.stream("later", "word"));
      await sim.run(1_000);
      expect(result).toMatchObject({ heard: [], over: false });
      ref.tell("open");
      await sim.run(2_000);
      expect(result).toMatchObject({ heard: ["word"], over: true, error: undefined });
    });
  }

  it("is read in an actor's name also after an await", async () => {
    const { sim, source } = open(2);
    const sum = source(1).ask("sum", source(2));
    await sim.run();
    expect(await sum).toBe(6);
  });

  it("may be another generator after become, and nothing else", async () => {
    const { sim, source } = open();
    const ref = source(0);
    const handlers: Handlers<Tape> = {
      *count(_ctx, upTo: number) {
        yield -upTo;
      },
    };
    ref.tell("become", handlers);
    const result = read(ref.stream("count", 7));
    await sim.run();
    expect(result.heard).toEqual([-7]);
    const wrong = { produced: handlers["count"] } as Handlers<Tape>;
    const refused = expect(ref.ask("become", wrong)).rejects.toMatchObject({
      code: "DEFINITION",
      message: expect.stringContaining('"produced" as a stream'),
    });
    await sim.run();
    await refused;
  });

  it("is redelivered only while its reader has heard nothing of it", async () => {
    const Flaky = defineActor({
      name: "Flaky",
      state: () => undefined,
      redeliver: 1,
      on: {
        *flaky(_ctx, wish: { tries: number; late: boolean }) {
          wish.tries++;
          if (wish.tries === 1 && !wish.late) throw new Error("early");
          yield wish.tries;
          if (wish.tries === 1) throw new Error("late");
        },
      },
    });
    const sim = new Simulation({ seed: 1, definitions: [], threads: 0 });
    const early = { tries: 0, late: false };
    const late = { tries: 0, late: true };
    const again = read(sim.spawn(Flaky, { on: "this" }).stream("flaky", early));
    const failed = read(sim.spawn(Flaky, { on: "this" }).stream("flaky", late));
    await sim.run();
    expect(again).toEqual({ heard: [2], error: undefined, over: true });
    expect(failed).toMatchObject({ heard: [1], error: { message: "late" }, over: true });
    expect(late.tries).toBe(1);
  });

  it("is not sent on by a handler, which reads it and yields what comes", async () => {
    const { sim, source } = open();
    const Sender = defineActor({
      name: "Sender",
      state: () => undefined,
      on: {
        *count(ctx, to: ActorRef): Generator<number> {
          ctx.forward(to);
          yield 1;
        },
        async *through(ctx, to: ReturnType<typeof source>) {
          yield* ctx.stream(to, "count", 3);
        },
      },
    });
    const sender = sim.spawn(Sender, { on: "this" });
    const through = read(sender.stream("through", source(1)));
    await sim.run();
    expect(through.heard).toEqual([0, 1, 2]);
    const sent = read(sender.stream("count", source(1)));
    await sim.run();
    expect(sent.error).toMatchObject({ code: "FORWARD" });
  });

  it("is called in errors, and by mailboxes, what its author calls it", async () => {
    const { sim } = open();
    const named: string[] = [];
    const Choosy = defineActor({
      name: "Choosy",
      state: () => undefined,
      mailbox: {
        kind: "priority",
        capacity: 2,
        overflow: "drop-newest",
        priority: (method: string, payload: number) => named.push(`${method} ${payload}`),
      },
      on: {
        async *waits(_ctx, _n: number): AsyncGenerator<number> {
          await new Promise(() => undefined);
          yield 1;
        },
      },
    });
    const choosy = sim.spawn(Choosy, { on: "this", name: "choosy" });
    const reads = [1, 2, 3, 4].map((n) => read(choosy.stream("waits", n, { timeoutMs: 0 })));
    await sim.run();
    expect(named).toEqual(["waits 1", "waits 2", "waits 3", "waits 4"]);
    sim.stop(choosy);
    await sim.run();
    reads.push(read(choosy.stream("waits", 5)));
    await sim.run();
    const messages = reads.map(({ error }) => String(error));
    expect(messages).toEqual([
      expect.stringContaining('before it got to "waits"'),
      expect.stringContaining("in the middle of the turn"),
      expect.stringContaining('dropped "waits"'),
      expect.stringContaining('dropped "waits"'),
      expect.stringContaining('to ask "waits"'),
    ]);
  });

  it("refuses a method whose name ends in a star", () => {
    const on = { "count*": () => 1 };
    expect(() => defineActor({ name: "Star", state: () => undefined, on })).toThrow(/star/);
  });
});
