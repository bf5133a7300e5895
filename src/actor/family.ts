// What most actors never have: children, watchers, timers, concurrent turns. Made when the first of them appears.

import type { Inflow } from "../base/inflow.js";
import type { TimerHandle } from "../base/ports.js";
import type { Aside } from "./aside.js";
import type { Ask } from "./ask.js";
import type { Cell } from "./cell.js";
import type { Context } from "./context.js";
import type { AnyDefinition, RestartType, SpawnOptions, StopReason } from "./definition.js";
import type { Letter } from "./mailbox.js";
import type { ActorRef } from "./ref.js";
import { type Budget, emptyBudget } from "./restart-budget.js";
import type { ShapedMailbox } from "./shaped-mailbox.js";
import type { ChildHistory } from "./supervision.js";
import type { KeyedTimers } from "./timers.js";

/** A child on another thread, as its parent's thread keeps it: enough to start it again. */
export class RemoteChild {
  readonly label: string | number;
  readonly ref: ActorRef;
  readonly definition: AnyDefinition;
  readonly args: unknown;
  readonly restart: RestartType;
  readonly shutdownMs: SpawnOptions["shutdownMs"];
  history: ChildHistory | undefined = undefined;
  /** Set while its thread is gone and a restart is due. */
  lost = false;
  /** Why it was told to stop, once it was. */
  stopping: StopReason | undefined = undefined;

  constructor(label: string | number, ref: ActorRef, definition: AnyDefinition, options: SpawnOptions) {
    this.label = label;
    this.ref = ref;
    this.definition = definition;
    this.args = options.args;
    this.restart = options.restart ?? definition.restart;
    this.shutdownMs = options.shutdownMs;
  }
}

export type Child = Cell | RemoteChild;

/** Children being ended, last first: stopped for good, or held until all of them may start again. */
export interface EndRun {
  queue: Child[];
  /** What follows when none is left. */
  done: () => void;
  /** Told, and not ended yet. */
  readonly waiting: Set<Child>;
  running: boolean;
  /** Set where they are only held. */
  readonly restart: GroupRestart | undefined;
}

/** Children that restart together. */
export interface GroupRestart {
  /** In the order they were started. */
  members: Child[];
  readonly error: Error;
  /** Not before this. */
  renewAtMs: number;
  timer: TimerHandle | undefined;
}

/** Who learns that an actor is gone: an actor on this thread, or the system itself. */
export type Watcher = Cell | { terminated(ref: ActorRef, reason: StopReason): void };

/** Something an actor subscribes to, kept by its thread; it ends with the actor. */
export interface Subscription {
  remove(subscriber: Cell): void;
}

export class Family {
  /** The parent's path, when the parent is on another thread. */
  parentPath = "";
  readonly children = new Set<Child>();
  readonly byName = new Map<string, Child>();
  /** Children on other threads, by address. */
  #remote: Map<number, RemoteChild> | undefined = undefined;
  nextSerial = 1;
  readonly budget: Budget = emptyBudget();
  endRun: EndRun | undefined = undefined;
  /** Children whose own end may be this actor's, too. */
  significant: Set<Child> | undefined = undefined;
  /** The mailbox, where it is more than a bounded queue. */
  queue: ShapedMailbox | undefined = undefined;
  /** Restarts that wait for their backoff, and stops that have a limit; the actor itself while it takes leave. */
  readonly pending = new Map<Child, TimerHandle>();
  timers: KeyedTimers | undefined = undefined;
  /** Actors that this one is linked to, by id. */
  links: Map<string, { readonly other: ActorRef; readonly half: Watcher }> | undefined = undefined;
  /** Asks that will be answered later. */
  owed: Set<Ask> | undefined = undefined;
  /** Asks that came back to an open turn, for reentrant methods. */
  returning: Letter[] | undefined = undefined;
  /** What timers and pipes sign with: their messages are for this incarnation and no other. */
  own: ActorRef | undefined = undefined;
  /** Messages set aside, oldest first. */
  readonly stash: Letter[] = [];
  /** What it did last with a message other than to handle it. */
  aside: Aside | undefined = undefined;
  /** Asks from other threads that it gave away, until they are settled: a cancellation looks for them here. */
  readonly givenAway = new Set<Ask>();
  /** Streams that this incarnation reads. */
  inflows: Set<Inflow<unknown>> | undefined = undefined;
  /** Contexts of concurrent turns under way. */
  readonly turns = new Set<Context>();
  readonly watchers = new Set<Watcher>();
  readonly watcherThreads = new Set<number>();
  /** Since it lives on this thread. */
  restarts = 0;
  history: ChildHistory | undefined = undefined;
  /** How many want to see each message it handles. */
  traces = 0;
  /** Whom this actor watches. */
  readonly watching = new Set<ActorRef>();
  /** Topics and service keys it subscribes to. */
  subscriptions: Set<Subscription> | undefined = undefined;

  subscribe(subscription: Subscription): void {
    this.subscriptions ??= new Set();
    this.subscriptions.add(subscription);
  }

  add(child: Child, significant = false): void {
    this.children.add(child);
    if (significant) {
      this.significant ??= new Set();
      this.significant.add(child);
    }
    if (typeof child.label === "string") this.byName.set(child.label, child);
    if ("kernel" in child) return;
    this.#remote ??= new Map();
    this.#remote.set(child.ref.address, child);
  }

  remove(child: Child): boolean {
    if (typeof child.label === "string" && this.byName.get(child.label) === child)
      this.byName.delete(child.label);
    this.cancelPending(child);
    if (!this.children.delete(child)) return false;
    if (!("kernel" in child)) this.#remote?.delete(child.ref.address);
    return true;
  }

  cancelPending(child: Child): void {
    if (this.pending.size === 0) return;
    this.pending.get(child)?.cancel();
    this.pending.delete(child);
  }

  /** What belongs to one incarnation of a supervisor: limits, backoffs, a restart of children that is under way. */
  cancelAllPending(): void {
    for (const timer of this.pending.values()) timer.cancel();
    this.pending.clear();
    if (this.endRun?.restart !== undefined) this.abandonRun();
  }

  abandonRun(): void {
    this.endRun?.restart?.timer?.cancel();
    this.endRun = undefined;
  }

  /** The child behind a ref, if it is one. */
  find(ref: ActorRef): Child | undefined {
    if (ref.cell !== undefined) return this.children.has(ref.cell) ? ref.cell : undefined;
    const child = this.#remote?.get(ref.address);
    return child?.ref.equals(ref) ? child : undefined;
  }
}
