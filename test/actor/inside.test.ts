// Inside an actor: turns, contexts, timers, ends. One isolate on virtual time, so that nothing here waits for a clock.

import { describe, expect, it } from "vitest";
import { type ActorContext, type ActorRef, defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

/** A promise that a test settles. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** What a test looks at from outside: the actors run in the same isolate. */
interface Notes {
  readonly said: string[];
  readonly contexts: ActorContext[];
  readonly gates: ReturnType<typeof gate>[];
}

const Noter = defineActor({
  module: "simulated",
  name: "Noter",
  state: (notes: Notes) => notes,
  concurrent: ["besides"],
  on: {
    note(ctx, text: string) {
      ctx.state.said.push(text);
    },
    async held(ctx, text: string) {
      const door = gate();
      ctx.state.gates.push(door);
      ctx.state.said.push(`${text} begins`);
      await door.opened;
      ctx.state.said.push(`${text} ends`);
    },
    async besides(ctx, text: string) {
      const door = gate();
      ctx.state.gates.push(door);
      ctx.state.said.push(`${text} begins`);
      await door.opened;
      ctx.state.said.push(`${text} ends`);
    },
    same: (_ctx, value: object) => value,
    keepContext(ctx) {
      ctx.state.contexts.push(ctx);
    },
    remind(ctx, { key, delayMs, text }: { key: string; delayMs: number; text: string }) {
      ctx.timers.after(key, delayMs, "note", text);
    },
    tick(ctx, periodMs: number) {
      ctx.timers.every("tick", periodMs, "note", "tick");
    },
    quiet(ctx, key: string) {
      ctx.timers.cancel(key);
    },
    crash(): never {
      throw new Error("on purpose");
    },
  },
});

/** A parent that keeps its children in order and tells how they end. */
const Matron = defineActor({
  name: "Matron",
  state: (said: string[]) => said,
  on: {
    admit(ctx, { name, shutdownMs, stubborn }: { name: string; shutdownMs?: number; stubborn?: boolean }) {
      const args = { name, said: ctx.state, stubborn: stubborn ?? false };
      return ctx.spawn(Ward, { name, args, ...(shutdownMs === undefined ? {} : { shutdownMs }) });
    },
  },
  hooks: {
    stopped(ctx) {
      ctx.state.push("the parent ended");
    },
  },
});

const Ward = defineActor({
  name: "Ward",
  state: (args: { name: string; said: string[]; stubborn: boolean }) => args,
  on: { ping: () => "pong" },
  hooks: {
    stopped(ctx) {
      const { name, said, stubborn } = ctx.state;
      said.push(`${name} ended`);
      if (stubborn) return new Promise<void>(() => undefined);
    },
  },
});

function open(seed = 1) {
  const sim = new Simulation({ seed, definitions: [Noter], threads: 0 });
  const notes: Notes = { said: [], contexts: [], gates: [] };
  const spawn = () => sim.spawn(Noter, { on: "this", args: notes });
  return { sim, notes, spawn };
}

describe("a turn", () => {
  it("is finished before the next message, also across await, and holds up nobody else", async () => {
    const { sim, notes, spawn } = open();
    const [one, two] = [spawn(), spawn()];
    one.tell("held", "first");
    one.tell("note", "second");
    two.tell("note", "neighbour");
    await sim.run();
    expect(notes.said).toEqual(["first begins", "neighbour"]);
    notes.gates[0]?.open();
    await sim.run();
    expect(notes.said).toEqual(["first begins", "neighbour", "first ends", "second"]);
  });

  it("of a concurrent method lets the next message come while it waits", async () => {
    const { sim, notes, spawn } = open();
    const one = spawn();
    for (const text of ["a", "b"]) one.tell("besides", text);
    one.tell("note", "between");
    await sim.run();
    for (const door of notes.gates) door.open();
    await sim.run();
    expect(notes.said).toEqual(["a begins", "b begins", "between", "a ends", "b ends"]);
  });

  it("that lasts fills the mailbox to its bound; what comes beyond it is refused, the rest handled", async () => {
    const { sim, notes, spawn } = open();
    const one = spawn();
    one.tell("held", "first");
    await sim.run();
    let sent = 0;
    while (one.tell("note", "waiting") === "sent") sent++;
    expect(sent).toBe(4_096);
    const asked = expect(one.ask("same", {})).rejects.toMatchObject({ code: "MAILBOX_FULL" });
    notes.gates[0]?.open();
    await sim.run();
    await asked;
    expect(notes.said.filter((text) => text === "waiting")).toHaveLength(sent);
  });

  it("never begins inside another, also when a ref does not know that its actor is on the same thread", async () => {
    let inside = false;
    let byAddress = 0;
    const began: boolean[] = [];
    const Hearer = defineActor({
      module: "simulated",
      name: "Hearer",
      state: () => undefined,
      on: { hear: () => void began.push(inside) },
    });
    const Teller = defineActor({
      module: "simulated",
      name: "Teller",
      state: () => undefined as ActorRef | undefined,
      on: {
        keep(ctx, { to, over }: { to: ActorRef; over?: ActorRef }) {
          if (over !== undefined) return void ctx.tell(over, "keep", { to });
          if (to.cell === undefined) byAddress++;
          ctx.state = to;
        },
        tellKept(ctx) {
          inside = true;
          if (ctx.state !== undefined) ctx.tell(ctx.state, "hear");
          inside = false;
        },
      },
    });
    for (let seed = 1; seed <= 10; seed++) {
      const sim = new Simulation({ seed, definitions: [Hearer, Teller], threads: 2 });
      const [far, near] = [sim.spawn(Teller, { on: 2 }), sim.spawn(Teller, { on: 1 })];
      await sim.run();
      const to = sim.spawn(Hearer, { on: 1 });
      far.tell("keep", { to, over: near });
      await sim.run();
      near.tell("tellKept");
      await sim.run();
    }
    expect(byAddress, "refs that came before their actor").toBeGreaterThan(0);
    expect(began).toEqual(Array.from({ length: 10 }, () => false));
  });

  it("gets the very object that was sent on its own thread", async () => {
    const { sim, spawn } = open();
    const sent = { a: 1 };
    const answer = spawn().ask("same", sent);
    await sim.run();
    expect(await answer).toBe(sent);
  });
});

describe("a context", () => {
  it("of an incarnation that has ended refuses everything", async () => {
    const { sim, notes, spawn } = open();
    const one = spawn();
    one.tell("keepContext");
    one.tell("crash");
    await sim.run();
    const [ctx] = notes.contexts as [ActorContext];
    const attempts: (() => unknown)[] = [
      () => ctx.spawn(Noter, {} as never),
      () => ctx.stop(),
      () => ctx.watch(one),
      () => ctx.tell(one, "note", "late"),
      () => ctx.timers.after("late", 1, "note", "late"),
      () => {
        ctx.state = undefined;
      },
    ];
    for (const attempt of attempts)
      expect(attempt).toThrow(expect.objectContaining({ code: "STALE_INCARNATION" }));
    await expect(ctx.ask(one, "note", "late")).rejects.toMatchObject({ code: "STALE_INCARNATION" });
    expect(ctx.signal.aborted).toBe(true);
    expect(notes.said).toEqual([]);
  });
});

describe("timers", () => {
  it("send their message once or again and again, the same key replaces, and cancel ends them", async () => {
    const { sim, notes, spawn } = open();
    const one = spawn();
    one.tell("remind", { key: "k", delayMs: 500, text: "replaced" });
    one.tell("remind", { key: "k", delayMs: 700, text: "once" });
    one.tell("tick", 300);
    await sim.run(1_000);
    expect(notes.said).toEqual(["tick", "tick", "once", "tick"]);
    one.tell("quiet", "tick");
    await sim.run();
    expect(notes.said).toHaveLength(4);
  });

  it("die with the incarnation that set them", async () => {
    const { sim, notes, spawn } = open();
    const one = spawn();
    one.tell("remind", { key: "k", delayMs: 500, text: "never" });
    one.tell("crash");
    one.tell("note", "a new life");
    await sim.run();
    expect(notes.said).toEqual(["a new life"]);
  });
});

describe("the end of a parent", () => {
  async function family(wishes: readonly { name: string; shutdownMs?: number; stubborn?: boolean }[]) {
    const sim = new Simulation({ seed: 1, definitions: [], threads: 0 });
    const said: string[] = [];
    const parent: ActorRef = sim.spawn(Matron, { on: "this", args: said });
    for (const wish of wishes) parent.tell("admit", wish);
    await sim.run();
    return { sim, said, parent };
  }

  it("comes after that of its children, of whom the last starts to stop first", async () => {
    const { sim, said, parent } = await family([{ name: "a" }, { name: "b" }, { name: "c" }]);
    sim.stop(parent);
    await sim.run();
    expect(said).toEqual(["c ended", "b ended", "a ended", "the parent ended"]);
  });

  it("waits for a child only as long as the child's limit, then goes on without it and says so", async () => {
    const { sim, said, parent } = await family([{ name: "a", shutdownMs: 200, stubborn: true }]);
    sim.stop(parent);
    const beforeMs = sim.time.elapsedMs;
    await sim.run();
    expect(said).toEqual(["a ended", "the parent ended"]);
    expect(sim.time.elapsedMs - beforeMs).toBeGreaterThanOrEqual(200);
    expect(sim.happened).toContainEqual(expect.objectContaining({ type: "actor-abandoned" }));
  });
});
