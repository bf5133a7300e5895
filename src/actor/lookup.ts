// Finding an actor by its path: name by name, as far as one thread knows the tree.

import { slotOf } from "./address.js";
import { Cell } from "./cell.js";
import type { Where } from "./control-message.js";
import type { AnyDefinition } from "./definition.js";
import type { Kernel } from "./kernel.js";
import type { ActorRef } from "./ref.js";

export interface PathStep {
  readonly ref: ActorRef;
  readonly definition: AnyDefinition;
  /** Names that are left; the actor lives on another thread, which knows more. */
  readonly names: readonly string[];
}

/** Follows `names` downwards from a cell. Undefined when a name is not there. */
export function descend(cell: Cell, names: readonly string[]): PathStep | undefined {
  const [name, ...rest] = names;
  if (name === undefined) return { ref: cell.ref, definition: cell.definition, names: [] };
  const child = cell.family?.byName.get(name) ?? numbered(cell, name);
  if (child === undefined) return undefined;
  if (child instanceof Cell) return descend(child, rest);
  return { ref: child.ref, definition: child.definition, names: rest };
}

function numbered(cell: Cell, name: string) {
  if (!name.startsWith("$")) return undefined;
  const serial = Number(name.slice(1));
  for (const child of cell.family?.children ?? []) if (child.label === serial) return child;
  return undefined;
}

/** The same for another thread that asks: from an address, answered in what can travel. */
export function findBelow(kernel: Kernel, [address, generation]: Where, names: readonly string[]) {
  const cell = kernel.cellAt(slotOf(address), generation);
  const found = cell === undefined ? undefined : descend(cell, names);
  if (found === undefined) return undefined;
  return { where: found.ref.export(), names: found.names, remote: [...found.definition.remote] };
}
