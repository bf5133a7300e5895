// The registrar: who has which name, and who belongs to which service key, for the whole system. One authority, on the
// main thread, which is never lost; so that a name is unique without any vote. It watches what it holds and forgets an
// actor once it is gone; one that is reborn under its ref keeps its names and keys.
//
// Why no actor: it has no turns to wait for, no mailbox that could be full and no life of its own; what it hears is
// control messages, and what it says to threads must never be lost.

import { CodedError, errorToRecord } from "../base/errors.js";
import { unreachable } from "../base/invariant.js";
import { isLater, slotOf, threadOf } from "./address.js";
import { STOPPED } from "./cell.js";
import { NameTaken, NoActor, SystemFull } from "./errors.js";
import type { Kernel } from "./kernel.js";
import type { ActorRef } from "./ref.js";
import type { RegistryMessage, RegistryOrder } from "./registry-message.js";

/** Names in all, and members of one key. Why: a thread that begins to follow a key gets all of them in one message. */
const NAMES_MAX = 1_000_000;
const MEMBERS_MAX = 100_000;
const NONE: readonly ActorRef[] = [];

/** All that the registrar holds of one actor. */
interface Entry {
  readonly ref: ActorRef;
  path: string;
  readonly names: Set<string>;
  readonly keys: Set<string>;
}

export class Registrar {
  readonly #kernel: Kernel;
  /** By the ids of the actors. */
  readonly #entries = new Map<string, Entry>();
  readonly #names = new Map<string, Entry>();
  readonly #groups = new Map<string, Map<string, ActorRef>>();
  /** Threads that hear of a key's changes. */
  readonly #followers = new Map<string, Set<number>>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** What is held, for those who look for leaks. */
  get size(): number {
    return this.#entries.size + this.#names.size + this.#groups.size + this.#followers.size;
  }

  take(from: number, serial: number, order: RegistryOrder): void {
    try {
      this.#say(from, { verb: "done", serial, refs: this.#carryOut(order) });
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.#say(from, { verb: "refused", serial, error: errorToRecord(error) });
    }
  }

  follow(thread: number, key: string): void {
    const followers = this.#followers.get(key);
    if (followers === undefined) this.#followers.set(key, new Set([thread]));
    else followers.add(thread);
    this.#say(thread, { verb: "members", key, all: this.#membersOf(key) });
  }

  unfollow(thread: number, key: string): void {
    const followers = this.#followers.get(key);
    if (followers?.delete(thread) && followers.size === 0) this.#followers.delete(key);
  }

  /** Its successor follows nothing yet. */
  threadLost(thread: number): void {
    for (const key of [...this.#followers.keys()]) this.unfollow(thread, key);
  }

  /** An actor is gone: all it had here is free. */
  terminated(ref: ActorRef): void {
    const entry = this.#entries.get(ref.id);
    if (entry === undefined) return;
    for (const name of [...entry.names]) this.#releaseName(entry, name);
    for (const key of [...entry.keys]) this.#removeMember(entry, key);
  }

  #carryOut(order: RegistryOrder): readonly ActorRef[] {
    switch (order.verb) {
      case "register":
        this.#register(order.name, order.ref, order.path);
        return NONE;
      case "unregister": {
        const entry = this.#names.get(order.name);
        if (entry !== undefined) this.#releaseName(entry, order.name);
        return NONE;
      }
      case "find": {
        const holder = this.#holderOf(order.name);
        return holder === undefined ? NONE : [holder.ref];
      }
      case "join":
        this.#join(order.key, order.ref);
        return NONE;
      case "leave": {
        const entry = this.#entries.get(order.ref.id);
        if (entry?.keys.has(order.key)) this.#removeMember(entry, order.key);
        return NONE;
      }
      case "members":
        return this.#membersOf(order.key);
      default:
        return unreachable(order);
    }
  }

  #register(name: string, ref: ActorRef, path: string): void {
    const holder = this.#holderOf(name);
    if (holder !== undefined) {
      if (holder.ref.equals(ref)) return;
      throw new NameTaken(
        `"${name}" is the name of ${holder.path}: choose another, or \`unregister\` it first`,
        { data: { name, holder: holder.ref.id } },
      );
    }
    if (this.#names.size >= NAMES_MAX)
      throw new SystemFull(`${NAMES_MAX} names are registered: unregister some first`);
    const entry = this.#entryOf(ref);
    entry.path = path;
    entry.names.add(name);
    this.#names.set(name, entry);
  }

  #join(key: string, ref: ActorRef): void {
    const group = this.#groups.get(key) ?? new Map<string, ActorRef>();
    if (group.has(ref.id)) return;
    if (group.size >= MEMBERS_MAX)
      throw new SystemFull(`${MEMBERS_MAX} actors have joined "${key}": spread them over several keys`);
    const entry = this.#entryOf(ref);
    entry.keys.add(key);
    group.set(ref.id, ref);
    this.#groups.set(key, group);
    this.#tellFollowers({ verb: "joined", key, ref });
  }

  /** Who has the name and is not known to be gone: the news of an end may still be on its way here. */
  #holderOf(name: string): Entry | undefined {
    const entry = this.#names.get(name);
    if (entry === undefined || !this.#isGone(entry.ref)) return entry;
    this.terminated(entry.ref);
    return undefined;
  }

  #membersOf(key: string): readonly ActorRef[] {
    return [...(this.#groups.get(key)?.values() ?? NONE)];
  }

  /** Throws `NoActor` for one that is gone already. */
  #entryOf(ref: ActorRef): Entry {
    const known = this.#entries.get(ref.id);
    if (known !== undefined) return known;
    if (this.#isGone(ref)) throw new NoActor(`${ref} is gone and cannot be registered: spawn a new one`);
    const entry: Entry = { ref, path: ref.toString(), names: new Set(), keys: new Set() };
    this.#entries.set(ref.id, entry);
    this.#kernel.watches.add(ref, this);
    return entry;
  }

  #isGone(ref: ActorRef): boolean {
    if (ref.cell?.status === STOPPED) return true;
    const [address, generation] = ref.export();
    const [presence, slot] = [this.#kernel.presenceOf(threadOf(address)), slotOf(address)];
    return presence.isDead(slot, generation) || isLater(presence.generation(slot), generation);
  }

  #releaseName(entry: Entry, name: string): void {
    this.#names.delete(name);
    entry.names.delete(name);
    this.#dropEmpty(entry);
  }

  #removeMember(entry: Entry, key: string): void {
    const group = this.#groups.get(key);
    group?.delete(entry.ref.id);
    if (group?.size === 0) this.#groups.delete(key);
    entry.keys.delete(key);
    this.#dropEmpty(entry);
    this.#tellFollowers({ verb: "left", key, ref: entry.ref });
  }

  #dropEmpty(entry: Entry): void {
    if (entry.names.size > 0 || entry.keys.size > 0) return;
    this.#entries.delete(entry.ref.id);
    this.#kernel.watches.remove(entry.ref, this);
  }

  #tellFollowers(change: RegistryMessage & { readonly key: string }): void {
    for (const thread of this.#followers.get(change.key) ?? []) this.#say(thread, change);
  }

  #say(thread: number, message: RegistryMessage): void {
    this.#kernel.transport.control(thread, { kind: "registry", message });
  }
}
