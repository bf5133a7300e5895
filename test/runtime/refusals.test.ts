// What is refused says what was given, what was expected and what to do.

import { describe, expect, it } from "vitest";
import { createSystem, DefinitionError, defineActor } from "../../src/index.js";
import { Counter } from "../fixtures/counter.js";
import { Only, Second, secondJob } from "../fixtures/twins.js";

/** Its module is a test: a worker thread cannot import it. */
const Unloadable = defineActor({
  module: import.meta.url,
  name: "Unloadable",
  state: () => undefined,
  on: { answer: () => "here" },
});

export { Unloadable };

describe("a refusal", () => {
  it("of an option with a typing error names it and those there are", async () => {
    const options = { threads: 0, thraeds: 2 } as { threads: number };
    await expect(createSystem(options)).rejects.toThrow(/knows no thraeds; it takes threads, /);
  });

  it("of an option out of range names it, what was given and what fits", async () => {
    for (const [wrong, says] of [
      [{ threads: 127 }, "threads: 127; give a whole number from 0 to 126, or their names"],
      [{ threads: 1.5 }, "threads: 1.5"],
      [{ threads: ["io", "io"] }, 'a thread is called "io" already'],
      [{ threads: ["io", ""] }, 'a thread\'s name: ""'],
      [{ rings: { dataBytes: 5_000 } }, "rings.dataBytes: 5000; give a power of two from 4096 to 1073741824"],
      [{ rings: { data: 4_096 } }, "rings knows no data; it takes controlBytes, dataBytes"],
      [{ spinMicros: -1 }, "spinMicros: -1; give a number from 0 to 1000000"],
      [{ batch: { sliceMs: 0 } }, "batch.sliceMs: 0; give a number from 0.1 to 1000"],
      [{ batch: { records: Number.NaN } }, "batch.records: NaN"],
      [{ stallMs: 1 }, "stallMs: 1; give a number from 10"],
      [{ jobThreads: 0 }, "jobThreads: 0"],
      [{ development: "yes" }, "development: yes; give true or false"],
      [{ log: 5 }, "log: 5; give an object with a method `log(level, message, fields)`"],
      [{ resourceLimits: 512 }, "resourceLimits: 512; give an object"],
      [null, "createSystem: null; give an object of options, or nothing"],
    ] as const) {
      await expect(createSystem(wrong as never)).rejects.toThrow(says);
    }
  });

  it("of a method that is no name comes to the sender, on its own thread and from another one", async () => {
    const system = await createSystem({ threads: 1 });
    for (const on of [0, 1]) {
      const counter = system.spawn(Counter, { on, args: { start: 3 } });
      for (const wrong of [undefined, null, 5, {}, " stop", " terminated"] as never[]) {
        const given = typeof wrong === "string" ? `"${wrong}"` : String(wrong);
        const says = `method ${given}: give the name of a method`;
        expect(() => counter.tell(wrong)).toThrow(says);
        expect(() => counter.stream(wrong)).toThrow(says);
        await expect(counter.ask(wrong)).rejects.toThrow(says);
      }
      expect(await counter.ask("get")).toBe(3);
    }
    await system.shutdown();
  });

  it("of an ask with an option it does not know names it", async () => {
    const system = await createSystem({ threads: 0 });
    const counter = system.spawn(Counter, { args: { start: 3 } });
    const wrong = { timeout: 5 } as object;
    await expect(counter.ask("get", undefined, wrong)).rejects.toThrow(
      "ask knows no timeout; it takes timeoutMs",
    );
    expect(() => counter.stream("get" as never, undefined, wrong)).toThrow(
      "stream knows no timeout; it takes timeoutMs",
    );
    await system.shutdown();
  });

  it("of a definition with a typing error names it and what there is", () => {
    const base = { name: "X", state: () => undefined, on: {} };
    for (const [wrong, says] of [
      [{ mailbox: { kind: "prio" } }, 'mailbox kind "prio"; choose fifo, priority'],
      [{ mailbox: { knid: "priority" } }, "mailbox knows no knid"],
      [{ mailbox: { kind: "conflating" } }, "needs the function `key(method, payload)`"],
      [{ mailbox: { overflow: "x" } }, 'overflow "x"; choose reject'],
      [{ supervison: {} }, "defineActor knows no supervison"],
      [{ supervision: { maxRestarts: 5 } }, "supervision knows no maxRestarts; it takes strategy, intensity"],
    ] as const) {
      expect(() => defineActor({ ...base, ...wrong } as typeof base)).toThrow(says);
    }
  });

  it("of a spawn with options that cannot be meant says what was given and what is expected", async () => {
    const system = await createSystem({ threads: 1 });
    for (const [wrong, says] of [
      [
        { nmae: "x" },
        "Counter: spawn knows no nmae; it takes name, args, on, restart, significant, shutdownMs",
      ],
      [{ name: 5 }, "Counter: spawn was given name 5; give a text without a slash"],
      [{ restart: "always" }, 'given restart "always"; give "permanent", "transient" or "temporary"'],
      [{ significant: 1 }, "given significant 1; give true or false"],
      [{ shutdownMs: Number.NaN }, "given shutdownMs NaN; give milliseconds from 0 to 2147483647"],
      [{ shutdownMs: -1 }, "given shutdownMs -1; give milliseconds"],
      [
        { shutdownMs: Number.POSITIVE_INFINITY },
        'given shutdownMs Infinity; give milliseconds from 0 to 2147483647, "brutal"',
      ],
      [{ shutdownMs: "5 s" }, 'given shutdownMs "5 s"; give'],
      [{ on: "thread 1" }, 'given on "thread 1"; give "any", "this", the number of a thread, {thread'],
      [{ on: { kye: "a" } }, "given on an object with kye; give"],
      [{ on: null }, "given on null; give"],
    ] as const) {
      const spawn = () => system.spawn(Counter, wrong as object);
      expect(spawn).toThrow(says);
      expect(spawn).toThrow(DefinitionError);
    }
    expect(() => system.spawn(undefined as never, {} as never)).toThrow(
      "spawn was given undefined; give it what defineActor made",
    );
    const fine = { name: "fine", on: { key: "k" }, restart: "transient", shutdownMs: "unlimited" } as const;
    expect(await system.spawn(Counter, { ...fine, args: { start: 3 } }).ask("get")).toBe(3);
    expect(await system.spawn(Counter, { name: undefined, shutdownMs: 0 } as object).ask("get")).toBe(0);
    await system.shutdown();
  });

  it("of an ask to an actor that has just gone names its path, also from another thread", async () => {
    const system = await createSystem({ threads: 1 });
    for (const on of ["this", 1] as const) {
      const counter = system.spawn(Counter, { name: `gone-${on}`, on });
      await counter.ask("get");
      system.stop(counter);
      // The stop overtakes the ask, which left before anybody here could know that it would find nobody.
      await expect(counter.ask("get")).rejects.toMatchObject({
        code: "NO_ACTOR",
        message: `/user/gone-${on} is gone: look up or spawn a new one to ask "get"`,
      });
      expect(counter.tell("add", 1)).toBe("dead");
      const letter = { receiver: `/user/gone-${on}`, method: "add" };
      expect(await system.deadLetters()).toContainEqual(expect.objectContaining(letter));
    }
    await system.shutdown();
  });

  it("of an actor whose module a thread cannot import ends it, and its asks, after its restarts", async () => {
    const system = await createSystem({ threads: 1, log: { log: () => undefined } });
    const ref = system.spawn(Unloadable, { on: 1 });
    await expect(ref.ask("answer")).rejects.toMatchObject({ code: "ACTOR_STOPPED" });
    await system.shutdown();
  });

  it("of two definitions of one name in a module names both exports; one that is exported twice is one", async () => {
    const lines: string[] = [];
    const log = (_level: unknown, _message: string, { error }: { error?: unknown } = {}) =>
      void lines.push(String(error));
    const system = await createSystem({ threads: 1, log: { log } });
    await expect(system.spawn(Second, { on: 1 }).ask("who")).rejects.toMatchObject({ code: "ACTOR_STOPPED" });
    expect(lines.join()).toContain(
      'exports two actors named "Twin", First and Second: give each a name of its own',
    );
    await expect(system.offload(secondJob, undefined)).rejects.toThrow(
      'exports two jobs named "twin", firstJob and secondJob',
    );
    expect(await system.spawn(Only, { on: 1 }).ask("who")).toBe("only");
    await system.shutdown();
  });

  for (const on of ["this", 1] as const) {
    it(`of an ask whose limit is no time says so, and any other limit settles (${on})`, async () => {
      const system = await createSystem({ threads: 1 });
      const counter = system.spawn(Counter, { on, args: { start: 7 } });
      for (const timeoutMs of [Number.NaN, -1, "5" as unknown as number]) {
        const refused = counter.ask("get", undefined, { timeoutMs });
        await expect(refused).rejects.toThrow("give milliseconds from 0 up, or 0 for no limit");
      }
      for (const timeoutMs of [
        0,
        1_000,
        2 ** 31 - 1,
        2 ** 31,
        2 ** 32 - 1,
        2 ** 40,
        Number.POSITIVE_INFINITY,
      ]) {
        expect(await counter.ask("get", undefined, { timeoutMs })).toBe(7);
      }
      await system.shutdown();
    });

    it(`of an ask without an answer names the actor, the method and the limit (${on})`, async () => {
      const system = await createSystem({ threads: 1 });
      const counter = system.spawn(Counter, { name: "silent", on });
      await counter.ask("get");
      await expect(counter.ask("slow", 60_000, { timeoutMs: 30 })).rejects.toThrow(
        'no answer from /user/silent to "slow" within 30 ms: raise `timeoutMs`',
      );
      await system.shutdown();
    });
  }
});
