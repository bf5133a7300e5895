// Seeing into a running system: the tree, traces, dead letters that are sent once more.

import { expect, it } from "vitest";
import type { ActorRef, ActorSystem, InspectedActor, TraceEntry } from "../../src/index.js";
import { Counter, Echo, Parent } from "../fixtures/counter.js";
import { describeEverywhere, describeSystems } from "./everywhere.js";

/** Resolves once the actor is gone. */
function gone(system: ActorSystem, ref: ActorRef): Promise<void> {
  return new Promise((resolve) => void system.watch(ref, () => resolve()));
}

function names({ path, children }: InspectedActor): unknown {
  return { [path.split("/").at(-1) as string]: children.map(names) };
}

describeSystems((system, label) => {
  it("shows the tree across threads, with what each actor is doing", async () => {
    const name = `tree ${label}`;
    const top = system().spawn(Parent, { on: 1, name });
    const near: ActorRef = await top.ask("spawn", { on: 1, name: "near" });
    const far: ActorRef = await top.ask("spawn", { on: 2, name: "far", start: 4 });
    near.tell("add", 1);
    await expect(near.ask("fail", "once")).rejects.toThrow("once");
    expect(await near.ask("get")).toBe(0);
    const abort = new AbortController();
    const open = far.ask("untilCancelled", undefined, { signal: abort.signal, timeoutMs: 0 });
    far.tell("add", 1);
    // An answer from the same thread shows that what was sent there before has arrived.
    await system().spawn(Echo, { on: 2 }).ask("size");
    const seen = await system().inspect({ path: `/user/${name}` });
    expect(seen).toMatchObject({ actors: 3, cut: false, unreachable: [] });
    expect(seen?.root).toMatchObject({ path: `/user/${name}`, definition: "Parent", thread: 1, handled: 2 });
    const [first, second] = seen?.root.children ?? [];
    expect(first).toMatchObject({ thread: 1, state: "ready", handled: 1, restarts: 1, mailbox: 0 });
    expect(first?.current).toBeUndefined();
    expect(second).toMatchObject({ path: `/user/${name}/far`, definition: "Counter", thread: 2, mailbox: 1 });
    expect(second).toMatchObject({ state: "waiting", current: { method: "untilCancelled" } });
    abort.abort();
    await expect(open).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("shows as much of the tree as is asked for, and says that it was cut", async () => {
    const name = `wide ${label}`;
    const top = system().spawn(Parent, { on: 2, name });
    for (let child = 0; child < 6; child++) {
      const ref: ActorRef = await top.ask("spawn", { on: 1 + (child % 2), name: `c${child}` });
      await ref.ask("get");
    }
    const path = `/user/${name}`;
    const all = await system().inspect({ path });
    expect(names(all?.root as InspectedActor)).toEqual({
      [name]: ["c0", "c1", "c2", "c3", "c4", "c5"].map((child) => ({ [child]: [] })),
    });
    expect(await system().inspect({ path, depth: 0 })).toMatchObject({
      actors: 1,
      cut: true,
      root: { more: 6, children: [] },
    });
    const some = await system().inspect({ path, limit: 4 });
    expect(some).toMatchObject({ actors: 4, cut: true, root: { more: 3 } });
    expect(await system().inspect({ path: "/user/nobody" })).toBeUndefined();
    const root = await system().inspect({ depth: 1 });
    expect(root?.root.children.map((child) => child.path)).toContain(path);
    await expect(system().inspect({ limit: 0 })).rejects.toMatchObject({ code: "OPTIONS" });
  });

  describeEverywhere((on) => {
    it("tells of each message a traced actor handles, over restarts, until the trace ends", async () => {
      const name = `traced ${label} ${on}`;
      const path = `/user/${name}`;
      const counter = system().spawn(Counter, { on, name });
      const other = system().spawn(Echo, { on: 1 });
      const entries: TraceEntry[] = [];
      let heard = (): void => undefined;
      const stop = await system().trace(path, (entry) => {
        entries.push(entry);
        heard();
      });
      const reach = (count: number) =>
        new Promise<void>((resolve) => {
          heard = () => entries.length >= count && resolve();
          heard();
        });
      await counter.ask("slow", 2);
      await expect(counter.ask("fail", "traced")).rejects.toThrow("traced");
      await other.ask("tellOther", { other: counter, method: "add", payload: 2 });
      // What two threads send to a third comes in any order.
      await reach(3);
      expect(await counter.ask("get")).toBe(2);
      await reach(4);
      expect(entries.map(({ method, outcome }) => [method, outcome])).toEqual([
        ["slow", "returned"],
        ["fail", "failed"],
        ["add", "returned"],
        ["get", "returned"],
      ]);
      expect(entries.every((entry) => entry.path === path)).toBe(true);
      expect(entries[0]?.tookMs).toBeGreaterThanOrEqual(1);
      expect(entries[1]?.error).toMatchObject({ message: "traced" });
      expect(entries[2]?.from).toContain(on === 1 ? other.toString().split(" ").at(-1) : other.id);
      await stop();
      await counter.ask("get");
      expect(entries).toHaveLength(4);
    });

    it("sends a dead letter once more to whom it was for, and counts how often when it dies again", async () => {
      const name = `replayed ${label} ${on}`;
      const receiver = `/user/${name}`;
      const counter = system().spawn(Counter, { on, name });
      await expect(counter.ask("fail", "bad")).rejects.toThrow("bad");
      await counter.ask("get");
      const [letter] = (await system().deadLetters()).filter((one) => one.receiver === receiver);
      expect(letter).toMatchObject({ method: "fail", reason: "fault", replays: 0 });
      const id = letter?.id as string;
      const spare = system().spawn(Echo, { on: 2 });
      expect(await system().replayDeadLetters(id)).toEqual([{ id, outcome: "sent" }]);
      await gone(system(), counter);
      const [again, ...rest] = (await system().deadLetters()).filter((one) => one.receiver === receiver);
      expect(rest).toEqual([]);
      expect(again).toMatchObject({ method: "fail", reason: "fault", replays: 1 });
      expect(again?.id).not.toBe(id);
      expect(await system().replayDeadLetters(id)).toEqual([{ id, outcome: "not-kept" }]);
      expect(await system().replayDeadLetters({ receiver })).toEqual([
        { id: again?.id, outcome: "no-receiver" },
      ]);
      expect((await system().replayDeadLetters({ receiver }, spare))[0]?.outcome).toBe("sent");
    });
  });

  it("sends a dead letter to another actor, with the payload that its thread kept", async () => {
    const [lost, heir] = [1, 2].map((on) => system().spawn(Echo, { on })) as [ActorRef, ActorRef];
    await heir.ask("size");
    const onward = system().spawn(Echo, { on: 1 });
    const end = gone(system(), lost);
    system().stop(lost);
    await end;
    const payload = { letter: label };
    await onward.ask("tellOther", { other: lost, method: "hear", payload });
    const outcomes = await system().replayDeadLetters({ receiver: lost.id, method: "hear" }, heir);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["sent"]);
    expect(await heir.ask("heard")).toEqual([payload]);
    await expect(system().replayDeadLetters({ reciever: "x" } as never)).rejects.toMatchObject({
      code: "OPTIONS",
    });
  });
});
