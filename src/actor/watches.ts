// Who watches whom. `watch` yields exactly one notice: when the target is gone, was gone already, or its thread was.
//
// For a target on this thread the watcher is kept with the target. For one elsewhere this table keeps it, and the
// target's thread knows only that this thread watches: one message each way, however many watchers.

import { errorFromRecord } from "../base/errors.js";
import { slotOf, threadOf } from "./address.js";
import { type Cell, STOPPED, TERMINATED } from "./cell.js";
import { recordOf, type StopReasonRecord } from "./control-message.js";
import type { StopReason } from "./definition.js";
import type { Watcher } from "./family.js";
import type { Kernel } from "./kernel.js";
import { callListener } from "./listeners.js";
import { type ActorRef, assertRef } from "./ref.js";

export class Watches {
  readonly #kernel: Kernel;
  readonly #remote = new Map<string, { readonly ref: ActorRef; readonly watchers: Set<Watcher> }>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Targets on other threads that somebody here watches. */
  get size(): number {
    return this.#remote.size;
  }

  add(target: ActorRef, watcher: Watcher): void {
    if ("kernel" in watcher) this.#kernel.familyOf(watcher).watching.add(target);
    if (target.cell !== undefined) {
      if (target.cell.status === STOPPED) this.#notify(watcher, target, { code: "no-actor" });
      else this.#kernel.familyOf(target.cell).watchers.add(watcher);
      return;
    }
    const key = target.id;
    const known = this.#remote.get(key);
    if (known !== undefined) {
      known.watchers.add(watcher);
      return;
    }
    this.#remote.set(key, { ref: target, watchers: new Set([watcher]) });
    this.#send(target, false);
  }

  remove(target: ActorRef, watcher: Watcher): void {
    if ("kernel" in watcher) this.takeBack(target, watcher);
    if (target.cell !== undefined) {
      target.cell.family?.watchers.delete(watcher);
      return;
    }
    const known = this.#remote.get(target.id);
    if (!known?.watchers.delete(watcher) || known.watchers.size > 0) return;
    this.#remote.delete(target.id);
    const [address, generation] = target.export();
    this.#kernel.transport.control(threadOf(address), { kind: "unwatch", target: [address, generation] });
  }

  /** Calls a function of the system's user once when the target is gone; returns the way to unwatch. */
  listen(target: ActorRef, ended: (reason: StopReason) => void): () => void {
    assertRef("watch", target);
    const watcher: Watcher = {
      terminated: (_ref, reason) => callListener(this.#kernel, ended, reason, `the end of ${target}`),
    };
    this.add(target, watcher);
    return () => this.remove(target, watcher);
  }

  /** The watcher's wish is fulfilled, or no longer one; whether it was one still when its notice came up. */
  takeBack(target: ActorRef, { family }: Cell): boolean {
    let wasWished = false;
    for (const watched of family?.watching ?? []) {
      if (watched.equals(target)) wasWished = family?.watching.delete(watched) === true;
    }
    return wasWished;
  }

  /** A watcher is gone itself. */
  forget(watcher: Cell): void {
    for (const target of watcher.family?.watching ?? []) this.remove(target, watcher);
  }

  /** An actor of this thread is gone: its watchers here, and the threads that watch it, hear of it. */
  announce(cell: Cell, reason: StopReason): void {
    const { family } = cell;
    if (family === undefined) return;
    for (const watcher of family.watchers) this.#notify(watcher, cell.ref, reason);
    family.watchers.clear();
    for (const thread of family.watcherThreads) {
      this.#kernel.transport.control(thread, {
        kind: "terminated",
        target: cell.ref.export(),
        reason: recordOf(reason),
      });
    }
    family.watcherThreads.clear();
  }

  /** Another thread says that an actor of its is gone. */
  onTerminated(ref: ActorRef, reason: StopReasonRecord): void {
    const known = this.#remote.get(ref.id);
    if (known === undefined) return;
    this.#remote.delete(ref.id);
    const revived: StopReason =
      reason.error === undefined
        ? { code: reason.code }
        : { code: reason.code, error: errorFromRecord(reason.error) };
    for (const watcher of known.watchers) this.#notify(watcher, known.ref, revived);
  }

  /** The thread was replaced: ask the new one; it answers at once for those that are not reborn. */
  rearm(thread: number): void {
    for (const { ref } of this.#remote.values()) if (threadOf(ref.address) === thread) this.#send(ref, true);
  }

  /** The thread has ended for good, with whoever is still watched there. */
  end(thread: number): void {
    for (const { ref } of [...this.#remote.values()])
      if (threadOf(ref.address) === thread) this.onTerminated(ref, { code: "shutdown" });
  }

  #send(target: ActorRef, lost: boolean): void {
    const [address, generation] = target.export();
    this.#kernel.transport.control(threadOf(address), { kind: "watch", target: [address, generation], lost });
  }

  #notify(watcher: Watcher, ref: ActorRef, reason: StopReason): void {
    if (!("kernel" in watcher)) {
      watcher.terminated(ref, reason);
      return;
    }
    this.#kernel.pushSystem(watcher, TERMINATED, [ref, reason]);
  }
}

/** Answers a watch that came from another thread. */
export function onWatch(
  kernel: Kernel,
  from: number,
  address: number,
  generation: number,
  lost: boolean,
): void {
  const slot = slotOf(address);
  const cell = kernel.cellAt(slot, generation);
  if (cell !== undefined) {
    kernel.familyOf(cell).watcherThreads.add(from);
    return;
  }
  if (kernel.unborn.awaits(slot, generation)) {
    kernel.unborn.watch(slot, generation, from, lost);
    return;
  }
  const reason: StopReasonRecord = { code: lost ? "thread-lost" : "no-actor" };
  kernel.transport.control(from, { kind: "terminated", target: [address, generation], reason });
}
