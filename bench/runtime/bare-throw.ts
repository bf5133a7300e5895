// What an error costs by itself in V8: to be made, with its stack noted, to be thrown and to be caught, as deep down as
// a handler runs. Nobody who restarts what throws can be faster.

import type { Measured, Session } from "../question.js";

/** Calls between the event loop and a handler. */
const DEPTH = 10;

export async function openThrowing(count: number): Promise<Session> {
  const run = async (): Promise<Measured> => {
    let caught = 0;
    const startedMs = performance.now();
    for (let i = 0; i < count; i++) {
      try {
        fail(DEPTH);
      } catch (error) {
        if (error instanceof Error) caught++;
      }
    }
    const tookS = (performance.now() - startedMs) / 1000;
    return { value: count / tookS, verified: caught === count };
  };
  return { run, close: async () => undefined };
}

function fail(depth: number): void {
  if (depth === 0) throw new Error("on purpose");
  fail(depth - 1);
}
