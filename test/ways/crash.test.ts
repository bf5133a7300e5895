// The way of a crash:
//   actor/turn (catch) > actor/lifecycle (suspend) > actor/supervise > actor/supervision (verdict) >
//   actor/restart-budget > actor/lifecycle (a new incarnation); the mailbox resumes
// A parent on another thread is reached by a control message and answers by one; a dead thread enters at
// runtime/worker-pool and joins at actor/supervise.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ActorRef, type ActorSystem, createSystem } from "../../src/index.js";
import { Patient, Ward } from "../fixtures/ward.js";

describe("a crash", () => {
  let system: ActorSystem;
  beforeAll(async () => {
    system = await createSystem({ threads: 2, log: { log: () => undefined } });
  });
  afterAll(() => system.shutdown());

  for (const [ward, patient] of [
    ["this", "this"],
    ["this", 1],
    [1, 1],
    [1, 2],
  ] as const) {
    describe(`of a child on thread ${patient} under a parent on thread ${ward}`, () => {
      const admit = async (name: string) => {
        const parent: ActorRef = system.spawn(Ward, { on: ward });
        return (await parent.ask("admit", { on: patient, name })) as ActorRef;
      };

      it("restarts it with fresh state, its hooks in order, its mail kept", async () => {
        const child = await admit("a");
        child.tell("note", "before");
        const failed = child.ask("fail", "restart");
        const next = child.ask("story");
        await expect(failed).rejects.toThrow("restart");
        expect(await next).toEqual({ notes: [], incarnation: 2, farewell: "before" });
      });

      it("resumes it with the state it had when the parent says so", async () => {
        const child = await admit("b");
        child.tell("note", "kept");
        await expect(child.ask("fail", "resume")).rejects.toThrow("resume");
        expect(await child.ask("story")).toMatchObject({ notes: ["kept"], incarnation: 1 });
      });

      it("stops it when the parent says so", async () => {
        const child = await admit("c");
        const ended = new Promise((resolve) => void system.watch(child, ({ code }) => resolve(code)));
        await child.ask("story");
        await expect(child.ask("fail", "stop")).rejects.toThrow("stop");
        expect(await ended).toBe("fault");
      });

      it("goes up when the parent says so: the parent restarts, its children end first", async () => {
        const parent = system.spawn(Ward, { on: ward });
        const child = (await parent.ask("admit", { on: patient, name: "d" })) as ActorRef;
        const ended = new Promise((resolve) => void system.watch(child, ({ code }) => resolve(code)));
        await child.ask("story");
        await expect(child.ask("fail", "escalate")).rejects.toThrow("escalate");
        expect(await ended).toBe("parent-stopped");
        expect(await parent.ask("patients")).toEqual([]);
      });

      it("is a fault when it happens in start-up, and counts", async () => {
        const parent = system.spawn(Ward, { on: ward });
        const child = (await parent.ask("admit", { on: patient, name: "e", sick: true })) as ActorRef;
        const code = await new Promise(
          (resolve) => void system.watch(child, (reason) => resolve(reason.code)),
        );
        // It may be over before the watch arrives.
        expect(["parent-stopped", "no-actor"]).toContain(code);
      });
    });
  }

  it("of a whole thread is one restart per supervisor, however many children it took", async () => {
    const parent = system.spawn(Ward, { on: 1, name: "census" });
    const children = await Promise.all(
      Array.from(
        { length: 20 },
        (_, i) => parent.ask("admit", { on: 2, name: `p${i}` }) as Promise<ActorRef>,
      ),
    );
    await Promise.all(children.map((child) => child.ask("story")));
    await system.restartThread(2);
    const stories = await Promise.all(children.map((child) => child.ask("story")));
    expect(stories).toEqual(children.map(() => ({ notes: [], incarnation: 1, farewell: "" })));
  });

  it("of an actor leaves its neighbours alone", async () => {
    const [one, two] = [system.spawn(Patient, { on: 1 }), system.spawn(Patient, { on: 1 })];
    two.tell("note", "mine");
    await expect(one.ask("fail", "restart")).rejects.toThrow("restart");
    expect(await two.ask("story")).toMatchObject({ notes: ["mine"], incarnation: 1 });
  });
});
