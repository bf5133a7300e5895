// Our side: every feature as a user has it by default, but for the log of faults that are made on purpose.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type ActorRef, createSystem } from "../../src/index.js";
import { pause } from "../counted-run.js";
import type { Measured, Session } from "../question.js";
import { openProgram, type Work } from "../savina/program.js";
import { Asker, Echo, Idler, Keeper } from "./life-actors.js";

const SILENT = { log: () => undefined };
const OTHER_THREAD = 2;
const FINISH_MS = 5_000;
/** Threads that end sooner, again and again, are begun anew ever later. */
const LIFE_MS = 1_200;

/** `count` actors that have handled one message each; what the heap has grown by, after a collection. */
export async function openIdle(count: number): Promise<Session> {
  const system = await createSystem({ threads: 0 });
  const run = async (): Promise<Measured> => {
    // The list of refs is the program's own.
    const idlers = new Array<ActorRef | undefined>(count).fill(undefined);
    const before = heapBytes();
    for (let i = 0; i < count; i++) {
      const idler = system.spawn(Idler, { on: "this" });
      idler.tell("hello");
      idlers[i] = idler;
      if (i % 10_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await idlers.at(-1)?.ask("hello");
    const value = (heapBytes() - before) / count;
    const answers = await Promise.all([0, count >> 1, count - 1].map((at) => idlers[at]?.ask("hello")));
    return { value, verified: answers.every((handled) => handled === 2 || handled === 3) };
  };
  return { run, close: async () => void (await system.shutdown()) };
}

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

/** One ask after the other between two actors of one thread. */
export async function openAsking(count: number): Promise<Session> {
  const system = await createSystem({ threads: 1 });
  const to = system.spawn(Echo, { on: "this" });
  const asker = system.spawn(Asker, { on: "this" });
  const run = async (): Promise<Measured> => {
    const micros = new Float64Array(count);
    const right = await asker.ask("ask", { to, micros }, { timeoutMs: 0 });
    micros.sort();
    const [p50 = 0, p99 = 0] = [0.5, 0.99].map((share) => micros[Math.floor(count * share)]);
    return { value: p50, verified: right === count, p50Us: p50, p99Us: p99 };
  };
  return { run, close: async () => void (await system.shutdown()) };
}

export function openRestarts(work: Work): Promise<Session> {
  return openProgram(work, SILENT);
}

/** Until what, from when a thread was found lost. */
export type LossEnd = "supervisors-acted" | "actors-answer";

/** Ends a thread with `count` actors on it, and asks each of them until all have answered. */
export async function openThreadLoss(count: number, until: LossEnd): Promise<Session> {
  const system = await createSystem({ threads: 2, log: SILENT });
  const keeper = system.spawn(Keeper, { on: "this" });
  const actors = await keeper.ask("bear", { count, on: OTHER_THREAD });
  await Promise.all(actors.map((actor) => actor.ask("echo", 0)));
  const run = async (): Promise<Measured> => {
    await pause(LIFE_MS);
    let restarts = 0;
    let foundMs = 0;
    let actedMs = 0;
    const lost = new Promise<void>((resolve) => {
      const end = system.events.subscribe(({ type }) => {
        if (type !== "thread-lost" && type !== "actor-restart") return;
        // The supervisors act before others are told of the loss.
        if (foundMs === 0) foundMs = performance.now();
        if (type === "actor-restart") restarts++;
        if (restarts === count) actedMs = performance.now();
        if (type !== "thread-lost") return;
        end();
        resolve();
      });
    });
    actors[0]?.tell("endThread");
    await lost;
    const answers = await Promise.all(actors.map((actor, i) => askUntilThere(actor, i)));
    const endMs = until === "supervisors-acted" ? actedMs : performance.now();
    const verified = restarts === count && answers.every((answer, i) => answer === i);
    return { value: endMs - foundMs, verified };
  };
  return { run, close: async () => void (await system.shutdown()) };
}

/** An ask that the loss of the thread catches fails at once, and is asked again. */
async function askUntilThere(actor: ActorRef<{ echo: { payload: number; reply: number } }>, value: number) {
  const untilMs = performance.now() + FINISH_MS;
  while (performance.now() < untilMs) {
    try {
      return await actor.ask("echo", value);
    } catch {
      await pause(1);
    }
  }
  return undefined;
}
