// Mailboxes that are more than a bounded queue, on the actor's own thread and from another one. Virtual time.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor, type MailboxOptions } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

interface Note {
  readonly text: string;
  readonly priority?: number;
  readonly bytes?: number;
}

/** An actor that is held in its first turn until its door opens, with the mailbox under test. */
function defineHeld(mailbox: MailboxOptions) {
  const doors: (() => void)[] = [];
  const said: string[] = [];
  const Held = defineActor({
    module: "simulated",
    name: "Held",
    mailbox,
    state: () => said,
    on: {
      hold: () => new Promise<void>((resolve) => doors.push(() => resolve())),
      note(ctx, { text }: Note) {
        ctx.state.push(text);
      },
      read: (ctx) => [...ctx.state],
      watch(ctx, other: ActorRef) {
        ctx.watch(other);
      },
    },
    hooks: {
      terminated(ctx) {
        ctx.state.push("terminated");
      },
    },
  });
  return { Held, said, doors };
}

async function held(mailbox: MailboxOptions, on: "this" | 1) {
  const { Held, said, doors } = defineHeld(mailbox);
  const sim = new Simulation({ seed: 3, definitions: [Held], threads: 1 });
  const ref = sim.spawn(Held, { on });
  ref.tell("hold");
  await sim.run();
  const open = async () => {
    await sim.run();
    for (const door of doors.splice(0)) door();
    await sim.run();
    return said;
  };
  return { sim, ref, open, said };
}

type Place = "this" | 1;

function describeEverywhere(what: string, inside: (on: Place) => void): void {
  for (const on of ["this", 1] as const)
    describe(`a mailbox ${what}, on thread ${on === "this" ? 0 : on},`, () => inside(on));
}

describeEverywhere("that orders and joins", (on) => {
  it("by priority hands out the highest first, in order within the same", async () => {
    const { ref, open, sim } = await held({ kind: "priority" }, on);
    for (const [text, priority] of [
      ["a", 1],
      ["b", 5],
      ["c", 1],
      ["d", 9],
      ["e", 5],
    ] as const) {
      ref.tell("note", { text, priority });
      await sim.run();
    }
    ref.tell("note", { text: "none" });
    expect(await open()).toEqual(["d", "b", "e", "a", "c", "none"]);
  });

  it("by priority may take it from a function of the method and the payload", async () => {
    const priority = (_method: string, note?: Note) => -(note?.text.length ?? 0);
    const { ref, open } = await held({ kind: "priority", priority }, on);
    for (const text of ["long text", "s", "middle"]) ref.tell("note", { text });
    expect(await open()).toEqual(["s", "middle", "long text"]);
  });

  it("that conflates keeps the latest per key in the place of the first, and counts the others", async () => {
    const key = (_method: string, note?: Note) => note?.text.at(0);
    const { ref, open, sim } = await held({ kind: "conflating", key }, on);
    for (const text of ["a1", "b1", "a2", "c1", "b2", "a3"]) ref.tell("note", { text });
    expect(await open()).toEqual(["a3", "b2", "c1"]);
    const reasons = sim.deadLettersOf(on === "this" ? 0 : on).map((letter) => letter.reason);
    expect(reasons).toEqual(["dropped", "dropped", "dropped"]);
  });
});

describeEverywhere("that is bounded in its own way", (on) => {
  it("with drop-oldest keeps the youngest, with drop-newest the first, and neither says full", async () => {
    for (const [overflow, kept] of [
      ["drop-oldest", ["d", "e", "f"]],
      ["drop-newest", ["a", "b", "c"]],
    ] as const) {
      const { ref, open, sim } = await held({ capacity: 3, overflow }, on);
      for (const text of ["a", "b", "c", "d", "e", "f"]) {
        expect(ref.tell("note", { text })).toBe("sent");
        await sim.run();
      }
      expect(await open()).toEqual(kept);
      expect(sim.deadLettersOf(on === "this" ? 0 : on)).toHaveLength(3);
    }
  });

  it("by weight is full by weight, and says so", async () => {
    const weight = (_method: string, note?: Note) => note?.bytes ?? 1;
    const { ref, open, sim } = await held({ kind: "weighted", weight, capacity: 100 }, on);
    const answers: string[] = [];
    for (const bytes of [60, 30, 30, 1]) {
      answers.push(ref.tell("note", { text: `${bytes}`, bytes }));
      await sim.run();
    }
    expect(answers).toEqual(["sent", "sent", "sent", "full"]);
    expect(await open()).toEqual(["60", "30", "30"]);
    expect(ref.tell("note", { text: "again", bytes: 99 })).toBe("sent");
  });

  it("fails the ask whose message it drops", async () => {
    const { ref, open, sim } = await held({ capacity: 1, overflow: "drop-oldest" }, on);
    const asked = expect(ref.ask("read")).rejects.toMatchObject({ code: "MAILBOX_FULL" });
    await sim.run(1_000);
    ref.tell("note", { text: "young" });
    await sim.run(1_000);
    await asked;
    expect(await open()).toEqual(["young"]);
  });

  it("takes a failing function for a fault of the actor, and loses only that message", async () => {
    const key = (_method: string, note?: Note) => {
      if (note?.text === "bad") throw new Error("on purpose");
      return undefined;
    };
    const { sim, ref } = await held({ kind: "conflating", key }, on);
    for (const text of ["a", "bad", "b"]) ref.tell("note", { text });
    await sim.run();
    const read = ref.ask("read");
    await sim.run();
    expect(await read).toEqual(["a", "b"]);
    expect(sim.deadLettersOf(on === "this" ? 0 : on).map(({ reason }) => reason)).toEqual(["fault"]);
  });

  it("never drops the notice of a watched actor's end, nor counts its weight", async () => {
    const { sim, ref, open, said } = await held({ capacity: 1, overflow: "drop-oldest" }, on);
    await open();
    const other = sim.spawn(defineHeld({}).Held, { on: "this" });
    ref.tell("watch", other);
    await sim.run();
    ref.tell("hold");
    await sim.run();
    sim.stop(other);
    await sim.run();
    for (const text of ["a", "b"]) ref.tell("note", { text });
    expect(said).toEqual([]);
    expect(await open()).toEqual(["terminated", "b"]);
  });

  it.each([
    ["drop-newest", "a"],
    ["drop-oldest", "b"],
  ] as const)(
    "also not when it finds a full mailbox with %s, where it makes nobody go",
    async (overflow, kept) => {
      const { sim, ref, open } = await held({ capacity: 1, overflow }, on);
      await open();
      const other = sim.spawn(defineHeld({}).Held, { on: "this" });
      ref.tell("watch", other);
      await sim.run();
      ref.tell("hold");
      await sim.run();
      for (const text of ["a", "b"]) ref.tell("note", { text });
      await sim.run();
      sim.stop(other);
      await sim.run();
      expect(await open()).toEqual(["terminated", kept]);
    },
  );
});

describe("lost messages", () => {
  const losses = (sim: Simulation) =>
    sim.happened.flatMap((event) => (event.type === "messages-lost" ? [event] : []));

  it("what mailboxes drop is told of once a second, added up by actor", async () => {
    for (const on of ["this", 1] as const) {
      const { ref, sim, open } = await held({ capacity: 2, overflow: "drop-oldest" }, on);
      for (let note = 0; note < 50; note++) ref.tell("note", { text: "quick" });
      await sim.run();
      const thread = on === "this" ? 0 : on;
      const told = { thread, receiver: "/user/$1", reason: "dropped", count: 48 };
      expect(losses(sim)).toMatchObject([told]);
      ref.tell("note", { text: "later" });
      await sim.run();
      expect(losses(sim)).toMatchObject([told, { ...told, count: 1 }]);
      expect(await open()).toHaveLength(2);
    }
  });

  it("of very many receivers are told of by name for the first hundred, the others together", async () => {
    const { Held } = defineHeld({});
    const sim = new Simulation({ seed: 4, definitions: [Held], threads: 1 });
    const refs = Array.from({ length: 150 }, () => sim.spawn(Held, { on: "this" }));
    await sim.run();
    for (const ref of refs) sim.stop(ref);
    await sim.run();
    for (const ref of refs) expect(ref.tell("note", { text: "late" })).toBe("dead");
    await sim.run();
    expect(losses(sim)).toHaveLength(101);
    expect(losses(sim).at(-1)).toMatchObject({ receiver: "", reason: "no-actor", count: 50 });
  });
});
