// nact: actors on one thread of Node, as its documentation writes them.

import { dispatch, type Ref, spawn, start, stop } from "nact";
import type { Contender, Measured, Session } from "../question.js";

export function nactCounting(count: number): Contender {
  return {
    system: "nact",
    params: { messages: count },
    open: async (): Promise<Session> => {
      const system = start();
      let finish: (counted: number) => void = () => undefined;
      const counter = spawn(system, (counted: number = 0, by: number) => {
        const next = counted + by;
        if (next < count) return next;
        finish(next);
        return 0;
      });
      const run = async (): Promise<Measured> => {
        const startedMs = performance.now();
        const finished = new Promise<number>((resolve) => {
          finish = resolve;
        });
        for (let sent = 0; sent < count; sent += 1) dispatch(counter, 1);
        const counted = await finished;
        return { value: count / ((performance.now() - startedMs) / 1000), verified: counted === count };
      };
      return { run, close: async () => stop(system) };
    },
  };
}

interface Turn {
  readonly left: number;
  readonly sender: Ref<Turn>;
}

export function nactPingPong(rounds: number): Contender {
  return {
    system: "nact",
    params: { rounds },
    open: async (): Promise<Session> => {
      const system = start();
      let returned = 0;
      let finish: () => void = () => undefined;
      const pong = spawn(system, (state: number = 0, { left, sender }: Turn, { self }) => {
        dispatch(sender, { left, sender: self });
        return state;
      });
      const ping = spawn(system, (state: number = 0, { left, sender }: Turn, { self }) => {
        returned += 1;
        if (left > 0) dispatch(sender, { left: left - 1, sender: self });
        else finish();
        return state;
      });
      const run = async (): Promise<Measured> => {
        const startedMs = performance.now();
        returned = 0;
        const finished = new Promise<void>((resolve) => {
          finish = resolve;
        });
        dispatch(pong, { left: rounds - 1, sender: ping });
        await finished;
        const perSecond = (2 * rounds) / ((performance.now() - startedMs) / 1000);
        return { value: perSecond, verified: returned === rounds };
      };
      return { run, close: async () => stop(system) };
    },
  };
}
