// What a work queue is told, looked over before anything changes: its work is in memory, and a fault would cost all of
// it. What cannot be meant is its sender's affair: an ask fails, of a tell there is a dead letter.

import { LOADING } from "../actor/cell.js";
import type { Context } from "../actor/context.js";
import type { DeadLetterReason } from "../actor/dead-letters.js";
import type { ActorContext } from "../actor/definition.js";
import { isMethod, NoMethod, wrongMethod } from "../actor/errors.js";
import { ActorRef } from "../actor/ref.js";
import { writtenName } from "../actor/stream-name.js";
import { CodedError } from "../base/errors.js";
import { unknownOption, wrongOption } from "../base/options.js";
import { show } from "../base/show.js";
import { limitOf, wrongTimeout } from "../base/time-limit.js";
import type { Consumer } from "./work-ledger.js";

const JOIN_KEYS: readonly string[] = [
  "consumer",
  "method",
  "confirm",
  "timeoutMs",
] satisfies (keyof Consumer)[];

/** Why nobody can join like this; undefined where it can be meant, as far as this thread knows. */
export function wrongJoin(given: unknown): Error | undefined {
  if (typeof given !== "object" || given === null)
    return wrongInput("join", given, "give {consumer: its ref, method: its method that takes work}");
  const { consumer, method, confirm = "return", timeoutMs = 0 } = given as Partial<Consumer>;
  const unknown = unknownOption(given, JOIN_KEYS);
  if (unknown !== undefined) return wrongOption("join", unknown, JOIN_KEYS);
  if (!(consumer instanceof ActorRef))
    return wrongInput("join: consumer", consumer, "give the ref of an actor");
  if (!isMethod(method)) return wrongMethod(method);
  if (confirm !== "return" && confirm !== "explicit")
    return wrongInput("join: confirm", confirm, 'give "return" or "explicit"');
  if (limitOf(timeoutMs, 0) === undefined) return wrongTimeout(timeoutMs);
  const { cell } = consumer;
  if (cell === undefined || cell.status === LOADING) return undefined;
  const { handlers } = cell.definition;
  if (handlers[method] !== undefined) return undefined;
  const known = Object.keys(handlers).map(writtenName).join(", ") || "no methods";
  return new NoMethod(`${consumer} cannot take work by "${method}": it has ${known}`);
}

export function wrongLeave(given: unknown): Error | undefined {
  return given instanceof ActorRef ? undefined : wrongInput("leave", given, "give the ref of who joined");
}

export function wrongConfirm(given: unknown): Error | undefined {
  return Number.isInteger(given) ? undefined : wrongInput("confirm", given, "give the id of a piece of work");
}

/** Who asked hears the error. */
export function refuse<S>(
  ctx: ActorContext<S>,
  method: string,
  payload: unknown,
  error: Error,
  reason: DeadLetterReason = "fault",
): void {
  const { open } = ctx as unknown as Context;
  if (open === undefined) bury(ctx, method, payload, reason);
  else ctx.later().fail(error);
}

export function bury<S>(
  ctx: ActorContext<S>,
  method: string,
  payload: unknown,
  reason: DeadLetterReason,
): void {
  const letter = { receiver: ctx.path, method, payload, reason, sender: ctx.sender?.id };
  (ctx as unknown as Context).kernel.deadLetters.add(letter);
}

function wrongInput(what: string, given: unknown, expected: string): CodedError {
  return new CodedError("BAD_MESSAGE", `${what}: ${show(given)}; ${expected}`);
}
