// What several threads do together: refs, births, families, loss.

import { expect, it } from "vitest";
import { type ActorRef, NoActor, type Placement } from "../../src/index.js";
import { addUp, Counter, Echo, Parent } from "../fixtures/counter.js";
import { describeSystems } from "./everywhere.js";

describeSystems((system, label) => {
  it("revives refs in payloads on every thread, and says who sent", async () => {
    const [here, one, two] = (["this", 1, 2] as const).map((on) => system().spawn(Echo, { on })) as [
      ActorRef,
      ActorRef,
      ActorRef,
    ];
    const payload = { deep: [1, { x: "y" }] };
    expect(await one.ask("askOther", { other: two, method: "echo", payload })).toEqual(payload);
    const sender: ActorRef = await one.ask("askOther", { other: two, method: "whoSent" });
    expect(sender.equals(one)).toBe(true);
    const back: ActorRef = await two.ask("echo", here);
    expect(back.equals(here)).toBe(true);
    expect(await one.ask("askOther", { other: here, method: "echo", payload: 5 })).toBe(5);
  });

  it("loses no message that reaches an actor's thread before its birth does", async () => {
    const one = system().spawn(Echo, { on: 1 });
    await one.ask("size");
    const counters = Array.from({ length: 200 }, () => system().spawn(Counter, { on: 2 }));
    const answers = await Promise.all(counters.map((other) => one.ask("askOther", { other, method: "get" })));
    expect(answers).toEqual(counters.map(() => 0));
    for (const counter of counters) system().stop(counter);
  });

  it("keeps late messages from a newcomer in the place of an actor that is gone", async () => {
    const places = new Map<number, ActorRef>();
    let newcomer: ActorRef | undefined;
    let predecessor: ActorRef | undefined;
    while (newcomer === undefined) {
      const actor = system().spawn(Counter, { on: 1 });
      predecessor = places.get(actor.address);
      if (predecessor !== undefined) newcomer = actor;
      places.set(actor.address, actor);
      if (newcomer !== undefined) break;
      await new Promise<void>((resolve) => {
        system().watch(actor, () => resolve());
        system().stop(actor);
      });
    }
    expect(predecessor?.equals(newcomer)).toBe(false);
    expect(await newcomer.ask("get")).toBe(0);
    expect(predecessor?.tell("add", 1)).toBe("dead");
    await expect(predecessor?.ask("get")).rejects.toMatchObject({ code: "NO_ACTOR" });
    expect(await newcomer.ask("get")).toBe(0);
  });

  it("keeps an error's code and class over any number of threads", async () => {
    const [one, two, gone] = [1, 2, 1].map((on) => system().spawn(Echo, { on })) as [
      ActorRef,
      ActorRef,
      ActorRef,
    ];
    await new Promise<void>((resolve) => {
      system().watch(gone, () => resolve());
      system().stop(gone);
    });
    const payload = { other: gone, method: "echo" };
    const asked = one.ask("askOther", { other: two, method: "askOther", payload });
    await expect(asked).rejects.toBeInstanceOf(NoActor);
    await expect(asked).rejects.toMatchObject({ code: "NO_ACTOR", name: "NoActor" });
  });

  it("places actors on the least loaded thread, on one by number, on the caller's, or by a key", async () => {
    const threadOf = (ref: ActorRef) => Number(ref.id.split("/")[0]);
    const where = (on: Placement) => threadOf(system().spawn(Echo, { on }));
    expect(where("this")).toBe(0);
    expect([where(1), where(2)]).toEqual([1, 2]);
    expect(new Set(Array.from({ length: 100 }, () => where("any")))).toEqual(new Set([1, 2]));
    for (const key of ["a", "b", "c", "d"]) {
      const thread = where({ key });
      expect([1, 2]).toContain(thread);
      expect(where({ key })).toBe(thread);
    }
    expect(() => where(3)).toThrow(expect.objectContaining({ code: "NO_SUCH_THREAD" }));
  });

  it("lets a parent supervise children on other threads by the same rules", async () => {
    const parent = system().spawn(Parent, { on: 1 });
    const child: ActorRef = await parent.ask("spawn", { on: 2, name: "c", start: 3 });
    expect(await child.ask("get")).toBe(3);
    for (let i = 0; i < 3; i++) await expect(child.ask("fail", "again")).rejects.toThrow("again");
    expect(await child.ask("get")).toBe(3);
    expect(await parent.ask("ended")).toEqual([]);
    await parent.ask("stopChild", child);
    await new Promise<void>((resolve) => void system().watch(child, () => resolve()));
    expect(await parent.ask("ended")).toEqual(["stopped"]);
  });

  it("stops children everywhere with their parent", async () => {
    const parent = system().spawn(Parent, { on: 1 });
    const children = await Promise.all([1, 2, "this"].map((on) => parent.ask("spawn", { on: on as 1 })));
    const ended = children.map(
      (child) => new Promise((resolve) => void system().watch(child, (reason) => resolve(reason.code))),
    );
    // An answer shows that the watch, sent before it, has arrived.
    await Promise.all(children.map((child: ActorRef) => child.ask("get")));
    system().stop(parent);
    expect(await Promise.all(ended)).toEqual(["parent-stopped", "parent-stopped", "parent-stopped"]);
  });

  it("runs a CPU job on the pool", async () => {
    expect(await system().offload(addUp, 1_000)).toBe(500_500);
  });

  it("finds actors by path wherever they live", async () => {
    const name = `find ${label}`;
    const parent = system().spawn(Parent, { on: 1, name });
    const child: ActorRef = await parent.ask("spawn", { on: 2, name: "nested" });
    const found = await system().find(`/user/${name}/nested`);
    expect(found?.ref.equals(child)).toBe(true);
    expect(found?.remote).toEqual(["get", "add"]);
    expect(await system().find("/user/nobody")).toBeUndefined();
    expect(await system().find("user")).toBeUndefined();
  });

  it("replaces a lost thread, brings permanent actors back under the same ref, fails what was open", async () => {
    const counter = system().spawn(Counter, { on: 1, args: { start: 9 } });
    const temporary = system().spawn(Counter, { on: 1, restart: "temporary" });
    await Promise.all([counter.ask("get"), temporary.ask("get")]);
    const ended = new Promise((resolve) => void system().watch(temporary, (reason) => resolve(reason.code)));
    const open = counter.ask("slow", 60_000, { timeoutMs: 0 });
    temporary.tell("exit");
    await expect(open).rejects.toMatchObject({ code: "THREAD_LOST" });
    expect(await counter.ask("get")).toBe(9);
    expect(await ended).toBe("thread-lost");
  });

  it("replaces a thread on request and says so", async () => {
    const facts: string[] = [];
    const unsubscribe = system().events.subscribe((event) => void facts.push(event.type));
    await system().restartThread(2);
    unsubscribe();
    expect(facts).toContain("thread-lost");
    expect(facts).toContain("thread-replaced");
    expect(system().threads()[1]).toMatchObject({ thread: 2, epoch: 2, state: "running", restarts: 1 });
    expect(await system().spawn(Echo, { on: 2 }).ask("echo", 1)).toBe(1);
  });
});
