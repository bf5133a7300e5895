// Every ask settles, wherever the actor lives.

import { expect, it } from "vitest";
import { Counter } from "../fixtures/counter.js";
import { describeEverywhere, describeSystems } from "./everywhere.js";

describeSystems((system) => {
  describeEverywhere((on) => {
    it("answers with what the handler returns", async () => {
      const counter = system().spawn(Counter, { on, args: { start: 5 } });
      expect(counter.tell("add", 2)).toBe("sent");
      expect(await counter.ask("get")).toBe(7);
    });

    it("fails with the handler's error, thrown or rejected", async () => {
      const counter = system().spawn(Counter, { on });
      await expect(counter.ask("fail", "broken")).rejects.toThrow("broken");
      await expect(system().spawn(Counter, { on }).ask("failLater", "later")).rejects.toThrow("later");
    });

    it("fails at its deadline, and the handler's signal fires", async () => {
      const counter = system().spawn(Counter, { on });
      const asked = counter.ask("untilCancelled", undefined, { timeoutMs: 50 });
      await expect(asked).rejects.toMatchObject({ code: "TIMEOUT" });
      expect(await counter.ask("get")).toBe(0);
    });

    it("fails when its asker cancels, and the handler's signal fires", async () => {
      const counter = system().spawn(Counter, { on });
      const controller = new AbortController();
      const asked = counter.ask("untilCancelled", undefined, { signal: controller.signal });
      controller.abort();
      await expect(asked).rejects.toMatchObject({ code: "CANCELLED" });
      expect(await counter.ask("get")).toBe(0);
    });

    it("fails at once when it was cancelled before it was sent", async () => {
      const counter = system().spawn(Counter, { on });
      const signal = AbortSignal.abort();
      await expect(counter.ask("get", undefined, { signal })).rejects.toMatchObject({ code: "CANCELLED" });
    });

    it("fails when the actor stops in the middle of the turn, or before it got to it", async () => {
      const counter = system().spawn(Counter, { on });
      const underWay = counter.ask("slow", 60_000, { timeoutMs: 0 });
      const waiting = counter.ask("get", undefined, { timeoutMs: 0 });
      await system().spawn(Counter, { on }).ask("get");
      system().stop(counter);
      await expect(underWay).rejects.toMatchObject({ code: "ACTOR_STOPPED" });
      await expect(waiting).rejects.toMatchObject({ code: "ACTOR_STOPPED" });
    });

    it("fails for a method the actor does not have, inherited names included", async () => {
      const counter = system().spawn(Counter, { on });
      for (const name of ["nothing", "constructor", "__proto__", "toString"]) {
        await expect(counter.ask(name as "get")).rejects.toMatchObject({ code: "NO_METHOD" });
      }
    });

    it("fails at the sender when the payload cannot travel", async () => {
      const counter = system().spawn(Counter, { on });
      const asked = counter.ask("add", (() => 1) as never);
      if (on === "this") await expect(asked).resolves.toBeUndefined();
      else await expect(asked).rejects.toMatchObject({ code: "ENCODE" });
    });
  });
});
