// The log of the main thread: one JSON object per line on a file descriptor, written by pino. Other threads send
// their lines here. Implements the `Log` port of base/ports.ts.
// Why no transports: a transport is a thread of its own that outlives nothing and loses the last lines of a crash.
// Why asynchronous: a slow reader of a pipe must not hold the event loop; `fatal` and `flush` write synchronously.
// The lines of one turn of the event loop go out in one write, so that a line and the fatal one that follows it at
// once are never in two writes that could pass each other.

import { destination, pino } from "pino";
import type { Log, LogLevel } from "./ports.js";
import { redact, redactText } from "./redact.js";

export interface LogOptions {
  readonly level: LogLevel;
  /** 1 for stdout, 2 for stderr. */
  readonly fd: 1 | 2;
  /** Fields on every line, such as the name of the process. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A `Log` that owns its file descriptor's buffer. */
export interface ProcessLog extends Log {
  /** Writes out what is still buffered, synchronously. Call it before the process ends. */
  flush(): void;
}

/** Lines waiting for a reader that does not read; beyond it new lines are dropped, never the process stopped. */
const BUFFER_MAX_BYTES = 16 * 1024 * 1024;

/** Lines of one turn beyond this are written before its end. */
const WRITE_AT_BYTES = 8 * 1024;

/** How long `flush` waits for a write that has begun; such a one takes microseconds unless the machine is overrun. */
const WRITE_UNDER_WAY_MS = 300;

/** Opens the log of this process. Secrets in the message or the fields are masked before they are written. */
export function openLog(options: LogOptions): ProcessLog {
  const stream = destination({
    dest: options.fd,
    sync: false,
    minLength: WRITE_AT_BYTES,
    maxLength: BUFFER_MAX_BYTES,
  });
  // Why ignored: nobody is left to read the log; losing lines then is right, ending the hub is not.
  stream.on("error", () => undefined);
  const logger = pino(
    {
      level: options.level,
      base: options.fields ?? null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  const writing = (): boolean => (stream as unknown as { readonly _writing?: boolean })._writing === true;
  let waiting = false;
  const write = (): void => {
    if (!waiting || writing()) return;
    waiting = false;
    stream.flush();
  };
  stream.on("drain", write);
  const flush = (): void => {
    // A write that is under way in the thread pool cannot be asked for: it is given time, and its lines stay first.
    if (writing()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WRITE_UNDER_WAY_MS);
    try {
      stream.flushSync();
    } catch {
      // Why ignored: the descriptor may be gone (a closed pipe) or not yet ready; there is nowhere to say so.
    }
  };
  return {
    log: (level, message, fields) => {
      logger[level]((fields === undefined ? {} : redact(fields)) as object, redactText(message));
      if (level === "fatal") return flush();
      if (waiting) return;
      waiting = true;
      setImmediate(write);
    },
    flush,
  };
}
