// A message that made its actor fail, tried again. One isolate on virtual time.

import { describe, expect, it } from "vitest";
import { type CodedError, DefinitionError, type Directive, defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

interface Job {
  readonly name: string;
  /** Fails until it has been tried this often. */
  readonly failures: number;
  readonly async?: boolean;
}

/** Ways to fail: after an await, at once, and after the message was set aside. */
const METHODS = ["work", "workNow", "workAside"] as const;

function define(decide: () => Directive, kind: "fifo" | "priority" = "fifo") {
  const done: string[] = [];
  const Stubborn = defineActor({
    module: "simulated",
    name: "Stubborn",
    state: () => undefined,
    redeliver: 2,
    mailbox: kind === "fifo" ? {} : { kind, priority: () => 1 },
    on: {
      async work(ctx, { name, failures, async = false }: Job) {
        if (async) await Promise.resolve();
        if (ctx.redelivered < failures) throw new Error(`${name} failed`);
        done.push(name);
        return ctx.redelivered;
      },
      workNow(ctx, { name, failures }: Job) {
        if (ctx.redelivered < failures) throw new Error(`${name} failed`);
        done.push(name);
        return ctx.redelivered;
      },
      workAside(ctx, { name, failures }: Job) {
        if (ctx.redelivered < failures) {
          ctx.stash();
          throw new Error(`${name} failed`);
        }
        done.push(name);
        return ctx.redelivered;
      },
    },
  });
  const Parent = defineActor({
    module: "simulated",
    name: "Parent",
    state: () => undefined,
    supervision: { intensity: { restarts: 20, withinMs: 60_000 }, decide },
    on: { bear: (ctx) => ctx.spawn(Stubborn, { restart: "transient" }) },
  });
  return { Stubborn, Parent, done };
}

async function open(decide: () => Directive = () => "restart", kind?: "fifo" | "priority") {
  const { Parent, Stubborn, done } = define(decide, kind);
  const sim = new Simulation({ seed: 2, definitions: [Parent, Stubborn], threads: 0 });
  const asked = sim.spawn(Parent, { on: "this" }).ask("bear");
  await sim.run();
  const actor = await asked;
  const work = (job: Job, method: (typeof METHODS)[number] = "work") =>
    actor.ask(method, job).catch((error: CodedError) => error);
  const letters = () => sim.deadLettersOf(0).map(({ reason, payload }) => [reason, (payload as Job).name]);
  return { sim, actor, work, done, letters };
}

describe.each(METHODS)("a message that fails in %s", (method) => {
  it("is handed to the next incarnation first, and answers the ask in the end", async () => {
    const { sim, work, done, letters } = await open();
    const [first, second] = [
      work({ name: "a", failures: 2 }, method),
      work({ name: "b", failures: 0 }, method),
    ];
    await sim.run();
    expect([await first, await second]).toEqual([2, 0]);
    expect(done).toEqual(["a", "b"]);
    expect(letters()).toEqual([]);
  });

  it("is given up after its last try, with its own error and one dead letter", async () => {
    const { sim, work, done, letters } = await open();
    const [first, second] = [
      work({ name: "a", failures: 9 }, method),
      work({ name: "b", failures: 1 }, method),
    ];
    await sim.run();
    expect(await first).toMatchObject({ message: "a failed" });
    expect(await second).toBe(1);
    expect(done).toEqual(["b"]);
    expect(letters()).toEqual([["fault", "a"]]);
  });

  it("meets the same state again when the verdict is to resume", async () => {
    const { sim, work } = await open(() => "resume");
    const answer = work({ name: "a", failures: 2 }, method);
    await sim.run();
    expect(await answer).toBe(2);
  });

  it("ends as what it was when the verdict is to stop", async () => {
    const { sim, work, letters } = await open(() => "stop");
    const answer = work({ name: "a", failures: 1 }, method);
    await sim.run();
    expect(await answer).toMatchObject({ message: "a failed" });
    expect(letters()).toEqual([["fault", "a"]]);
  });

  it("comes first in a mailbox of another kind, too", async () => {
    const { sim, work, done } = await open(() => "restart", "priority");
    const answers = ["a", "b"].map((name) => work({ name, failures: 1, async: true }, method));
    await sim.run();
    expect(await Promise.all(answers)).toEqual([1, 1]);
    expect(done).toEqual(["a", "b"]);
  });
});

describe("redeliver", () => {
  it("is a whole number of times", () => {
    const spec = { name: "X", state: () => undefined, on: {} };
    for (const redeliver of [-1, 1.5, Number.NaN])
      expect(() => defineActor({ ...spec, redeliver })).toThrow(DefinitionError);
  });
});
