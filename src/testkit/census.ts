// What a simulated system looks like from outside: who lives, how the tree hangs together, and what is left when
// everything should be gone. Reads the runtime's own books and compares them with each other.

import { slotOf, threadOf } from "../actor/address.js";
import { Cell, READY, STATUS_NAMES } from "../actor/cell.js";
import type { Child } from "../actor/family.js";
import type { Presence } from "../actor/presence.js";
import type { ThreadRuntime } from "../runtime/thread-runtime.js";
import type { VirtualTime } from "./virtual-time.js";

/** An actor that lives. */
export interface Living {
  readonly path: string;
  readonly thread: number;
  readonly status: (typeof STATUS_NAMES)[number];
  readonly waiting: number;
}

export interface Census {
  readonly living: readonly Living[];
  /** What does not fit: actors without a living parent, children that live nowhere, actors that wait for ever. */
  readonly wrong: readonly string[];
}

/** All of it is 0 once every actor has stopped, but for a timer or two of each thread's own. */
export interface Leftovers {
  readonly actors: number;
  /** Asks to other threads that wait for an answer, and streams that are being written. */
  readonly openAsks: number;
  /** Asks on the wheel of deadlines, local ones included. */
  readonly deadlines: number;
  /** Watches, names, service keys and subscriptions. */
  readonly watches: number;
  /** Families that reach over threads. */
  readonly families: number;
  /** Messages and watches that wait for a birth. */
  readonly parked: number;
  /** Slots taken and given back by nobody; negative for what was given back twice. */
  readonly slots: number;
  /** Slots that still say that somebody lives there or will come back. */
  readonly ghosts: number;
  /** Bytes in rings that nobody has read, or whose room was not given back. */
  readonly ringBytes: number;
  /** Messages that wait for room in a ring. */
  readonly unsent: number;
  readonly timers: number;
}

export function leftoversOf(
  runtimes: readonly ThreadRuntime[],
  presences: readonly Presence[],
  time: VirtualTime,
  root: Cell,
): Leftovers {
  const left = { actors: 0, openAsks: 0, deadlines: 0, watches: 0, families: 0, parked: 0 };
  // The root has no end: its slot, if somebody asked for one, is no leftover.
  const known = root.slot === 0 ? 0 : 1;
  let [slots, ghosts, ringBytes, unsent] = [-known, -known, 0, 0];
  // First: whoever asks for slots clears away what a predecessor left.
  for (const presence of presences) ghosts += presence.inhabited;
  for (const { kernel, traffic } of runtimes) {
    left.actors += kernel.counters.spawned - kernel.counters.stopped;
    left.openAsks += kernel.asks.open + kernel.outflows.size;
    left.deadlines += kernel.asks.timed;
    left.watches += kernel.watches.size + kernel.registry.size + kernel.topics.size;
    left.families += kernel.nursery.acrossThreads;
    left.parked += kernel.unborn.size;
    ringBytes += traffic.ringBytes;
    unsent += traffic.unsent;
    for (const presence of presences) slots += kernel.nursery.slotsOn(presence.thread).taken;
  }
  return { ...left, slots, ghosts, ringBytes, unsent, timers: time.armed };
}

export function takeCensus(runtimes: readonly ThreadRuntime[], root: Cell): Census {
  const living: Living[] = [];
  const wrong: string[] = [];
  const found = runtimes.map(() => 0);
  const visit = (cell: Cell) => {
    for (const child of cell.family?.children ?? []) {
      const at = cellOf(runtimes, child);
      if (at === undefined) {
        wrong.push(`${cell.path} holds a child ${child.label} that lives nowhere`);
        continue;
      }
      const { thread } = at.kernel;
      found[thread] = (found[thread] ?? 0) + 1;
      const status = STATUS_NAMES[at.status];
      living.push({ path: at.path, thread, status, waiting: at.size });
      if (at.status !== READY) wrong.push(`${at.path} on thread ${thread} is ${status} and nothing moves`);
      else if (at.size > 0) wrong.push(`${at.path} on thread ${thread} has mail and does not handle it`);
      visit(at);
    }
  };
  visit(root);
  for (const { thread, kernel } of runtimes) {
    const strays = kernel.counters.spawned - kernel.counters.stopped - (found[thread] ?? 0);
    if (strays !== 0) wrong.push(`thread ${thread} has ${strays} actors without a living parent`);
  }
  return { living, wrong };
}

/** The actor itself, on whatever thread it is. */
function cellOf(runtimes: readonly ThreadRuntime[], child: Child): Cell | undefined {
  if (child instanceof Cell) return child;
  const { address, generation } = child.ref;
  return runtimes
    .find(({ thread }) => thread === threadOf(address))
    ?.kernel.cellAt(slotOf(address), generation);
}
