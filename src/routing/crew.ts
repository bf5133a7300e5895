// The workers of one incarnation of a pool: who gets the next message, who is hired, who is let go.
//
// A worker that is let go gets nothing more, and is stopped when it says that everything it was given is done.
//
// Why looks by a timer of the thread and not by a message to oneself: a pool whose workers have no room takes no
// message, and that is when it must grow. The looks end with the incarnation.

import { inTheNameOf } from "../actor/ask-chain.js";
import { type Cell, QUIET, STOPPING } from "../actor/cell.js";
import type { Context } from "../actor/context.js";
import type { AnyDefinition, Placement, RestartType } from "../actor/definition.js";
import { NameTaken, NoActor, SystemFull } from "../actor/errors.js";
import { asSender, sendCurrentOn, sendOn, takeAsk } from "../actor/forward.js";
import { depthOf, GONE, NO_ROOM } from "../actor/glance.js";
import type { ActorRef } from "../actor/ref.js";
import { asWritten, isStream } from "../actor/stream-name.js";
import { type AskOne, askAll, askChopped, askFirst } from "./gather.js";
import { IdleWorkers } from "./idle-workers.js";
import { Members } from "./members.js";
import { CHECK_MS, decideSize, type PoolSize, type SizeMemory } from "./pool-size.js";
import { startingWith } from "./router.js";
import { CHOP_AFTER_MS, type PoolRouting, type RoutingOptions } from "./strategy.js";

export interface PoolPlan {
  readonly worker: AnyDefinition;
  readonly on: Placement;
  readonly restart: RestartType;
  readonly routing: PoolRouting;
  readonly size: PoolSize;
}

/** While no worker has room, look again this often. */
const ROOM_LOOK_MS = 5;

export class Crew {
  readonly #ctx: Context;
  readonly #cell: Cell;
  readonly #incarnation: number;
  readonly #plan: PoolPlan;
  readonly #args: unknown;
  /** Those that get messages. */
  readonly #members: Members;
  /** Where the strategy is `balancing`: those of them that have nothing to do. */
  readonly #idle: IdleWorkers | undefined;
  /** All by name, those that were let go included. */
  readonly #staff = new Map<string, ActorRef>();
  /** Let go, and not asked yet whether they are done. */
  readonly #leaving = new Set<ActorRef>();
  readonly #memory: SizeMemory = { pressed: false, idleSinceMs: undefined };

  constructor(ctx: Context, plan: PoolPlan, args: unknown) {
    this.#ctx = ctx;
    this.#cell = ctx.self.cell as Cell;
    this.#incarnation = this.#cell.incarnation;
    this.#plan = plan;
    this.#args = args;
    const { routing, size } = plan;
    if (routing.strategy === "balancing") {
      this.#idle = new IdleWorkers(this.#cell, (ref) => this.#members.refs.includes(ref));
      this.#members = new Members({});
    } else this.#members = new Members(routing);
    for (let hired = 0; hired < size.min; hired++) this.#hire();
    if (size.max > size.min) this.#lookLater();
  }

  /** Gives the current message away; a promise when it has to wait for room. */
  take(ctx: Context, method: string, payload: unknown): unknown {
    try {
      return this.#give(ctx, method, payload);
    } catch (error) {
      // It cannot travel, or has no key: its sender's affair, no fault of the pool.
      return this.#refuse(ctx, method, payload, error as Error);
    }
  }

  #give(ctx: Context, method: string, payload: unknown): unknown {
    if (this.#idle?.give(ctx, method, payload) === true) return undefined;
    this.#members.prune();
    if (this.#members.refs.length === 0)
      return this.#refuse(ctx, method, payload, new NoActor(`${this.#cell.path} has no workers left`));
    if (this.#idle !== undefined) return this.#wait(ctx, this.#idle.freed(ROOM_LOOK_MS));
    const { strategy } = this.#plan.routing;
    // A stream has one writer, however many would be asked.
    if (isStream(method)) return this.#giveToOne(ctx, method, payload);
    const toAll = strategy === "broadcast" || strategy === "scatter-gather-first";
    if (ctx.open !== undefined && (toAll || strategy === "tail-chopping"))
      return this.#gather(ctx, method, payload);
    if (toAll) return this.#tellAll(ctx, method, payload);
    return this.#giveToOne(ctx, method, payload);
  }

  #giveToOne(ctx: Context, method: string, payload: unknown): Promise<void> | undefined {
    const written = asWritten({ method, payload });
    const to = this.#members.pick(written.method, written.payload);
    if (to !== undefined && sendCurrentOn(this.#cell, ctx, to) === "sent") return undefined;
    return this.#wait(ctx, this.#pause(ROOM_LOOK_MS));
  }

  /** The message goes back to where it came from, in front of the mailbox, and the pool takes no other. */
  #wait(ctx: Context, room: Promise<void>): Promise<void> {
    ctx.stash();
    ctx.unstashAll();
    return room;
  }

  #pause(delayMs: number): Promise<void> {
    const { timers } = this.#cell.kernel.ports;
    return new Promise((resolve) => void timers.after(delayMs, resolve));
  }

  #refuse(ctx: Context, method: string, payload: unknown, error: Error): void {
    const ask = takeAsk(this.#cell, ctx);
    if (ask !== undefined) this.#cell.kernel.asks.fail(ask, error);
    this.#bury(ctx, method, payload, error instanceof NoActor ? "no-actor" : "fault");
  }

  #bury(ctx: Context, method: string, payload: unknown, reason: "no-actor" | "fault" | "dropped"): void {
    const { kernel, path } = this.#cell;
    kernel.deadLetters.add({ receiver: path, method, payload, reason, sender: ctx.sender?.id });
  }

  #tellAll(ctx: Context, method: string, payload: unknown): void {
    const letter = { method, payload, sender: ctx.sender, ask: undefined };
    for (const ref of this.#members.refs) {
      if (sendOn(this.#cell, ref, letter) === "full") this.#bury(ctx, method, payload, "dropped");
    }
  }

  /** Asks several workers in the name of the asker, and passes on what comes of it. */
  #gather(ctx: Context, method: string, payload: unknown): void {
    const { kernel } = this.#cell;
    const { asks } = kernel;
    const first = this.#members.pick(method, payload);
    const ask = takeAsk(this.#cell, ctx);
    if (ask === undefined || first === undefined) return;
    const sender = ctx.sender === undefined ? undefined : asSender(ctx.sender);
    const asker = inTheNameOf(ask);
    const given = new AbortController();
    ask.onCancel = () => given.abort();
    const askOne: AskOne = (to, rest) => {
      const leftMs = ask.deadlineMs === 0 ? 0 : Math.max(1, ask.deadlineMs - kernel.ports.clock.nowMs());
      const options = { timeoutMs: leftMs, signal: AbortSignal.any([given.signal, rest]) };
      return asks.ask(to, method, payload, options, sender, asker);
    };
    const refs = [...this.#members.refs];
    const { strategy, afterMs = CHOP_AFTER_MS } = this.#plan.routing as RoutingOptions & { afterMs?: number };
    const answer =
      strategy === "broadcast"
        ? askAll(refs, askOne)
        : strategy === "scatter-gather-first"
          ? askFirst(refs, askOne)
          : askChopped(startingWith(refs, first), askOne, kernel.ports.timers, afterMs);
    answer.then(
      (value) => asks.settle(ask, value),
      (error: Error) => asks.fail(ask, error),
    );
  }

  // ---- size --------------------------------------------------------------------------------------------------------

  get #isCurrent(): boolean {
    return this.#cell.incarnation === this.#incarnation && this.#cell.status < STOPPING;
  }

  #hire(): void {
    let serial = 0;
    while (this.#staff.has(`w${serial}`)) serial++;
    const { worker, on, restart } = this.#plan;
    const name = `w${serial}`;
    const ref = this.#ctx.spawn(worker, { name, args: this.#args, on, restart });
    this.#staff.set(name, ref);
    this.#members.add(ref, name);
    this.#idle?.add(ref);
  }

  #lookLater(): void {
    const { checkMs = CHECK_MS } = this.#plan.size;
    this.#cell.kernel.ports.timers.after(checkMs, () => {
      if (!this.#isCurrent) return;
      this.#look();
      this.#lookLater();
    });
  }

  #look(): void {
    for (const [name, ref] of this.#staff) {
      if (depthOf(ref) !== GONE) continue;
      this.#staff.delete(name);
      this.#leaving.delete(ref);
    }
    this.#members.prune();
    const { refs } = this.#members;
    const nowMs = this.#cell.kernel.ports.clock.nowMs();
    const wanted = decideSize(this.#plan.size, this.#memory, refs.length, this.#waiting(), nowMs);
    try {
      while (refs.length < wanted) this.#hire();
    } catch (error) {
      // The way to a thread is full, or the last of that name is not quite gone: at the next look, then.
      if (!(error instanceof SystemFull) && !(error instanceof NameTaken))
        return this.#cell.kernel.crash(this.#cell, error, undefined);
    }
    if (refs.length > wanted) this.#letGo(refs.at(-1) as ActorRef);
    for (const ref of this.#leaving) this.#askIfDone(ref);
  }

  /** Messages that wait for workers, here and in their mailboxes. */
  #waiting(): number {
    let waiting = this.#cell.size;
    for (const ref of this.#members.refs) {
      const depth = depthOf(ref);
      waiting += depth === NO_ROOM ? this.#plan.worker.capacity : depth;
    }
    return waiting;
  }

  #letGo(ref: ActorRef): void {
    this.#members.remove(ref);
    this.#leaving.add(ref);
  }

  /** The question waits behind everything the worker was given. */
  #askIfDone(ref: ActorRef): void {
    this.#leaving.delete(ref);
    const asked = this.#cell.kernel.asks.ask(ref, QUIET, undefined, { timeoutMs: 0 });
    const notYet = () => void this.#leaving.add(ref);
    asked.then((isQuiet) => {
      if (!this.#isCurrent) return;
      if (isQuiet === true) this.#ctx.stop(ref);
      else notYet();
    }, notYet);
  }
}
