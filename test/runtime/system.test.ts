// What a user of the library is promised, on real threads.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ActorSystem, createSystem } from "../../src/index.js";
import { addUp, Counter, Echo, Parent } from "../fixtures/counter.js";

for (const nativeDisabled of [false, true]) {
  describe(nativeDisabled ? "a system without the addon" : "a system", () => {
    let system: ActorSystem;
    beforeAll(async () => {
      system = await createSystem({ threads: 2, nativeDisabled });
    });
    afterAll(() => system.shutdown());

    for (const on of ["this", 1, 2] as const) {
      describe(`an actor on ${on === "this" ? "the same thread" : `thread ${on}`}`, () => {
        it("answers an ask with what its handler returns", async () => {
          const counter = system.spawn(Counter, { on, args: { start: 5 } });
          expect(counter.tell("add", 2)).toBe("sent");
          expect(await counter.ask("get")).toBe(7);
        });

        it("fails an ask with the handler's error, its code and its message", async () => {
          const counter = system.spawn(Counter, { on });
          await expect(counter.ask("fail", "broken")).rejects.toThrow("broken");
          await expect(system.spawn(Counter, { on }).ask("failLater", "later")).rejects.toThrow("later");
        });

        it("keeps its ref over a restart and forgets its state", async () => {
          const counter = system.spawn(Counter, { on, args: { start: 1 } });
          counter.tell("add", 41);
          await expect(counter.ask("fail", "now")).rejects.toThrow("now");
          expect(await counter.ask("get")).toBe(1);
        });

        it("fails an ask that nobody answers in time, and tells the handler", async () => {
          const counter = system.spawn(Counter, { on });
          await expect(counter.ask("untilCancelled", undefined, { timeoutMs: 50 })).rejects.toMatchObject({
            code: "TIMEOUT",
          });
          expect(await counter.ask("get")).toBe(0);
        });

        it("fails an ask that its asker cancels", async () => {
          const counter = system.spawn(Counter, { on });
          const controller = new AbortController();
          const asked = counter.ask("untilCancelled", undefined, { signal: controller.signal });
          controller.abort();
          await expect(asked).rejects.toMatchObject({ code: "CANCELLED" });
          expect(await counter.ask("get")).toBe(0);
        });

        it("says exactly once that it is gone", async () => {
          const counter = system.spawn(Counter, { on });
          await counter.ask("get");
          const ended: string[] = [];
          await new Promise<void>((resolve) => {
            system.watch(counter, (reason) => {
              ended.push(reason.code);
              resolve();
            });
            system.stop(counter);
          });
          await new Promise<void>((resolve) => void system.watch(counter, () => resolve()));
          expect(ended).toEqual(["stopped"]);
          await expect(counter.ask("get")).rejects.toMatchObject({ code: "NO_ACTOR" });
          expect(counter.tell("add", 1)).toBe("dead");
        });

        it("has no method it was not defined with", async () => {
          const counter = system.spawn(Counter, { on });
          await expect(counter.ask("nothing" as "get")).rejects.toMatchObject({ code: "NO_METHOD" });
          await expect(counter.ask("constructor" as "get")).rejects.toMatchObject({ code: "NO_METHOD" });
        });

        it("keeps the order of a sender's messages", async () => {
          const echo = system.spawn(Echo, { on });
          for (let i = 0; i < 20_000; i++)
            while (echo.tell("hear", i) !== "sent") await new Promise(setImmediate);
          const heard = (await echo.ask("heard")) as number[];
          expect(heard).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
        });
      });
    }

    it("revives refs in payloads on every thread, and says who sent", async () => {
      const [here, one, two] = [
        system.spawn(Echo, { on: "this" }),
        system.spawn(Echo, { on: 1 }),
        system.spawn(Echo, { on: 2 }),
      ];
      expect(
        await one.ask("askOther", { other: two, method: "echo", payload: { deep: [1, { x: "y" }] } }),
      ).toEqual({
        deep: [1, { x: "y" }],
      });
      const sender = await one.ask("askOther", { other: two, method: "whoSent" });
      expect((sender as typeof one).equals(one)).toBe(true);
      const back = await two.ask("echo", here);
      expect((back as typeof here).equals(here)).toBe(true);
    });

    it("loses no message that reaches an actor's thread before its birth does", async () => {
      const one = system.spawn(Echo, { on: 1 });
      await one.ask("size");
      const counters = Array.from({ length: 200 }, () => system.spawn(Counter, { on: 2 }));
      const answers = await Promise.all(
        counters.map((other) => one.ask("askOther", { other, method: "get" })),
      );
      expect(answers).toEqual(counters.map(() => 0));
    });

    it("lets a parent supervise children on other threads by the same rules", async () => {
      const parent = system.spawn(Parent, { on: 1 });
      const child = (await parent.ask("spawn", { on: 2, name: "c", start: 3 })) as unknown as ReturnType<
        typeof system.spawn<typeof Counter>
      >;
      expect(await child.ask("get")).toBe(3);
      for (let i = 0; i < 3; i++) await expect(child.ask("fail", "again")).rejects.toThrow("again");
      expect(await child.ask("get")).toBe(3);
      expect(await parent.ask("ended")).toEqual([]);
      await parent.ask("stopChild", child);
      await new Promise<void>((resolve) => void system.watch(child, () => resolve()));
      expect(await parent.ask("ended")).toEqual(["stopped"]);
    });

    it("runs a CPU job on the pool, from any thread", async () => {
      expect(await system.offload(addUp, 1_000)).toBe(500_500);
    });

    it("finds actors by path wherever they live", async () => {
      const parent = system.spawn(Parent, { on: 1, name: `find-${nativeDisabled}` });
      const child = await parent.ask("spawn", { on: 2, name: "nested" });
      const found = await system.find(`/user/find-${nativeDisabled}/nested`);
      expect(found?.ref.equals(child as never)).toBe(true);
      expect(found?.remote).toEqual(["get", "add"]);
      expect(await system.find("/user/nobody")).toBeUndefined();
    });

    it("replaces a lost thread, brings permanent actors back under the same ref, and fails what was open", async () => {
      const counter = system.spawn(Counter, { on: 1, args: { start: 9 } });
      const temporary = system.spawn(Counter, { on: 1, restart: "temporary" });
      await counter.ask("get");
      await temporary.ask("get");
      const ended = new Promise<string>(
        (resolve) => void system.watch(temporary, (reason) => resolve(reason.code)),
      );
      const open = counter.ask("slow", 60_000, { timeoutMs: 0 });
      temporary.tell("exit");
      await expect(open).rejects.toMatchObject({ code: "THREAD_LOST" });
      expect(await counter.ask("get")).toBe(9);
      expect(await ended).toBe("thread-lost");
    });
  });
}
