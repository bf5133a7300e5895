// nact's asks, called queries, as its documentation writes them.

import { dispatch, query, spawn, start, stop } from "nact";
import { Latencies } from "../latency.js";
import type { Session } from "../question.js";

const TIMEOUT_MS = 5_000;

interface Question {
  readonly value: number;
  readonly sender: Parameters<typeof dispatch>[0];
}

export function openNactAsking(count: number): Session {
  const system = start();
  const echo = spawn(system, (_state: undefined, { value, sender }: Question) => {
    dispatch(sender, value);
    return undefined;
  });
  const run = async () => {
    const latencies = new Latencies(count);
    let right = 0;
    for (let i = 0; i < count; i++) {
      const startedMs = performance.now();
      if ((await query(echo, (sender) => ({ value: i, sender }) as Question, TIMEOUT_MS)) === i) right += 1;
      latencies.since(startedMs);
    }
    const quantiles = latencies.quantiles();
    return { value: quantiles.p50Us, verified: right === count, ...quantiles };
  };
  return { run, close: async () => stop(system) };
}
