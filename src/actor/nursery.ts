// Births, on this thread and on others, and what becomes of families when a thread is lost.
//
// `spawn` returns at once: the spawning thread numbers the newborn itself, out of slots it owns on the other thread,
// and sends the spec on the control ring. It keeps the spec, to start the child again should its thread be lost.

import { addressOf, slotOf, threadOf } from "./address.js";
import { Cell, LOADING, STARTING, STOPPED, STOPPING } from "./cell.js";
import { childGone, stopOne } from "./children.js";
import type { SpawnMessage } from "./control-message.js";
import type { AnyDefinition, Placement, SpawnOptions, StopReason } from "./definition.js";
import { DefinitionError, MAILBOX_CAPACITY } from "./definition.js";
import type { ThreadLost } from "./errors.js";
import { NameTaken, StaleIncarnation } from "./errors.js";
import { type Child, type Family, RemoteChild } from "./family.js";
import type { Kernel } from "./kernel.js";
import { LastCall } from "./last-call.js";
import { crash, stopCell } from "./lifecycle.js";
import { DEAD_BIT, SlotSource } from "./presence.js";
import { ActorRef } from "./ref.js";
import { checkSpawn } from "./spawn-options.js";
import { superviseChild } from "./supervise.js";
import { keepTraced } from "./trace.js";

/** Stands in while a definition is being imported. */
const LOADING_DEFINITION: AnyDefinition = {
  kind: "actor",
  module: undefined,
  name: "loading",
  makeState: () => undefined,
  handlers: {},
  concurrent: undefined,
  reentrant: undefined,
  restart: "permanent",
  redeliver: 0,
  remote: new Set(),
  capacity: MAILBOX_CAPACITY,
  ample: MAILBOX_CAPACITY,
  last: new LastCall(),
  mailbox: undefined,
  supervision: undefined,
  hooks: {},
  written: undefined,
};

export class Nursery {
  readonly #kernel: Kernel;
  /** Slots this thread may give away, by the thread they are on. */
  readonly #slots = new Map<number, SlotSource>();
  /** Supervisors with children elsewhere, and how many. */
  readonly #parents = new Map<Cell, number>();
  /** Actors here whose parent is elsewhere, by its thread. */
  readonly #orphans = new Map<number, Set<Cell>>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Supervisors here with children elsewhere, and actors here whose supervisor is elsewhere. */
  get acrossThreads(): number {
    let count = this.#parents.size;
    for (const orphans of this.#orphans.values()) count += orphans.size;
    return count;
  }

  spawn(parent: Cell, definition: AnyDefinition, options: SpawnOptions, placement: Placement): ActorRef {
    const kernel = this.#kernel;
    checkSpawn(definition, options);
    if (parent.status >= STOPPING)
      throw new StaleIncarnation(`${parent.path} is stopping and can have no children`);
    const family = kernel.familyOf(parent);
    if (options.name !== undefined) assertName(parent, family.byName.get(options.name), options.name);
    const thread = kernel.above.places.choose(options.on ?? placement, kernel.thread);
    if (options.significant) assertSignificant(parent, definition, options);
    const label = options.name ?? family.nextSerial++;
    if (thread !== kernel.thread)
      return this.#spawnElsewhere(parent, family, thread, definition, label, options);
    const cell = new Cell(kernel, definition, parent, label, options);
    family.add(cell, options.significant);
    kernel.counters.spawned++;
    kernel.enqueue(cell);
    return cell.ref;
  }

  /** A child whose thread was lost is born again there, under the same ref. */
  rebirth(parent: Cell, child: RemoteChild): void {
    this.#kernel.transport.control(threadOf(child.ref.address), birthOf(parent, child));
  }

  /** A child whose thread was lost will not be: its slot is free, and whoever waits for it hears so. */
  bury(child: RemoteChild): void {
    const { address, generation } = child.ref;
    const [thread, slot] = [threadOf(address), slotOf(address)];
    this.#kernel.presenceOf(thread).set(slot, generation, DEAD_BIT);
    this.#kernel.transport.control(thread, { kind: "bury", child: child.ref.export() });
    this.slotsOn(thread).give(slot, generation);
  }

  /** An actor that another thread spawned here. Its mail is kept while its module is imported. */
  receive(message: SpawnMessage): void {
    const kernel = this.#kernel;
    const [address, generation] = message.child;
    const slot = slotOf(address);
    const parent = kernel.refTo(message.parent[0], message.parent[1]);
    const options: SpawnOptions = {
      args: message.args,
      restart: message.restart,
      ...(message.shutdownMs === undefined ? {} : { shutdownMs: message.shutdownMs }),
    };
    const cell = new Cell(kernel, LOADING_DEFINITION, parent, message.label, options);
    cell.status = LOADING;
    kernel.familyOf(cell).parentPath = message.parentPath;
    kernel.settleAt(cell, slot, generation);
    this.#orphansOf(threadOf(message.parent[0])).add(cell);
    kernel.counters.spawned++;
    kernel.unborn.deliver(slot, generation);
    const start = () => {
      if (cell.status !== LOADING) return false;
      cell.status = STARTING;
      return true;
    };
    kernel.above.definitions.load(message.module, message.definition).then(
      (definition) => {
        const early = cell.adopt(definition);
        cell.definition = keepTraced(cell, definition);
        for (const letter of early) kernel.pushParked(cell, letter);
        if (start()) kernel.enqueue(cell);
      },
      (error: unknown) => {
        // A restart does not bring the definition: it fails again, until its supervisor has had enough.
        cell.definition = { ...LOADING_DEFINITION, makeState: () => throwAgain(error) };
        if (start()) crash(cell, error, undefined);
      },
    );
  }

  slotsOn(thread: number): SlotSource {
    let source = this.#slots.get(thread);
    if (source === undefined) {
      source = new SlotSource(this.#kernel.presenceOf(thread), this.#kernel.thread);
      this.#slots.set(thread, source);
    }
    return source;
  }

  /** A cell of this thread has finished. */
  forget(cell: Cell): void {
    if (cell.parent instanceof ActorRef) this.#orphans.get(threadOf(cell.parent.address))?.delete(cell);
    else if (cell.slot !== 0) this.slotsOn(this.#kernel.thread).give(cell.slot, cell.generation);
  }

  forgetRemoteChild(parent: Cell): void {
    const left = (this.#parents.get(parent) ?? 1) - 1;
    if (left === 0) this.#parents.delete(parent);
    else this.#parents.set(parent, left);
  }

  /**
   * Another thread was lost; the rings lead to its successor already. Its children here stop. Supervisors of its actors
   * act: to each the loss is one restart, however many children it took.
   */
  threadLost(thread: number, error: ThreadLost): void {
    this.#stopOrphans(thread, { code: "parent-stopped", error });
    for (const parent of [...this.#parents.keys()]) {
      let free = false;
      for (const child of this.#takenFrom(parent, thread)) {
        superviseChild(parent, child, "thread-lost", error, free);
        if (child.stopping === undefined) free = true;
      }
    }
    this.buryForgotten(thread);
  }

  /**
   * Actors that this thread had numbered on another one and that were lost there, without a supervisor here that could
   * bring them back: it has ended, or was lost itself with all it knew. Without a word they would be waited for.
   */
  buryForgotten(thread: number): void {
    const presence = this.#kernel.presenceOf(thread);
    const awaited = new Set<number>();
    for (const { family } of this.#parents.keys())
      for (const child of family?.children ?? [])
        if (child instanceof RemoteChild) awaited.add(child.ref.address);
    for (const slot of presence.lostOf(this.#kernel.thread)) {
      const address = addressOf(thread, slot);
      if (awaited.has(address)) continue;
      // Its thread marks it dead, not this one: the word may go to a thread that is lost again, and is then repeated.
      this.#kernel.transport.control(thread, { kind: "bury", child: [address, presence.generation(slot)] });
      this.slotsOn(thread).reclaim(slot);
    }
  }

  /** The children of `parent` that were lost with the thread. Why all at once: some may restart together. */
  #takenFrom(parent: Cell, thread: number): RemoteChild[] {
    const lost: RemoteChild[] = [];
    for (const child of [...(parent.family?.children ?? [])]) {
      if (child instanceof Cell || threadOf(child.ref.address) !== thread) continue;
      child.lost = true;
      const { address, generation } = child.ref;
      // It had finished, and the word of it was lost with the thread.
      if (this.#kernel.presenceOf(thread).isDead(slotOf(address), generation))
        stopOne(parent, child, { code: "no-actor" });
      else lost.push(child);
    }
    return lost;
  }

  /** Another thread has ended for good: its children here stop, children there are gone. */
  threadEnded(thread: number): void {
    this.#stopOrphans(thread, { code: "parent-stopped" });
    for (const parent of [...this.#parents.keys()]) {
      for (const child of [...(parent.family?.children ?? [])]) {
        if (child instanceof Cell || threadOf(child.ref.address) !== thread) continue;
        this.bury(child);
        childGone(parent, child, "shutdown");
      }
    }
  }

  /** This thread is to end: whoever another thread spawned here stops, and with them everybody else. */
  stopAll(reason: StopReason): void {
    for (const orphans of this.#orphans.values()) for (const cell of [...orphans]) stopCell(cell, reason);
  }

  #stopOrphans(thread: number, reason: StopReason): void {
    for (const cell of [...(this.#orphans.get(thread) ?? [])]) stopCell(cell, reason);
    this.#orphans.delete(thread);
  }

  #spawnElsewhere(
    parent: Cell,
    family: Family,
    thread: number,
    definition: AnyDefinition,
    label: string | number,
    options: SpawnOptions,
  ): ActorRef {
    if (definition.module === undefined) {
      throw new DefinitionError(
        `${definition.name} has no module, so thread ${thread} cannot load it: add \`module: import.meta.url\``,
      );
    }
    const source = this.slotsOn(thread);
    const { slot, generation } = source.take();
    const path = `${parent.path}/${typeof label === "string" ? label : `$${label}`}`;
    const ref = new ActorRef(this.#kernel, undefined, addressOf(thread, slot), generation, path);
    const child = new RemoteChild(label, ref, definition, options);
    try {
      this.#kernel.transport.spawn(thread, birthOf(parent, child));
    } catch (error) {
      source.give(slot, generation);
      throw error;
    }
    family.add(child, options.significant);
    this.#parents.set(parent, (this.#parents.get(parent) ?? 0) + 1);
    return ref;
  }

  #orphansOf(thread: number): Set<Cell> {
    let orphans = this.#orphans.get(thread);
    if (orphans === undefined) {
      orphans = new Set();
      this.#orphans.set(thread, orphans);
    }
    return orphans;
  }
}

function birthOf(parent: Cell, child: RemoteChild): SpawnMessage {
  return {
    kind: "spawn",
    child: child.ref.export(),
    module: child.definition.module ?? "",
    definition: child.definition.name,
    label: child.label,
    args: child.args,
    restart: child.restart,
    shutdownMs: child.shutdownMs,
    parent: parent.ref.export(),
    parentPath: parent.path,
  };
}

function assertName(parent: Cell, holder: Child | undefined, name: string): void {
  if (name === "" || name.includes("/") || name.startsWith("$")) {
    throw new DefinitionError(
      `actor name ${JSON.stringify(name)}: give it one without a slash or a leading $`,
    );
  }
  if (holder !== undefined && !hasFinished(parent.kernel, holder))
    throw new NameTaken(`${parent.path} has a child "${name}" already: choose another name`);
}

/** Whether others may have heard of its end already, though its parent has not. */
function hasFinished(kernel: Kernel, child: Child): boolean {
  if (child instanceof Cell) return child.status === STOPPED;
  const { address, generation } = child.ref;
  return kernel.presenceOf(threadOf(address)).isDead(slotOf(address), generation);
}

/** As in OTP: what always comes back never ends by itself. */
function assertSignificant(parent: Cell, definition: AnyDefinition, options: SpawnOptions): void {
  const { restart = definition.restart } = options;
  const { autoShutdown = "never" } = parent.definition.supervision ?? {};
  if (restart !== "permanent" && autoShutdown !== "never") return;
  throw new DefinitionError(
    `${definition.name}: significant, with restart "${restart}", under ${parent.path} with autoShutdown ` +
      `"${autoShutdown}"; a significant child is transient or temporary, its supervisor any- or all-significant`,
  );
}

function throwAgain(error: unknown): never {
  throw error;
}
