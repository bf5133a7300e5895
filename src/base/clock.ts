// The real clock, timers and scheduler of a thread.

import type { Clock, Scheduler, TimerHandle, Timers } from "./ports.js";

/** Node fires at once what is to wait longer: such delays are waited for in pieces. */
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
    after: (delayMs, fire) => after(delayMs, fire, (timer) => timer.unref()),
  };
}

/** Timers that keep the process alive until they have fired: for ends that must be reached. */
export function holdingTimers(): Timers {
  return {
    after: (delayMs, fire) => after(delayMs, fire, (timer) => timer),
  };
}

function after(
  delayMs: number,
  fire: () => void,
  made: (timer: NodeJS.Timeout) => NodeJS.Timeout,
): TimerHandle {
  const arm = (leftMs: number): NodeJS.Timeout => {
    if (!(leftMs > DELAY_MAX_MS)) return made(setTimeout(fire, leftMs));
    const endMs = performance.now() + leftMs;
    const goOn = () => {
      timer = arm(endMs - performance.now());
    };
    return made(setTimeout(goOn, DELAY_MAX_MS));
  };
  let timer = arm(delayMs);
  return { cancel: () => clearTimeout(timer) };
}

export function systemScheduler(): Scheduler {
  // Why by a promise: Node's `queueMicrotask` makes an asynchronous resource for each task, at three times the cost.
  const done = Promise.resolve();
  const afterThis = (task: () => void) => void done.then(task);
  return { soon: (task) => void setImmediate(task), promptly: afterThis, endOfJob: afterThis };
}
