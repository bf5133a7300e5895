// Mail for actors that are not born yet. A ref may travel faster than the birth: A spawns C on thread 2 and sends the
// ref to B on thread 3, whose message may reach thread 2 first. A generation ahead of its slot means: wait.

import type { Ask } from "./ask.js";
import { NoActor, SystemFull } from "./errors.js";
import type { Kernel } from "./kernel.js";
import { linkHalf } from "./links.js";
import type { ActorRef } from "./ref.js";

/** Messages kept for unborn actors per thread, all together. */
export const PARKED_MAX = 65_536;
/** A birth takes a ring's delay; after this long nobody is coming. */
export const PARKED_MS = 5_000;
/** One that was lost with its thread comes back after its supervisor's backoff. Mail waits no longer than this. */
export const LOST_MS = 15_000;

interface Parked {
  readonly generation: number;
  readonly letters: {
    method: string;
    payload: unknown;
    sender: ActorRef | undefined;
    ask: Ask | undefined;
  }[];
  readonly watchers: { thread: number; lost: boolean }[];
  readonly linked: ActorRef[];
  readonly sinceMs: number;
}

export class Unborn {
  readonly #kernel: Kernel;
  readonly #parked = new Map<number, Parked>();
  #letters = 0;
  #sweeping = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Actors that somebody waits for. */
  get size(): number {
    return this.#parked.size;
  }

  /** Whether the generation is still to come in this slot, for the first time or again. */
  awaits(slot: number, generation: number): boolean {
    return this.#kernel.presence.awaits(slot, generation);
  }

  park(
    slot: number,
    generation: number,
    method: string,
    payload: unknown,
    sender: ActorRef | undefined,
    ask: Ask | undefined,
  ): void {
    if (this.#letters >= PARKED_MAX) {
      if (ask !== undefined)
        this.#kernel.asks.fail(ask, new SystemFull("too many messages wait for actors to be born"));
      this.#drop(slot, method, payload, sender);
      return;
    }
    this.#at(slot, generation).letters.push({ method, payload, sender, ask });
    this.#letters++;
  }

  watch(slot: number, generation: number, thread: number, lost: boolean): void {
    this.#at(slot, generation).watchers.push({ thread, lost });
  }

  link(slot: number, generation: number, by: ActorRef): void {
    this.#at(slot, generation).linked.push(by);
  }

  /** The actor is born: what waited becomes its mail, in order. */
  deliver(slot: number, generation: number): void {
    const parked = this.#take(slot);
    const cell = this.#kernel.cellAt(slot, generation);
    if (parked === undefined || cell === undefined) return;
    if (parked.generation !== generation) return this.#bury(slot, parked);
    for (const letter of parked.letters) this.#kernel.pushParked(cell, letter);
    for (const { thread } of parked.watchers) this.#kernel.familyOf(cell).watcherThreads.add(thread);
    for (const by of parked.linked) linkHalf(cell, by);
  }

  /** The actor will never be born. */
  bury(slot: number, generation: number): void {
    if (this.#parked.get(slot)?.generation !== generation) return;
    const parked = this.#take(slot);
    if (parked !== undefined) this.#bury(slot, parked);
  }

  #at(slot: number, generation: number): Parked {
    const known = this.#parked.get(slot);
    if (known !== undefined && known.generation === generation) return known;
    if (known !== undefined) this.bury(slot, known.generation);
    const sinceMs = this.#kernel.ports.clock.nowMs();
    const made: Parked = { generation, letters: [], watchers: [], linked: [], sinceMs };
    this.#parked.set(slot, made);
    this.#sweepLater();
    return made;
  }

  #take(slot: number): Parked | undefined {
    const parked = this.#parked.get(slot);
    if (parked === undefined) return undefined;
    this.#parked.delete(slot);
    this.#letters -= parked.letters.length;
    return parked;
  }

  #bury(slot: number, parked: Parked): void {
    const address = this.#kernel.addressOf(slot);
    for (const { method, payload, sender, ask } of parked.letters) {
      if (ask !== undefined) this.#kernel.asks.fail(ask, new NoActor("the actor was never born"));
      this.#drop(slot, method, payload, sender);
    }
    for (const { thread, lost } of parked.watchers) {
      const reason = { code: lost ? "thread-lost" : "no-actor" } as const;
      this.#kernel.transport.control(thread, {
        kind: "terminated",
        target: [address, parked.generation],
        reason,
      });
    }
  }

  #drop(slot: number, method: string, payload: unknown, sender: ActorRef | undefined): void {
    const receiver = `${this.#kernel.thread}/${slot}`;
    this.#kernel.deadLetters.add({ receiver, method, payload, reason: "unborn", sender: sender?.id });
  }

  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#kernel.ports.timers.after(PARKED_MS / 2, () => {
      this.#sweeping = false;
      const nowMs = this.#kernel.ports.clock.nowMs();
      for (const [slot, parked] of this.#parked) {
        const limitMs = this.#kernel.presence.isLost(slot) ? LOST_MS : PARKED_MS;
        if (nowMs - parked.sinceMs >= limitMs) this.bury(slot, parked.generation);
      }
      if (this.#parked.size > 0) this.#sweepLater();
    });
  }
}
