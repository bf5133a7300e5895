// Lives: refs over restarts, stops that are heard of once, orders that are kept.

import { expect, it } from "vitest";
import { Counter, Echo } from "../fixtures/counter.js";
import { describeEverywhere, describeSystems } from "./everywhere.js";

describeSystems((system, label) => {
  describeEverywhere((on) => {
    it("keeps its ref over a restart and starts with fresh state", async () => {
      const counter = system().spawn(Counter, { on, args: { start: 1 } });
      counter.tell("add", 41);
      await expect(counter.ask("fail", "now")).rejects.toThrow("now");
      expect(await counter.ask("get")).toBe(1);
    });

    it("keeps the messages that wait behind the one that failed", async () => {
      const counter = system().spawn(Counter, { on, args: { start: 1 } });
      const failed = counter.ask("fail", "first");
      counter.tell("add", 1);
      const later = counter.ask("get");
      await expect(failed).rejects.toThrow("first");
      expect(await later).toBe(2);
    });

    it("leaves the message that made it fail among the dead letters, and only that one", async () => {
      const name = `letters ${label} ${on}`;
      const counter = system().spawn(Counter, { on, name });
      counter.tell("add", 1);
      await expect(counter.ask("fail", "now")).rejects.toThrow("now");
      expect(await counter.ask("get")).toBe(0);
      const own = (await system().deadLetters()).filter(({ receiver }) => receiver === `/user/${name}`);
      expect(own.map(({ method, reason }) => [method, reason])).toEqual([["fail", "fault"]]);
    });

    it("is restarted once in five seconds and then stopped, as its supervisor's intensity says", async () => {
      const counter = system().spawn(Counter, { on });
      const ended = new Promise((resolve) => void system().watch(counter, (reason) => resolve(reason.code)));
      await expect(counter.ask("fail", "1")).rejects.toThrow("1");
      await expect(counter.ask("fail", "2")).rejects.toThrow("2");
      expect(await ended).toBe("fault");
    });

    it("says exactly once that it is gone, also to those who ask later", async () => {
      const counter = system().spawn(Counter, { on });
      await counter.ask("get");
      const ended: string[] = [];
      await new Promise<void>((resolve) => {
        system().watch(counter, (reason) => {
          ended.push(reason.code);
          resolve();
        });
        system().stop(counter);
      });
      const late = await new Promise(
        (resolve) => void system().watch(counter, (reason) => resolve(reason.code)),
      );
      expect(ended).toEqual(["stopped"]);
      expect(late).toBe("no-actor");
      await expect(counter.ask("get")).rejects.toMatchObject({ code: "NO_ACTOR" });
      expect(counter.tell("add", 1)).toBe("dead");
    });

    it("leaves its name to the next one as soon as anybody hears that it is gone", async () => {
      const name = `heir ${label} ${on}`;
      let holder = system().spawn(Counter, { on, name });
      for (let heirs = 0; heirs < 20; heirs++) {
        await holder.ask("add", 1);
        const gone = holder;
        holder = await new Promise((resolve) => {
          system().watch(gone, () => resolve(system().spawn(Counter, { on, name })));
          system().stop(gone);
        });
        expect(await holder.ask("get")).toBe(0);
        expect((await system().find(`/user/${name}`))?.ref.equals(holder)).toBe(true);
      }
      expect(() => system().spawn(Counter, { on, name })).toThrow(/has a child/);
      system().stop(holder);
    });

    it("tells nobody who has unwatched", async () => {
      const counter = system().spawn(Counter, { on });
      const ended: string[] = [];
      const unwatch = system().watch(counter, () => ended.push("unwatched"));
      unwatch();
      await new Promise<void>((resolve) => {
        system().watch(counter, () => resolve());
        system().stop(counter);
      });
      expect(ended).toEqual([]);
    });

    it("fails with a code wherever it is, also when what it threw has none", async () => {
      const counter = system().spawn(Counter, { on, restart: "transient" });
      const failed = counter.ask("fail", "on purpose");
      await expect(failed).rejects.toMatchObject({ code: "ERROR", name: "TypeError", message: "on purpose" });
    });

    it("restarts when that is asked for, which counts, and is alive until its supervisor gives up", async () => {
      const counter = system().spawn(Counter, { on, args: { start: 4 } });
      expect(system().isAlive(counter)).toBe(true);
      const ended = new Promise((resolve) => void system().watch(counter, resolve));
      counter.tell("add", 1);
      expect(await counter.ask("get")).toBe(5);
      system().restart(counter);
      expect(await counter.ask("get")).toBe(4);
      expect(system().isAlive(counter)).toBe(true);
      system().restart(counter);
      expect(await ended).toMatchObject({
        code: "fault",
        error: { code: "INTENSITY_EXCEEDED", cause: { code: "RESTART_REQUESTED" } },
      });
      while (system().isAlive(counter)) await new Promise(setImmediate);
      system().restart(counter);
      expect(counter.tell("add", 1)).toBe("dead");
    });

    it("restarts when that is asked for in the middle of a turn, whose ask fails", async () => {
      const counter = system().spawn(Counter, { on });
      const asked = counter.ask("untilCancelled");
      const doing = async () => (await system().inspect({ path: counter.label }))?.root.current;
      while ((await doing()) === undefined) await new Promise(setImmediate);
      system().restart(counter);
      await expect(asked).rejects.toMatchObject({ code: "ACTOR_STOPPED" });
      expect(await counter.ask("get")).toBe(0);
    });

    it("restarts when a permanent one stops itself, and ends when a transient one does", async () => {
      const permanent = system().spawn(Counter, { on, args: { start: 4 } });
      permanent.tell("add", 1);
      permanent.tell("stop");
      expect(await permanent.ask("get")).toBe(4);
      const transient = system().spawn(Counter, { on, restart: "transient" });
      const ended = new Promise(
        (resolve) => void system().watch(transient, (reason) => resolve(reason.code)),
      );
      transient.tell("stop");
      expect(await ended).toBe("normal");
    });

    it("keeps the order of a sender's messages", async () => {
      const echo = system().spawn(Echo, { on });
      for (let i = 0; i < 20_000; i++)
        while (echo.tell("hear", i) !== "sent") await new Promise(setImmediate);
      expect(await echo.ask("heard")).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
    });

    it("answers full when its mailbox is, and takes more once it has room", async () => {
      const counter = system().spawn(Counter, { on });
      const hold = new AbortController();
      const busy = counter.ask("untilCancelled", undefined, { signal: hold.signal, timeoutMs: 0 });
      busy.catch(() => undefined);
      let sent = 0;
      while (counter.tell("add", 1) === "sent") {
        if (++sent % 100 === 0) await new Promise(setImmediate);
      }
      expect(sent).toBeGreaterThanOrEqual(4_096);
      hold.abort();
      await expect(busy).rejects.toMatchObject({ code: "CANCELLED" });
      let got = 0;
      while (got < sent) {
        got = await counter.ask("get").catch(() => 0);
        await new Promise(setImmediate);
      }
      expect(got).toBe(sent);
    });
  });
});
