// The real clock, timers and scheduler of a thread.

import type { Clock, Scheduler, Timers } from "./ports.js";

/** Node fires at once what is to wait longer. */
const DELAY_MAX_MS = 2 ** 31 - 1;

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

/** Timers that keep the process alive until they have fired: for ends that must be reached. */
export function holdingTimers(): Timers {
  return {
    after: (delayMs, fire) => {
      const timer = setTimeout(fire, Math.min(delayMs, DELAY_MAX_MS));
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

export function systemScheduler(): Scheduler {
  return { soon: (task) => void setImmediate(task), promptly: queueMicrotask, endOfJob: queueMicrotask };
}
