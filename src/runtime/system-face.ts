// What every actor system does for its user: the one of a program (runtime/system), the ones of tests (testkit).

import { threadOf } from "../actor/address.js";
import type { DeadLetter } from "../actor/dead-letters.js";
import type {
  AnyDefinition,
  ArgsOf,
  PayloadArgs,
  Placement,
  Protocol,
  ProtocolOfDefinition,
  StopReason,
} from "../actor/definition.js";
import { depthOf, GONE } from "../actor/glance.js";
import { descend } from "../actor/lookup.js";
import { ownRef } from "../actor/other-system.js";
import { type ActorRef, assertRef, type TellResult } from "../actor/ref.js";
import { SystemRegistry } from "../actor/registry-face.js";
import type { SpawnRest } from "../actor/spawn-options.js";
import { requestRestart } from "../actor/supervise.js";
import type { Topic } from "../actor/topics.js";
import type { TraceEntry } from "../actor/trace.js";
import { type ListenOptions, listening } from "../base/listening.js";
import { type DeadLetterFilter, Insight, type ReplayedLetter } from "./insight.js";
import type { Inspection, InspectOptions } from "./inspection.js";
import type { SystemBase } from "./system-base.js";
import type { SystemEvents } from "./system-events.js";

/** What a look-up found. */
export interface FoundActor<P extends Protocol = ProtocolOfDefinition<AnyDefinition>> {
  readonly ref: ActorRef<P>;
  /** The methods its definition opens to the outside. */
  readonly remote: readonly string[];
}

/** Actors, and what can be done with them from outside: the same in a program and in a test. */
export abstract class System {
  /** Facts, as they happen. */
  abstract readonly events: SystemEvents;
  /** @internal */
  abstract readonly base: SystemBase;
  #registry: SystemRegistry | undefined;
  #insight: Insight | undefined;

  /** Names and service keys of the whole system. */
  get registry(): SystemRegistry {
    this.#registry ??= new SystemRegistry(this.base.user.kernel);
    return this.#registry;
  }

  /** @internal Where actors are placed unless told otherwise. */
  get place(): Placement {
    return "any";
  }

  /** Starts a top-level actor, `/user/<name>`, on the least loaded thread unless told otherwise. Returns at once. */
  spawn<D extends AnyDefinition>(
    definition: D,
    ...[options = {}]: SpawnRest<ArgsOf<D>>
  ): ActorRef<ProtocolOfDefinition<D>> {
    const { user } = this.base;
    return user.kernel.spawn(user, definition, options, this.place);
  }

  /** Stops an actor for good; its supervisor does not bring it back. */
  stop(ref: ActorRef): void {
    const { user } = this.base;
    user.kernel.stopChild(user, ownRef(user.kernel, ref));
  }

  /**
   * Makes an actor fail with `RESTART_REQUESTED`, whatever it is doing: its supervisor decides, as over any fault, and
   * a restart counts as any other. One that is not running is left alone.
   */
  restart(ref: ActorRef): void {
    const { kernel } = this.base.user;
    assertRef("restart", ref);
    requestRestart(kernel, ownRef(kernel, ref));
  }

  /**
   * Whether an actor lives, on whatever thread: it may still be on its way there, or be about to come back from a fault
   * or with its thread. Once false it is so for good.
   */
  isAlive(ref: ActorRef): boolean {
    assertRef("isAlive", ref);
    return depthOf(ownRef(this.base.user.kernel, ref)) !== GONE;
  }

  /** Calls `ended` exactly once when the actor is gone, also if it is gone already. Returns the way to unwatch. */
  watch(ref: ActorRef, ended: (reason: StopReason) => void, options: ListenOptions = {}): () => void {
    const { kernel } = this.base.user;
    const target = ownRef(kernel, ref);
    return listening("watch", options, (over) =>
      kernel.watches.listen(target, (reason) => {
        over();
        return ended(reason);
      }),
    );
  }

  /** Sends a message to all who subscribe to the topic, as `ctx.publish` does. */
  publish<T>(topic: Topic<T>, ...payload: PayloadArgs<T>): TellResult;
  publish(topic: Topic, payload?: unknown): TellResult {
    return this.base.user.kernel.topics.publish(topic, payload, undefined);
  }

  /** Calls `heard` with what is published under the topic, on whatever thread. Returns the way to end it. */
  subscribe<T>(topic: Topic<T>, heard: (payload: T) => void, options: ListenOptions = {}): () => void {
    return listening("subscribe", options, () => this.base.user.kernel.topics.listen(topic, heard));
  }

  /** Finds an actor by path, such as `/user/orders/o1`, on whatever thread; typed by a definition, if given one. */
  async find<D extends AnyDefinition = AnyDefinition>(
    path: string,
    _definition?: D,
  ): Promise<FoundActor<ProtocolOfDefinition<D>> | undefined> {
    const [empty, root, ...names] = path.split("/");
    if (empty !== "" || root !== "user" || names.length === 0 || names.includes("")) return undefined;
    const { user } = this.base;
    const first = descend(user, names);
    if (first === undefined) return undefined;
    let found: FoundActor = { ref: first.ref, remote: [...first.definition.remote] };
    let left = first.names;
    while (left.length > 0) {
      const where = found.ref.export();
      const ask = this.base.asking(threadOf(where[0]));
      const next = await ask?.((insight) => insight.find(where, left));
      if (next === undefined) return undefined;
      left = next.names;
      found = { ref: user.kernel.refTo(...next.where), remote: next.remote };
    }
    return found;
  }

  /** The tree of actors with what each is doing; undefined when there is no actor at `path`. */
  inspect(options: InspectOptions = {}): Promise<Inspection | undefined> {
    return this.#seen().inspect(options);
  }

  /** Messages that nobody took, youngest last: this thread's with payloads, the workers' without. */
  deadLetters(): Promise<DeadLetter[]> {
    return this.#seen().deadLetters();
  }

  /**
   * Sends dead letters once more, to whom they were for or to `to`; one by its id, or all that fit a filter. Those that
   * were sent are kept no longer.
   */
  replayDeadLetters(which: string | DeadLetterFilter, to?: ActorRef): Promise<ReplayedLetter[]> {
    return this.#seen().replay(which, to);
  }

  /**
   * Calls `listener` for each message an actor handles, until the function it resolves with is called. The trace lasts
   * over restarts and ends with the actor or its thread; in a flood entries are left out. Rejects with NO_ACTOR.
   */
  trace(
    target: string | ActorRef,
    listener: (entry: TraceEntry) => void,
    options: ListenOptions = {},
  ): Promise<() => Promise<void>> {
    return this.#seen().trace(target, listener, options);
  }

  #seen(): Insight {
    this.#insight ??= new Insight(this.base, (path) => this.find(path));
    return this.#insight;
  }
}
