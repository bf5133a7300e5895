// The end of a process of many parts, phase by phase.

import { describe, expect, it } from "vitest";
import { Shutdown, type ShutdownPhase } from "../../src/base/shutdown.js";
import { VirtualTime } from "../../src/testkit/virtual-time.js";

function open() {
  const time = new VirtualTime();
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log = { log: (_level: string, _message: string, fields = {}) => void lines.push(fields) };
  return { time, lines, shutdown: new Shutdown({ clock: time, timers: time, log }) };
}

/** Lets promises settle, then time go on, until `done` is. */
async function pass<T>(time: VirtualTime, done: Promise<T>): Promise<T> {
  const state = { over: false };
  const end = done.finally(() => {
    state.over = true;
  });
  while (!state.over) {
    await new Promise((resolve) => void setImmediate(resolve));
    if (!state.over) time.advance(Number.POSITIVE_INFINITY);
  }
  return end;
}

const never = () => new Promise(() => undefined);

describe("a shutdown", () => {
  it("runs its phases each after those it needs, and the tasks of one at the same time", async () => {
    const { time, shutdown } = open();
    const order: string[] = [];
    const phases: ShutdownPhase[] = ["close", "stop-threads", "flush-store", "drain-actors"];
    for (const phase of [...phases, "stop-hub", "finish-requests", "stop-intake"] as const) {
      for (const name of ["a", "b"]) {
        shutdown.on(phase, name, async () => {
          order.push(`${phase} begins`);
          await new Promise<void>((resolve) => void time.after(10, resolve));
          order.push(`${phase} ends`);
        });
      }
    }
    const report = await pass(time, shutdown.run());
    expect(report.problems).toEqual([]);
    const begins = (phase: string) => order.indexOf(`${phase} begins`);
    const ends = (phase: string) => order.lastIndexOf(`${phase} ends`);
    const needs = [
      ["stop-intake", "finish-requests"],
      ["finish-requests", "stop-hub"],
      ["stop-hub", "drain-actors"],
      ["drain-actors", "flush-store"],
      ["drain-actors", "stop-threads"],
      ["flush-store", "close"],
      ["stop-threads", "close"],
    ] as const;
    for (const [first, second] of needs)
      expect(ends(first), `${first} < ${second}`).toBeLessThan(begins(second));
    expect(order.slice(0, 2)).toEqual(["stop-intake begins", "stop-intake begins"]);
  });

  it("goes on past what fails or is late, and reports and logs both", async () => {
    const { time, lines, shutdown } = open();
    const reached: string[] = [];
    shutdown.on("stop-intake", "door", () => {
      throw new Error("stuck");
    });
    shutdown.on("finish-requests", "guests", never);
    shutdown.on("close", "light", () => reached.push("light"));
    const { problems, tookMs } = await pass(time, shutdown.run());
    expect(reached).toEqual(["light"]);
    expect(problems.map(({ phase, task }) => [phase, task])).toEqual([
      ["stop-intake", "door"],
      ["finish-requests", "guests"],
    ]);
    expect(problems.map(({ error }) => error.message)).toEqual([
      "stuck",
      "guests did not end within 5000 ms and was cut off",
    ]);
    expect(problems[1]?.error).toMatchObject({ code: "SHUTDOWN_LATE" });
    expect(tookMs).toBeGreaterThanOrEqual(5_000);
    expect(lines.map(({ task }) => task)).toEqual(["door", "guests"]);
  });

  it("gives a task the limit of the call, else its own, else 5 s", async () => {
    const { time, shutdown } = open();
    const limits: Record<string, number> = {};
    const note = (name: string) => (timeoutMs: number) => {
      limits[name] = timeoutMs;
    };
    shutdown.on("stop-intake", "plain", note("plain"));
    shutdown.on("stop-hub", "own", note("own"), { timeoutMs: 7 });
    shutdown.on("close", "called", note("called"), { timeoutMs: 7 });
    await pass(time, shutdown.run({ close: 3 }));
    expect(limits).toEqual({ plain: 5_000, own: 7, called: 3 });
  });

  it("runs once, refuses tasks that come too late, and forgets those that were taken back", async () => {
    const { time, shutdown } = open();
    const ran: string[] = [];
    const takeBack = shutdown.on("close", "forgotten", () => ran.push("forgotten"));
    shutdown.on("stop-intake", "first", () => {
      shutdown.on("close", "in time", () => ran.push("in time"));
      expect(() => shutdown.on("stop-intake", "late", never)).toThrow(/"late" comes too late/);
    });
    takeBack();
    const [one, two] = await pass(time, Promise.all([shutdown.run(), shutdown.run(1)]));
    expect(one).toBe(two);
    expect(one.problems).toEqual([]);
    expect(ran).toEqual(["in time"]);
  });

  it("says what is wrong with a phase or a limit", () => {
    const { shutdown } = open();
    expect(() => shutdown.on("stop-hubs" as never, "x", never)).toThrow(
      /shutdown phase stop-hubs: give one of/,
    );
    expect(() => shutdown.on("close", "x", never, { timeoutMs: -1 })).toThrow(
      /timeoutMs: -1; give milliseconds/,
    );
    expect(() => shutdown.run({ close: Number.NaN })).toThrow(/timeoutMs.close: NaN/);
    expect(() => shutdown.run({ clsoe: 1 } as never)).toThrow(/shutdown phase clsoe/);
  });
});
