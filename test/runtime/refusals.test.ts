// What is refused says what was given, what was expected and what to do.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type CodedError, createSystem, DefinitionError, defineActor, routerOf } from "../../src/index.js";
import { Counter } from "../fixtures/counter.js";
import { Only, Second, secondJob } from "../fixtures/twins.js";

/** Its module is a test: a worker thread cannot import it. */
const Unloadable = defineActor({
  module: import.meta.url,
  name: "Unloadable",
  state: () => undefined,
  on: { answer: () => "here" },
});

/** Does to itself whatever it is told, and says what came of it. */
const Loose = defineActor({
  name: "Loose",
  state: () => undefined,
  on: {
    who: () => "itself",
    tryOn(ctx, { what, given }: { what: "watch" | "link" | "stop" | "restart" | "become"; given: never }) {
      try {
        return ctx[what](given);
      } catch (error) {
        const { code, message } = error as CodedError;
        return { code, message };
      }
    },
  },
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
      [{ threads: null }, "threads: null; give a whole number from 0 to 126, or their names"],
      [{ threads: {} }, "threads: an object with nothing; give a whole number"],
      [{ batch: null }, "batch: null; give an object; it takes sliceMs, records"],
      [{ rings: 5 }, "rings: 5; give an object; it takes controlBytes, dataBytes"],
    ] as const) {
      await expect(createSystem(wrong as never)).rejects.toThrow(says);
    }
  });

  it("of a system within a worker thread is why an actor of the main file cannot live there", async () => {
    const program = fileURLToPath(new URL("../fixtures/single-file.js", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 20_000 });
    const { answer, ended } = JSON.parse(stdout) as { answer: string; ended: string };
    expect(answer).toBe("ACTOR_STOPPED");
    expect(ended).toContain("createSystem ran in a worker thread of a system");
    expect(ended).toContain("put actors and jobs into modules of their own");
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
    for (const [given, says] of [
      [null, "was given null as options; give an object of options, or nothing; it takes timeoutMs, signal"],
      [5, "was given 5 as options"],
      [{ signal: {} }, "signal: an object with nothing; give the signal of an AbortController"],
      [{ signal: null }, "signal: null; give the signal"],
    ] as [never, string][]) {
      const refusal = { code: "OPTIONS", message: expect.stringContaining(says) };
      await expect(counter.ask("get", undefined, given)).rejects.toMatchObject(refusal);
      await expect(routerOf([counter]).ask("get", undefined, given)).rejects.toMatchObject(refusal);
      const all = routerOf([counter], { strategy: "broadcast" });
      await expect(all.ask("get", undefined, given)).rejects.toMatchObject(refusal);
      expect(() => counter.stream("get" as never, undefined, given)).toThrow(
        expect.objectContaining(refusal),
      );
    }
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
      [{ hooks: { onStart: () => undefined } }, "X: hooks knows no onStart; it takes started, restarting"],
      [
        { supervision: { backoff: { min: 1, max: 5 } } },
        "X: backoff knows no min, max; it takes minMs, maxMs",
      ],
      [{ supervision: { intensity: { restart: 1 } } }, "X: intensity knows no restart; it takes restarts"],
    ] as const) {
      expect(() => defineActor({ ...base, ...wrong } as typeof base)).toThrow(says);
    }
  });

  it("of a definition that cannot be meant says what was given and what is expected", () => {
    const base = { name: "X", state: () => undefined, on: {} };
    const intensity = (restarts: unknown, withinMs: unknown = 5) => ({
      supervision: { intensity: { restarts, withinMs } },
    });
    const backoff = (minMs: unknown, maxMs?: unknown, jitter = 0) => ({
      supervision: { backoff: { minMs, maxMs, jitter } },
    });
    for (const [wrong, says] of [
      [{ name: undefined }, "actor name undefined: give it a name"],
      [{ name: "a/b" }, 'actor name "a/b": give it a name without a slash'],
      [{ module: 5 }, "X: module 5; give `import.meta.url`"],
      [{ state: undefined }, "X: state undefined; give a function that makes it"],
      [{ on: undefined }, "X: on undefined; give an object with a function for each method"],
      [{ on: [() => 1] }, "X: on a list of 1; give an object"],
      [{ on: { inc: 5 } }, 'X: method "inc" 5; give a function: (ctx, payload)'],
      [{ hooks: { started: 5 } }, 'X: hook "started" 5; give a function'],
      [{ hooks: null }, "X: hooks null; give an object"],
      [{ concurrent: "inc" }, 'X: concurrent "inc"; give a list of methods'],
      [{ mailbox: null }, "X: mailbox null; give an object"],
      [{ mailbox: { kind: "priority", priority: 5 } }, "X: mailbox priority 5; give a function"],
      [{ mailbox: { capacity: 0 } }, "X: mailbox capacity 0; give a whole number"],
      [{ redeliver: -1 }, "X: redeliver -1; give a whole number of times from 0 up"],
      [{ restart: "always" }, 'X: restart "always"; choose permanent, transient, temporary'],
      [{ supervision: null }, "X: supervision null; give an object"],
      [{ supervision: { decide: 5 } }, "X: decide 5; give a function: (error) => directive"],
      [{ supervision: { strategy: "all" } }, 'X: strategy "all"; choose one-for-one'],
      [{ supervision: { intensity: 5 } }, "X: intensity 5; give an object"],
      [intensity(-1), "X: intensity.restarts -1; give a whole number from 0 up"],
      [intensity(Number.NaN), "X: intensity.restarts NaN"],
      [intensity("5"), 'X: intensity.restarts "5"'],
      [intensity(5, "5"), 'X: intensity.withinMs "5"; give milliseconds above 0'],
      [
        backoff(-5, 5),
        "X: backoff from -5 to 5 ms; give minMs and maxMs from 0 to 2147483647, the shorter first",
      ],
      [backoff(5), "X: backoff from 5 to undefined ms"],
      [backoff(5, 1), "X: backoff from 5 to 1 ms"],
      [backoff(1, 5, 2), "X: backoff.jitter 2; give a number from 0 to 1"],
    ] as const) {
      const define = () => defineActor({ ...base, ...wrong } as never);
      expect(define).toThrow(says);
      expect(define).toThrow(DefinitionError);
    }
    for (const wrong of [undefined, null, 5, "X"] as never[])
      expect(() => defineActor(wrong)).toThrow("give {name, state, on}");
    expect(
      defineActor({ ...base, ...intensity(Number.POSITIVE_INFINITY), ...backoff(0, 0) } as never).name,
    ).toBe("X");
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
      [null, "Counter: spawn was given null; give an object of options, or nothing"],
      [5, "Counter: spawn was given 5; give an object of options"],
    ] as const) {
      const spawn = () => system.spawn(Counter, wrong as never);
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

  it("of what is no ref comes from all that take one, and leaves the actor as it is", async () => {
    const system = await createSystem({ threads: 0, log: { log: () => undefined } });
    const refusal = (what: string) => ({
      code: "NO_ACTOR",
      message: `${what} was given an object with nothing; give the ref of an actor`,
    });
    const nobody = {} as never;
    expect(() => system.watch(nobody, () => undefined)).toThrow(expect.objectContaining(refusal("watch")));
    expect(() => system.stop(nobody)).toThrow(expect.objectContaining(refusal("stop")));
    for (const what of ["watch", "link", "stop", "restart"] as const) {
      const loose = system.spawn(Loose, { restart: "temporary" });
      expect(await loose.ask("tryOn", { what, given: nobody })).toEqual(refusal(what));
    }
    await system.shutdown();
  });

  it("of handlers that an actor cannot become names what was given", async () => {
    const system = await createSystem({ threads: 0, log: { log: () => undefined } });
    const loose = system.spawn(Loose);
    for (const [given, message] of [
      [null, "Loose: become null; give an object with a function for each method"],
      [{ who: 5 }, 'Loose: method "who" 5; give a function: (ctx, payload)'],
    ] as [never, string][]) {
      expect(await loose.ask("tryOn", { what: "become", given })).toEqual({ code: "DEFINITION", message });
      expect(await loose.ask("who")).toBe("itself");
    }
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
