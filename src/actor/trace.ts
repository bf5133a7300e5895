// A trace of one actor: an event for each message it handles, while somebody wants it.
//
// Why the definition is swapped, as `become` does: an actor that nobody traces pays nothing, not even a branch.

import { type ErrorRecord, errorToRecord } from "../base/errors.js";
import { slotOf } from "./address.js";
import { type Cell, isThenable } from "./cell.js";
import type { Where } from "./control-message.js";
import type { ActorContext, AnyDefinition, Handler } from "./definition.js";
import type { Kernel } from "./kernel.js";
import { withHandlers } from "./last-call.js";
import { writtenName } from "./stream-name.js";

/** One message that a traced actor has handled. */
export interface TraceEntry {
  readonly path: string;
  readonly method: string;
  /** The sender's path, or its id where that is not known. */
  readonly from: string | undefined;
  /** When its handler was called. */
  readonly atMs: number;
  /** Until the handler had returned, or its promise settled. */
  readonly tookMs: number;
  readonly outcome: "returned" | "failed";
  readonly error?: ErrorRecord;
}

/** The path that the entries of a trace carry, or why there is none. */
export type Traceable = { readonly path: string } | "unborn" | "gone";

/** Begins or ends a trace; as many must end it as began it. */
export function setTraced(kernel: Kernel, [address, generation]: Where, on: boolean): Traceable {
  const slot = slotOf(address);
  const cell = kernel.cellAt(slot, generation);
  if (cell === undefined) return kernel.unborn.awaits(slot, generation) ? "unborn" : "gone";
  const family = kernel.familyOf(cell);
  const before = family.traces;
  family.traces = Math.max(0, before + (on ? 1 : -1));
  if (before === 0 && on) cell.definition = traced(cell, cell.definition);
  if (before === 1 && !on) cell.definition = untraced(cell.definition);
  return { path: cell.path };
}

/** The definition an actor goes on with: with its trace, if it has one. */
export function keepTraced(cell: Cell, next: AnyDefinition): AnyDefinition {
  return cell.family === undefined || cell.family.traces === 0 ? next : traced(cell, next);
}

/** What a traced definition was made from, for those who derive the next one. */
export function untraced(definition: AnyDefinition): AnyDefinition {
  return (definition as Partial<Traced>).watched ?? definition;
}

type Traced = AnyDefinition & { readonly watched: AnyDefinition };

function traced(cell: Cell, definition: AnyDefinition): AnyDefinition {
  const handlers = Object.create(null) as Record<string, Handler<unknown>>;
  for (const [method, handler] of Object.entries(definition.handlers))
    handlers[method] = (ctx, payload) => watch(cell, method, handler, ctx, payload);
  const watched: Traced = { ...withHandlers(definition, handlers), watched: definition };
  return watched;
}

function watch(
  cell: Cell,
  method: string,
  handler: Handler<unknown>,
  ctx: ActorContext,
  payload: unknown,
): unknown {
  const { kernel, path } = cell;
  const { clock } = kernel.ports;
  const [atMs, startMs, from] = [clock.wallMs(), clock.nowMs(), ctx.sender?.toString()];
  const note = (outcome: TraceEntry["outcome"], error?: ErrorRecord): void => {
    const entry = { path, method: writtenName(method), from, atMs, tookMs: clock.nowMs() - startMs, outcome };
    kernel.emit({ type: "trace", thread: kernel.thread, ...entry, ...(error && { error }) });
  };
  const failed = (thrown: unknown): never => {
    note("failed", errorToRecord(thrown));
    throw thrown;
  };
  let result: unknown;
  try {
    result = handler(ctx, payload);
  } catch (thrown) {
    return failed(thrown);
  }
  if (isThenable(result)) {
    return Promise.resolve(result).then((value) => {
      note("returned");
      return value;
    }, failed);
  }
  note("returned");
  return result;
}
