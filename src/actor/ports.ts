// What an actor needs from the floors above, declared here and implemented there.

import type { Ask } from "./ask.js";
import type { Cell } from "./cell.js";
import type { ControlMessage, SpawnMessage, SystemEvent } from "./control-message.js";
import type { AnyDefinition, Placement } from "./definition.js";
import type { Job } from "./job.js";
import type { ActorRef, AskOptions, TellResult } from "./ref.js";
import type { Topic } from "./topics.js";

/**
 * Who sends a message: a cell of this thread; or, for a message that is sent on, somebody who may be anywhere
 * (actor/forward).
 */
export interface Sender {
  readonly slot: number;
  readonly generation: number;
  readonly ref: ActorRef;
  readonly path: string;
}

/** Who sends elements, as the way out sees it. */
export interface Outlet {
  /** Nobody takes its elements any more. */
  readonly dead: boolean;
  /** One of them cannot travel, or its reader's thread is gone. */
  broken(error: Error): void;
}

/** The way to other threads. */
export interface Transport {
  tell(
    to: ActorRef,
    method: string,
    payload: unknown,
    sender: Sender | undefined,
    ask: Ask | undefined,
  ): TellResult;
  /** Sends the answer to an ask from another thread. */
  reply(ask: Ask, value: unknown): void;
  fail(ask: Ask, error: Error): void;
  /** Elements of a stream, for a reader on another thread; in order, and before the answer to the ask. */
  elements(ask: Ask, batch: unknown[], outlet: Outlet): void;
  /** Never lost while the thread lives: waits in an outbox when the control ring is full. */
  control(thread: number, message: ControlMessage): void;
  /** Says, for the publishers of all threads, whether this thread has subscribers of topics with this number. */
  attend(topicNumber: number, attends: boolean): void;
  /** One record for each other thread with subscribers. `dead`: there is none. `full`: one of them has no room. */
  publish(topic: Topic, payload: unknown, sender: Cell | undefined): TellResult;
  /** As `control`, but there must be room now. Throws `SystemFull`. */
  spawn(thread: number, message: SpawnMessage): void;
}

/** Where actors may run. */
export interface Places {
  /** The thread for a placement. Throws when there is no such thread. */
  choose(on: Placement, here: number): number;
}

/** Finds definitions by module, for actors that were spawned on another thread. */
export interface Definitions {
  load(module: string, name: string): Promise<AnyDefinition>;
}

/** The pool for CPU jobs. */
export interface Offload {
  run(job: Job<unknown, unknown>, input: unknown, options: AskOptions): Promise<unknown>;
}

/** Counters of one thread since it started. */
export interface Counters {
  messages: number;
  faults: number;
  restarts: number;
  spawned: number;
  stopped: number;
  /** Messages refused because a mailbox was full. */
  full: number;
  /** Messages that mailboxes dropped to keep others, and publications that a subscriber had no room for. */
  dropped: number;
  deadLetters: number;
}

export function zeroCounters(): Counters {
  return { messages: 0, faults: 0, restarts: 0, spawned: 0, stopped: 0, full: 0, dropped: 0, deadLetters: 0 };
}

export interface KernelPorts {
  readonly transport: Transport;
  readonly places: Places;
  readonly definitions: Definitions;
  readonly offload: Offload;
  /** Tells the watchers of the system. */
  emit(event: SystemEvent): void;
  /** There are turns to run. */
  wake(): void;
}
