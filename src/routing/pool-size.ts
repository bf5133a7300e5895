// How many workers a pool should have: a pure decision on what it sees at each look.
//
// It grows by half when on two looks in a row more than `growAbove` messages wait per worker: one look may have met a
// burst that is over already. It shrinks by one when nothing has waited for `shrinkAfterMs`.

import { DefinitionError, refuseUnknown } from "../actor/definition.js";

export interface PoolSize {
  readonly min: number;
  readonly max: number;
  /** Messages that wait per worker, above which it grows. Default 4. */
  readonly growAbove?: number;
  /** Time between two looks; milliseconds, default 500. */
  readonly checkMs?: number;
  /** How long nothing may have waited before it shrinks; milliseconds, default 10,000. */
  readonly shrinkAfterMs?: number;
}

export const CHECK_MS = 500;
const GROW_ABOVE = 4;
const SHRINK_AFTER_MS = 10_000;

/** What a pool remembers between two looks. */
export interface SizeMemory {
  pressed: boolean;
  /** Since when nothing has waited, undefined while something does. */
  idleSinceMs: number | undefined;
}

/** The size a pool should have now. Changes only the memory it is given. */
export function decideSize(
  size: PoolSize,
  memory: SizeMemory,
  workers: number,
  waiting: number,
  nowMs: number,
): number {
  if (waiting > 0) memory.idleSinceMs = undefined;
  else memory.idleSinceMs ??= nowMs;
  const wasPressed = memory.pressed;
  memory.pressed = waiting > workers * (size.growAbove ?? GROW_ABOVE);
  if (memory.pressed && wasPressed) {
    memory.pressed = false;
    return Math.min(size.max, workers + Math.ceil(workers / 2));
  }
  const { idleSinceMs } = memory;
  if (idleSinceMs !== undefined && nowMs - idleSinceMs >= (size.shrinkAfterMs ?? SHRINK_AFTER_MS)) {
    memory.idleSinceMs = nowMs;
    return workers > size.min ? workers - 1 : workers;
  }
  return workers;
}

/** The bounds of a pool that was given a number or bounds. Refuses what cannot work. */
export function boundsOf(pool: string, size: number | PoolSize): PoolSize {
  const bounds = typeof size === "number" ? { min: size, max: size } : size;
  refuseUnknown(pool, "size", bounds, ["min", "max", "growAbove", "checkMs", "shrinkAfterMs"]);
  const { min, max } = bounds;
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 1 || max < min) {
    throw new DefinitionError(
      `${pool}: size from ${min} to ${max}; give whole numbers of workers, 1 or more, the smaller first`,
    );
  }
  for (const name of ["growAbove", "checkMs", "shrinkAfterMs"] as const) {
    const given = bounds[name];
    if (given !== undefined && !(given > 0))
      throw new DefinitionError(`${pool}: size.${name} ${given}; give a number above 0`);
  }
  return bounds;
}
