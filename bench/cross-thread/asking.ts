// Three ways to ask, the same for every contender: rarely, one after another, and many at a time.

import { pause } from "../counted-run.js";
import { Latencies } from "../latency.js";
import type { Contender, Measured, Session } from "../question.js";

/** Sends a number to another thread, which answers with the same number. */
export interface Asker {
  ask(value: number): Promise<number>;
  /** Keeps the other thread's event loop awake, or lets it sleep again. */
  spin(wanted: boolean): Promise<void>;
  close(): Promise<void>;
}

export type Manner = "asleep" | "polling" | "crowded";

export const IN_FLIGHT = 64;
/** Long enough for both event loops to have gone to sleep. */
const NAP_MS = 4;
/** Asked before anything counts: a few hundred asks with naps between them would never warm the code up. */
const WARM_ASKS = 20_000;

/** A contender that asks `count` times in this manner. */
export function asking(system: string, manner: Manner, count: number, open: () => Promise<Asker>): Contender {
  return {
    system,
    params: { asks: count },
    open: async (): Promise<Session> => {
      const asker = await open();
      await askCrowded(asker, WARM_ASKS);
      return { run: () => MANNERS[manner](asker, count), close: () => asker.close() };
    },
  };
}

const MANNERS: Readonly<Record<Manner, (asker: Asker, count: number) => Promise<Measured>>> = {
  asleep: askAsleep,
  polling: askPolling,
  crowded: askCrowded,
};

async function askAsleep(asker: Asker, count: number): Promise<Measured> {
  const latencies = new Latencies(count);
  let right = 0;
  for (let index = 0; index < count; index += 1) {
    await pause(NAP_MS);
    const startedMs = performance.now();
    if ((await asker.ask(index)) === index) right += 1;
    latencies.since(startedMs);
  }
  return latencyOf(latencies, right === count);
}

async function askPolling(asker: Asker, count: number): Promise<Measured> {
  const latencies = new Latencies(count);
  let right = 0;
  let spinning = true;
  const turn = (): void => {
    if (spinning) setImmediate(turn);
  };
  await asker.spin(true);
  turn();
  for (let index = 0; index < count; index += 1) {
    const startedMs = performance.now();
    if ((await asker.ask(index)) === index) right += 1;
    latencies.since(startedMs);
  }
  spinning = false;
  await asker.spin(false);
  return latencyOf(latencies, right === count);
}

async function askCrowded(asker: Asker, count: number): Promise<Measured> {
  const latencies = new Latencies(count);
  let next = 0;
  let right = 0;
  const askInTurn = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const startedMs = performance.now();
      if ((await asker.ask(index)) === index) right += 1;
      latencies.since(startedMs);
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, askInTurn));
  const perSecond = count / ((performance.now() - startedMs) / 1000);
  return { value: perSecond, verified: right === count, ...latencies.quantiles() };
}

function latencyOf(latencies: Latencies, verified: boolean): Measured {
  const quantiles = latencies.quantiles();
  return { value: quantiles.p50Us, verified, ...quantiles };
}
