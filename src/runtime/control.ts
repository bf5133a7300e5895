// The control plane between the main thread and its workers: rare, asynchronous, over comlink. Messages between actors
// never come this way.
//
// Why `call`: a comlink call to a thread that is gone never settles, so every call races its deadline and the caller's
// own notice of the thread's end.

import { type MessagePort } from "node:worker_threads";
import * as Comlink from "comlink";
// @ts-expect-error: comlink ships this adapter without types
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import type { Where } from "../actor/control-message.js";
import type { BellLine, BellSeat } from "../base/bell-seat.js";
import { CodedError } from "../base/errors.js";
import type { Connection } from "./link.js";
import type { ThreadNames } from "./placement.js";
import type { ThreadInsight } from "./thread-insight.js";
import type { BatchSizes } from "./thread-runtime.js";

/** What a worker thread is born with. */
export interface ThreadBirth {
  readonly thread: number;
  readonly epochMs: number;
  /** Names of threads; the thread keeps its own copy. */
  readonly names: ThreadNames;
  readonly board: SharedArrayBuffer;
  readonly presence: readonly SharedArrayBuffer[];
  readonly connections: readonly Connection[];
  readonly bell: BellSeat;
  readonly nativeDisabled: boolean;
  readonly control: MessagePort;
  /** The actor on the main thread that takes CPU jobs. */
  readonly offload: Where;
  readonly spinMicros: number;
  readonly batch: BatchSizes;
  readonly longTurnMs: number;
  readonly development: boolean;
}

/** What the main thread may ask of a worker thread. */
export interface ThreadControl extends ThreadInsight {
  ready(): void;
  /** A line to a thread that came later; only where bells are ports. */
  introduce(line: BellLine): void;
  /** A thread that came later. */
  attach(newcomer: Newcomer): void;
  /** Another thread has ended for good. Returns the messages to it that nobody will read. */
  detach(thread: number): number;
  /** Hears everything that was said to this thread so far, and says how many actors live here. */
  settle(): number;
  /** Every actor here is to stop. */
  stopAll(): void;
  /** Another thread was lost; this leads to its successor. */
  replace(connection: Connection, reason: string): void;
  close(): void;
}

/** What others are told of a thread that came after them. */
export interface Newcomer {
  readonly connection: Connection;
  readonly presence: SharedArrayBuffer;
  readonly name: string | undefined;
}

export type RemoteThread = Comlink.Remote<ThreadControl>;
/** A control call that takes this long means a thread that is stuck or gone. */
export const CONTROL_TIMEOUT_MS = 5_000;

export function exposeControl(port: MessagePort, control: ThreadControl): void {
  Comlink.expose(control, nodeEndpoint(port as never));
}

export function wrapControl(port: MessagePort): RemoteThread {
  return Comlink.wrap<ThreadControl>(nodeEndpoint(port as never));
}

export function transfer<T extends object>(value: T, ports: readonly MessagePort[]): T {
  return Comlink.transfer(value, [...ports] as never);
}

/** Settles when the call does, or fails after the deadline or when `gone` settles first. */
export async function call<T>(
  what: string,
  answer: Promise<T>,
  gone: Promise<unknown>,
  timeoutMs = CONTROL_TIMEOUT_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fail = (why: string) => reject(new CodedError("THREAD_UNREACHABLE", `${what}: ${why}`));
    timer = setTimeout(fail, timeoutMs, `no answer within ${timeoutMs} ms`);
    gone.then(() => fail("the thread is gone"));
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
