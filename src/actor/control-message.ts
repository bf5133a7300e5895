// What threads tell each other about the lives of actors. These travel on the control ring, which user messages never
// block; a stop or a cancel may therefore overtake a message.

import { type ErrorRecord, errorToRecord } from "../base/errors.js";
import type { DeadLetterReason } from "./dead-letters.js";
import type { RestartType, SpawnOptions, StopReason } from "./definition.js";
import type { RegistryMessage } from "./registry-message.js";
import type { Exit } from "./supervision.js";
import type { TraceEntry } from "./trace.js";

/** [address, generation] */
export type Where = readonly [number, number];
export type StopReasonRecord = { readonly code: StopReason["code"]; readonly error?: ErrorRecord };

export interface SpawnMessage {
  readonly kind: "spawn";
  readonly child: Where;
  readonly module: string;
  readonly definition: string;
  readonly label: string | number;
  readonly args: unknown;
  readonly restart: RestartType;
  readonly shutdownMs: SpawnOptions["shutdownMs"];
  readonly parent: Where;
  readonly parentPath: string;
}

export type ControlMessage =
  | SpawnMessage
  /** A child failed or ended itself and waits for its parent's verdict. */
  | {
      readonly kind: "exit";
      readonly parent: Where;
      readonly child: Where;
      readonly exit: Exit;
      readonly error: ErrorRecord;
    }
  /** The parent's verdict. */
  | {
      readonly kind: "verdict";
      readonly child: Where;
      readonly action: "restart" | "resume" | "hold" | "renew";
      readonly error: ErrorRecord;
    }
  /** A child was told to hold, and its incarnation has ended. `late`: its path, if its hook was not waited for. */
  | { readonly kind: "held"; readonly parent: Where; readonly child: Where; readonly late?: string }
  /** `system.restart`: it fails, and its supervisor decides. */
  | { readonly kind: "restart"; readonly target: Where }
  | { readonly kind: "stop"; readonly target: Where; readonly reason: StopReasonRecord }
  /** A child is gone; its slot is free. `late`: its path, if its hook was not waited for. */
  | {
      readonly kind: "gone";
      readonly parent: Where;
      readonly child: Where;
      readonly reason: StopReasonRecord;
      readonly late?: string;
    }
  /** A child that a lost thread took will not be reborn. */
  | { readonly kind: "bury"; readonly child: Where }
  | { readonly kind: "watch"; readonly target: Where; readonly lost: boolean }
  /** Makes, or ends, the other half of a link. */
  | { readonly kind: "link" | "unlink"; readonly target: Where; readonly by: Where }
  | { readonly kind: "unwatch"; readonly target: Where }
  | { readonly kind: "terminated"; readonly target: Where; readonly reason: StopReasonRecord }
  /** The asker gave up. */
  | { readonly kind: "cancel"; readonly target: Where; readonly ask: number; readonly begun: boolean }
  /** To or from the registrar on the main thread. */
  | { readonly kind: "registry"; readonly message: RegistryMessage }
  /** The reader of a stream took so many elements; as many more may come. */
  | { readonly kind: "credit"; readonly ask: number; readonly count: number }
  /** Something watchers of the system want to know; sent to the main thread. */
  | { readonly kind: "event"; readonly event: SystemEvent };

/** A fact about the system, for its event stream. */
export type SystemEvent =
  | {
      readonly type: "actor-fault";
      readonly path: string;
      readonly error: ErrorRecord;
      readonly thread: number;
    }
  | {
      readonly type: "actor-restart";
      readonly path: string;
      readonly error: ErrorRecord;
      readonly thread: number;
    }
  | {
      readonly type: "supervisor-gave-up";
      /** The supervisor. */
      readonly path: string;
      /** Whose fault was one too many, or was escalated; `error` says which, and why. */
      readonly child: string;
      /** At the top (`/user`) only this child is stopped; elsewhere all children are, and the supervisor fails. */
      readonly stopped: "child" | "children";
      readonly error: ErrorRecord;
      readonly thread: number;
    }
  | { readonly type: "actor-abandoned"; readonly path: string; readonly thread: number }
  | {
      readonly type: "thread-lost";
      readonly thread: number;
      readonly epoch: number;
      readonly reason: string;
      readonly lostMessages: number;
    }
  /** Dead letters of the last second, by receiver and reason; those of many receivers under none, "". */
  | {
      readonly type: "messages-lost";
      readonly thread: number;
      readonly receiver: string;
      readonly reason: DeadLetterReason;
      readonly count: number;
    }
  /** A handler held its thread up: for how long, to a quarter, until it returned or came to its first `await`. */
  | {
      readonly type: "long-turn";
      readonly path: string;
      readonly thread: number;
      readonly method: string;
      readonly ms: number;
    }
  /** A thread makes no progress and is about to be replaced: the actor and method in hand, and the stack. */
  | {
      readonly type: "thread-stalled";
      readonly thread: number;
      readonly ms: number;
      readonly path: string | undefined;
      readonly method: string | undefined;
      readonly stack: string;
    }
  /** A thread uses more memory than the soft limit; told once, and again after it was below. */
  | {
      readonly type: "thread-memory";
      readonly thread: number;
      readonly bytes: number;
      readonly limitBytes: number;
    }
  /** A message that a traced actor has handled. */
  | ({ readonly type: "trace"; readonly thread: number } & TraceEntry)
  | { readonly type: "thread-replaced"; readonly thread: number; readonly epoch: number }
  | {
      readonly type: "log";
      readonly level: "debug" | "info" | "warn" | "error" | "fatal";
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };

export function recordOf(reason: StopReason): StopReasonRecord {
  return reason.error === undefined
    ? { code: reason.code }
    : { code: reason.code, error: errorToRecord(reason.error) };
}
