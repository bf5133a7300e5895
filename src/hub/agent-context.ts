// What an action sees: its task, its signal, its log, progress, and the blobs it was given.

import { z } from "zod";
import type { ActorContext, AskArgs, AskMethods, Protocol } from "../actor/definition.js";
import type { Job } from "../actor/job.js";
import type { ActorRef } from "../actor/ref.js";
import type { Log } from "../base/ports.js";
import { readBlob } from "../store/blob-files.js";
import type { SpecTuple } from "../wire/entries.js";
import { AgentError } from "./agent-error.js";
import type { AttemptMessage } from "./attempt.js";
import type { DeskProtocol } from "./desk-protocol.js";

/** How an action's `input` says that it takes a blob beside inline data. */
export const blobInput = z.object({
  blob_id: z.string().min(1),
  bytes: z.number().int().min(0).optional(),
  media_type: z.string().optional(),
});
export type BlobInput = z.output<typeof blobInput>;

/** The task as its agent sees it. */
export interface AgentTaskInfo {
  readonly id: string;
  readonly type: string;
  readonly description: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly attemptId: string;
  readonly mediaType?: string;
  /** When the task expires, in milliseconds since the Unix epoch. */
  readonly deadlineMs?: number;
  readonly tags: readonly string[];
}

export interface AgentContext {
  readonly task: AgentTaskInfo;
  /** The fencing key for side effects: the same for all retries of one call, different for another attempt. */
  readonly attemptId: string;
  /** Aborts at the timeout of the task, when it is cancelled, and when the hub shuts down. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Says how far the work is, 0..1. Watchers see at most ten a second; the last one always arrives. */
  progress(fraction: number, message?: string): void;
  /** Streams a blob named by the input. A read-only file stream; works on any thread. */
  open(blob: { readonly blob_id: string }): AsyncIterable<Uint8Array>;
  /** Runs a CPU job on the process's pool. Cancelled with the attempt. */
  offload<Input, Output>(job: Job<Input, Output>, input: Input): Promise<Output>;
  /** Asks an actor. */
  ask<P extends Protocol, M extends AskMethods<P>>(
    target: ActorRef<P>,
    method: M,
    ...rest: AskArgs<P[M]["payload"]>
  ): Promise<P[M]["reply"]>;
}

/** What every agent's actor is spawned with. */
export interface AgentArgs {
  /** Where progress is told. */
  readonly desk: ActorRef<DeskProtocol>;
  /** Where the blobs of this hub lie. */
  readonly blobsDir: string;
}

/** Between two progress messages of one attempt. */
const PROGRESS_EVERY_MS = 100;

/** The context of one attempt. */
export class AttemptContext implements AgentContext {
  readonly task: AgentTaskInfo;
  readonly attemptId: string;
  readonly fence: number;
  readonly #actor: ActorContext;
  readonly #args: AgentArgs;
  #controller: AbortController | undefined = undefined;
  #abortReason: string | undefined = undefined;
  #progressAtMs = Number.NEGATIVE_INFINITY;

  constructor(actor: ActorContext, args: AgentArgs, message: AttemptMessage, spec: SpecTuple) {
    const [, attempt, fence] = message;
    this.#actor = actor;
    this.#args = args;
    this.fence = fence;
    this.attemptId = `${spec[0]}.${attempt}`;
    this.task = {
      id: spec[0],
      type: spec[4],
      description: spec[2],
      attempt,
      attemptId: this.attemptId,
      tags: spec[14],
      ...(spec[7] === null ? {} : { mediaType: spec[7] }),
      ...(spec[12] === 0 ? {} : { deadlineMs: spec[12] }),
    };
  }

  get log(): Log {
    return this.#actor.log;
  }

  /** Made when somebody looks: most short actions never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#abortReason !== undefined) this.#controller.abort(stopped(this.#abortReason));
    return this.#controller.signal;
  }

  get isAborted(): boolean {
    return this.#abortReason !== undefined;
  }

  abort(reason: string): void {
    this.#abortReason ??= reason;
    this.#controller?.abort(stopped(reason));
  }

  progress(fraction: number, message?: string): void {
    const bounded = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
    const nowMs = this.#actor.clock.nowMs();
    if (nowMs - this.#progressAtMs < PROGRESS_EVERY_MS && bounded < 1) return;
    this.#progressAtMs = nowMs;
    this.#actor.tell(this.#args.desk, "progress", [this.fence, bounded, message ?? null]);
  }

  async *open(blob: { readonly blob_id: string }): AsyncGenerator<Uint8Array, void, undefined> {
    const { signal } = this;
    for await (const chunk of readBlob(this.#args.blobsDir, blob.blob_id)) {
      signal.throwIfAborted();
      yield chunk;
    }
  }

  offload<Input, Output>(job: Job<Input, Output>, input: Input): Promise<Output> {
    return this.#actor.offload(job, input, { signal: this.signal });
  }

  ask<P extends Protocol, M extends AskMethods<P>>(
    target: ActorRef<P>,
    method: M,
    ...rest: AskArgs<P[M]["payload"]>
  ): Promise<P[M]["reply"]> {
    return this.#actor.ask(target, method, ...rest);
  }
}

function stopped(reason: string): AgentError {
  return new AgentError("ATTEMPT_STOPPED", `the attempt was stopped: ${reason}`, { retryable: true });
}
