// Our side on the main thread alone: supervision, bounded mailboxes and counters as by default.

import { createSystem } from "../../src/index.js";
import type { Measured, Session } from "../question.js";
import { Counter, Ping, Pong } from "./same-thread-actors.js";

const PLAY_LIMIT_MS = 60_000;

export async function openCounting(count: number): Promise<Session> {
  const system = await createSystem({ threads: 1 });
  const counter = system.spawn(Counter, { name: "counter", on: "this" });
  const run = async (): Promise<Measured> => {
    const startedMs = performance.now();
    for (let sent = 0; sent < count; ) {
      const answer = counter.tell("add", 1);
      if (answer === "sent") sent += 1;
      else if (answer === "full") await new Promise((resolve) => setImmediate(resolve));
      else throw new Error(`the counter is ${answer}`);
    }
    const counted = await counter.ask("take");
    return { value: count / ((performance.now() - startedMs) / 1000), verified: counted === count };
  };
  return { run, close: async () => void (await system.shutdown()) };
}

export async function openPingPong(rounds: number): Promise<Session> {
  const system = await createSystem({ threads: 1 });
  const ping = system.spawn(Ping, { name: "ping", on: "this" });
  const pong = system.spawn(Pong, { name: "pong", on: "this" });
  ping.tell("meet", pong);
  pong.tell("meet", ping);
  const run = async (): Promise<Measured> => {
    const startedMs = performance.now();
    const returned = await ping.ask("play", rounds, { timeoutMs: PLAY_LIMIT_MS });
    const perSecond = (2 * rounds) / ((performance.now() - startedMs) / 1000);
    return { value: perSecond, verified: returned === rounds };
  };
  return { run, close: async () => void (await system.shutdown()) };
}
