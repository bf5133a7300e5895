// What the actors of one thread are doing: a walk down the tree that costs a message nothing, since it reads only what
// is kept anyway. Levels come one after the other, so that a bound on the number of actors cuts the deepest first.
//
// Why rows and no tree: they travel to the main thread, and a tree may be deeper than what can be cloned.

import { slotOf, threadOf } from "./address.js";
import { Cell, STATUS_NAMES } from "./cell.js";
import type { Where } from "./control-message.js";
import type { RemoteChild } from "./family.js";
import type { Kernel } from "./kernel.js";
import { writtenName } from "./stream-name.js";

export type ActorState = (typeof STATUS_NAMES)[number] | "unreachable";

/** What is known of one actor. */
export interface ActorFacts {
  readonly path: string;
  readonly definition: string;
  readonly thread: number;
  /**
   * `waiting`: a promise of its turn or its start is open. `unreachable`: its thread did not answer, or does not know
   * it yet or any more.
   */
  readonly state: ActorState;
  /** Messages that wait. */
  readonly mailbox: number;
  /** Messages this incarnation has handled. */
  readonly handled: number;
  /** Restarts since it lives on this thread. */
  readonly restarts: number;
  /** The message in hand and for how long, to a few milliseconds. Concurrent turns are only counted. */
  readonly current: { readonly method: string; readonly forMs: number } | undefined;
  /** Turns of concurrent methods that are open. */
  readonly concurrent: number;
}

export interface ActorRow extends ActorFacts {
  /** Index of the parent's row; below 0 for the roots: the n-th that was asked for is -n-1. */
  readonly parent: number;
  /** Children that are not among the rows. */
  more: number;
  /** Set for a child that lives on another thread: that one knows more. */
  readonly where?: Where;
}

export interface WalkRoot {
  readonly where: Where;
  /** Levels below it that are wanted. */
  readonly depth: number;
}

/** Rows of the actors at `roots` and below them, at most `limit`; those that are gone are left out. */
export function walk(kernel: Kernel, roots: readonly WalkRoot[], limit: number): ActorRow[] {
  const cells = roots.map(({ where: [address, generation] }) => kernel.cellAt(slotOf(address), generation));
  return walkCells(
    cells,
    roots.map(({ depth }) => depth),
    limit,
  );
}

/** As `walk`, from cells that need no address. */
export function walkCells(
  roots: readonly (Cell | undefined)[],
  depths: readonly number[],
  limit: number,
): ActorRow[] {
  const rows: ActorRow[] = [];
  const queue: { cell: Cell; row: number; depth: number }[] = [];
  const add = (cell: Cell, parent: number, depth: number): void => {
    queue.push({ cell, row: rows.length, depth });
    rows.push({ ...factsOf(cell), parent, more: 0 });
  };
  for (const [index, cell] of roots.entries())
    if (cell !== undefined && rows.length < limit) add(cell, -index - 1, depths[index] ?? 0);
  for (let next = queue[0], at = 0; next !== undefined; next = queue[++at]) {
    const { cell, row, depth } = next;
    const own = rows[row] as ActorRow;
    for (const child of cell.family?.children ?? []) {
      if (depth === 0 || rows.length >= limit) own.more++;
      else if (child instanceof Cell) add(child, row, depth - 1);
      else rows.push({ ...stubOf(own.path, child), parent: row, more: 0, where: child.ref.export() });
    }
  }
  return rows;
}

function factsOf(cell: Cell): ActorFacts {
  const { kernel, turn, family } = cell;
  const nowMs = kernel.ports.clock.nowMs();
  const running =
    kernel.current === cell ? { method: kernel.letter?.method ?? "", sinceMs: kernel.sliceMs } : turn;
  return {
    path: cell.path,
    definition: cell.definition.name,
    thread: kernel.thread,
    state: STATUS_NAMES[cell.status],
    mailbox: cell.size,
    handled: cell.context?.handled ?? 0,
    restarts: family?.restarts ?? 0,
    current: running && {
      method: writtenName(running.method),
      forMs: Math.max(0, Math.round(nowMs - running.sinceMs)),
    },
    concurrent: family?.turns.size ?? 0,
  };
}

/** What a parent knows of a child on another thread. */
function stubOf(parentPath: string, { label, ref, definition }: RemoteChild): ActorFacts {
  const name = typeof label === "string" ? label : `$${label}`;
  return unknownActor(`${parentPath}/${name}`, definition.name, threadOf(ref.address));
}

/** An actor that its own thread has not told of. */
export function unknownActor(path: string, definition: string, thread: number): ActorFacts {
  return {
    path,
    definition,
    thread,
    state: "unreachable",
    mailbox: 0,
    handled: 0,
    restarts: 0,
    current: undefined,
    concurrent: 0,
  };
}
