// What the types promise: written down once, in the definition, and known wherever the actor is met. Most of it is
// checked by the compiler; what runs here shows that the types say what happens.

import { type ActorDefinition, type ActorRef, createSystem, defineActor, type RefOf } from "hive";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";

type System = Awaited<ReturnType<typeof createSystem>>;
let system: System;
beforeAll(async () => {
  system = await createSystem({ threads: 0 });
});
afterAll(() => system.shutdown());

const Sum = defineActor({
  name: "Sum",
  state: ({ start = 0 }: { start?: number }, ctx) => {
    ctx.timers.after("first", 60_000, "add", 1);
    return { sum: start, open: true };
  },
  hooks: {
    started(ctx) {
      expectTypeOf(ctx.state).toEqualTypeOf<{ sum: number; open: boolean }>();
      // @ts-expect-error there is no such method
      expect(() => ctx.timers.after("typo", 1, "ad")).toThrow("it has add");
    },
  },
  on: {
    add(ctx, by: number) {
      ctx.state.sum += by;
    },
    addTwice(ctx, by: number) {
      ctx.self.tell("add", by);
      const self = ctx.self.as(Sum);
      self.tell("add", by);
      expectTypeOf(self).toEqualTypeOf<RefOf<typeof Sum>>();
      // Only the compiler looks at these.
      void [
        // @ts-expect-error there is no such method
        () => ctx.self.tell("ad", by),
        // @ts-expect-error the payload is a number
        () => self.tell("add", "1"),
        // @ts-expect-error there is no such method
        () => ctx.timers.every("tick", 1, "ad"),
        // @ts-expect-error there is no such method
        () => ctx.timers.idle(1, "ad"),
        // @ts-expect-error there is no such method
        () => ctx.pipeToSelf(Promise.resolve(1), "ad"),
        // @ts-expect-error there is no such method
        () => ctx.become({ ad: () => undefined }),
      ];
    },
    // What a handler returns is part of the definition: where it comes from the definition, its type is written down.
    async doubled(ctx): Promise<number> {
      return 2 * (await ctx.ask(ctx.self.as(Sum), "sum"));
    },
    shut(ctx) {
      ctx.become({ add: (inner) => void (inner.state.sum satisfies number) });
    },
    sum: (ctx) => ctx.state.sum,
    *countdown(ctx) {
      for (let n = ctx.state.sum; n > 0; n--) yield n;
    },
  },
  reentrant: ["sum"],
});

describe("inside a handler", () => {
  it("an actor knows the names of its methods, and all about them as its definition", async () => {
    const sum = system.spawn(Sum, { args: { start: 3 } });
    expectTypeOf(sum.ask("doubled")).resolves.toEqualTypeOf<number>();
    await sum.ask("addTwice", 2);
    expect(await sum.ask("doubled")).toBe(14);
  });

  it("the sender, refs of hooks and refs that were found are typed by a definition", async () => {
    const Asked = defineActor({
      name: "Asked",
      state: () => undefined,
      on: {
        start(ctx) {
          const sender = ctx.sender?.as(Sum);
          expectTypeOf(sender).toEqualTypeOf<RefOf<typeof Sum> | undefined>();
          return sender === undefined;
        },
      },
      hooks: { terminated: (_ctx, ref) => void ref.as(Sum).tell("add", 1) },
    });
    const sum = system.spawn(Sum, { name: "found", args: {} });
    const ref = (await system.find("/user/found"))?.ref.as(Sum);
    expect(ref?.equals(sum)).toBe(true);
    expectTypeOf(ref?.stream("countdown")).toExtend<AsyncIterable<number> | undefined>();
    expect(await system.spawn(Asked).ask("start")).toBe(true);
  });

  it("`ctx.self` is taken wherever a ref with those methods is wanted, and nowhere else", () => {
    defineActor({
      name: "Handing",
      state: () => undefined,
      on: {
        to(ctx, takes: (ref: ActorRef<{ sum: { payload: void; reply: number } }>) => void) {
          // @ts-expect-error it has no `sum`
          takes(ctx.self);
        },
        streams(ctx, takes: (ref: RefOf<typeof Streams>) => void) {
          takes(ctx.self as ActorRef);
        },
        sums(ctx, takes: (ref: ActorRef<{ sums: { payload: void; reply: number } }>) => void) {
          takes(ctx.self);
        },
      },
    });
  });
});

const Streams = defineActor({
  name: "Streams",
  state: () => undefined,
  on: {
    *some(_ctx, n: number) {
      yield n;
    },
  },
});

/** Its own kind, named in its own body; its children are known by what is asked of them. */
const Tree = defineActor({
  name: "Tree",
  state: ({ depth }: { depth: number }) => ({ depth, below: [] as ActorRef<Sized>[] }),
  on: {
    grow(ctx) {
      const { depth, below } = ctx.state;
      if (depth === 0) return;
      const child = ctx.spawn(Tree, { args: { depth: depth - 1 } });
      // @ts-expect-error the depth is a number
      const misgrown = () => ctx.spawn(Tree, { args: { depth: "1" } });
      expectTypeOf(misgrown).returns.toEqualTypeOf<RefOf<typeof Tree>>();
      child.tell("grow");
      below.push(child);
    },
    async size(ctx): Promise<number> {
      const sizes = await Promise.all(ctx.state.below.map((child) => ctx.ask(child, "size")));
      return 1 + sizes.reduce((sum, size) => sum + size, 0);
    },
  },
});

type Sized = { size: { payload: void; reply: number } };

/** The same with its protocol written down first: then everything may be made of everything. */
type ForestProtocol = {
  grow: { payload: number; reply: ActorRef<ForestProtocol>[] };
  depths: { payload: void; reply: never; element: number };
};

const Forest: ActorDefinition<{ depth?: number }, ForestProtocol> = defineActor({
  name: "Forest",
  state: ({ depth = 0 }: { depth?: number }) => ({ depth, below: [] as RefOf<typeof Forest>[] }),
  on: {
    grow(ctx, by: number) {
      for (let n = 0; n < by; n++)
        ctx.state.below.push(ctx.spawn(Forest, { args: { depth: ctx.state.depth + 1 } }));
      return ctx.state.below;
    },
    async *depths(ctx) {
      yield ctx.state.depth;
      for (const child of ctx.state.below) yield* ctx.stream(child, "depths");
    },
  },
});

describe("an actor that spawns its own kind", () => {
  it("is typed where its handlers' results are, without them", async () => {
    const tree = system.spawn(Tree, { args: { depth: 3 } });
    expectTypeOf(tree.ask("size")).resolves.toEqualTypeOf<number>();
    await tree.ask("grow");
    expect(await tree.ask("size")).toBeGreaterThanOrEqual(2);
    // @ts-expect-error there is no such method
    expect(() => tree.tell("shrink")).not.toThrow();
  });

  it("is typed throughout by a protocol of its own, which its handlers have to keep", async () => {
    const forest = system.spawn(Forest, { args: {} });
    const [first] = await forest.ask("grow", 2);
    await first?.ask("grow", 1);
    const depths: number[] = [];
    for await (const depth of forest.stream("depths")) depths.push(depth);
    expect(depths).toEqual([0, 1, 2, 1]);
    // @ts-expect-error `grow` answers with refs
    const broken: ActorDefinition<void, ForestProtocol> = defineActor({
      name: "Broken",
      state: () => undefined,
      on: { grow: (_ctx, by: number) => by, *depths() {} },
    });
    expect(broken.name).toBe("Broken");
  });
});
