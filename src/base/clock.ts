// The real clock, timers and scheduler of a thread.

import type { Clock, Scheduler, Timers } from "./ports.js";

/** Time from the process's own monotonic clock; `timeOrigin` makes it the same on every thread. */
export function systemClock(): Clock {
  const offsetMs = performance.timeOrigin;
  const { performance: perf } = globalThis;
  return {
    nowMs: () => perf.now() + offsetMs,
    wallMs: () => Date.now(),
  };
}

/** Timers that never keep the process alive. */
export function systemTimers(): Timers {
  return {
    after: (delayMs, fire) => {
      const timer = setTimeout(fire, delayMs).unref();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

/** Turns run in `setImmediate`, so sockets and timers get their share between batches. */
export function systemScheduler(): Scheduler {
  return { soon: (task) => void setImmediate(task), endOfJob: (task) => queueMicrotask(task) };
}
