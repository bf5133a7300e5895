// What a definition must be to work, found when it is made: every wrong value is refused with what was expected.
// Why so strict: what passes here fails later, inside some other thread, or silently does something else.

import { CodedError } from "../base/errors.js";
import { isObject, show } from "../base/show.js";
import type { ActorHooks, ActorSpecification, Handlers } from "./definition.js";
import type { MailboxOptions } from "./shaped-mailbox.js";
import { isStream } from "./stream-name.js";
import { AUTO_SHUTDOWNS, RESTARTS, STRATEGIES, type SupervisionOptions } from "./supervision.js";

// biome-ignore lint/suspicious/noExplicitAny: any specification at all
type AnySpecification = ActorSpecification<any, any, string, Handlers<any>>;

/** A definition that cannot work, found when it is made. */
export class DefinitionError extends CodedError {
  constructor(message: string) {
    super("DEFINITION", message);
  }
}

const SPECIFICATION_KEYS: readonly string[] = [
  "module",
  "name",
  "state",
  "on",
  "concurrent",
  "reentrant",
  "restart",
  "redeliver",
  "remote",
  "mailbox",
  "supervision",
  "hooks",
] satisfies (keyof AnySpecification)[];
const HOOK_KEYS: readonly string[] = [
  "started",
  "restarting",
  "stopped",
  "exited",
  "terminated",
] satisfies (keyof ActorHooks<unknown>)[];
const SUPERVISION_KEYS: readonly string[] = [
  "strategy",
  "intensity",
  "backoff",
  "decide",
  "autoShutdown",
] satisfies (keyof SupervisionOptions)[];
const MAILBOX_KEYS: readonly string[] = ["capacity", "overflow", "kind", "priority", "key", "weight"];
const MAILBOX_KINDS: readonly string[] = ["fifo", "priority", "conflating", "weighted"];
const OVERFLOWS: readonly string[] = ["reject", "drop-oldest", "drop-newest"];
/** Timers take no longer ones. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** Throws `DefinitionError` for a specification that cannot be meant. */
export function checkSpecification(spec: AnySpecification): void {
  if (!isObject(spec))
    throw new DefinitionError(`defineActor was given ${show(spec)}; give {name, state, on}`);
  const { name } = spec;
  if (typeof name !== "string" || name === "" || name.includes("/"))
    throw new DefinitionError(`actor name ${show(name)}: give it a name without a slash`);
  refuseUnknown(name, "defineActor", spec, SPECIFICATION_KEYS);
  const { module, state, on, supervision, mailbox, hooks, redeliver = 0, restart = "permanent" } = spec;
  if (module !== undefined && typeof module !== "string")
    throw wrong(name, "module", module, "`import.meta.url`");
  if (typeof state !== "function") throw wrong(name, "state", state, "a function that makes it: (args, ctx)");
  checkHandlers(name, "on", on);
  checkNames(spec);
  if (supervision !== undefined) checkSupervision(name, supervision);
  if (mailbox !== undefined) checkMailbox(name, mailbox);
  if (hooks !== undefined) checkHooks(name, hooks);
  if (!RESTARTS.includes(restart)) throw wrongChoice(name, "restart", restart, RESTARTS);
  if (!Number.isInteger(redeliver) || redeliver < 0)
    throw wrong(name, "redeliver", redeliver, "a whole number of times from 0 up");
}

/** Why: an option with a typing error would otherwise be one that was never given. */
export function refuseUnknown(actor: string, what: string, given: object, known: readonly string[]): void {
  if (!isObject(given)) throw wrong(actor, what, given, `an object; it takes ${known.join(", ")}`);
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    throw new DefinitionError(
      `${actor}: ${what} knows no ${unknown.join(", ")}; it takes ${known.join(", ")}`,
    );
  }
}

/** A table of handlers, as `on` and `become` take it. */
export function checkHandlers(actor: string, what: string, handlers: unknown): void {
  if (!isObject(handlers) || Array.isArray(handlers))
    throw wrong(actor, what, handlers, "an object with a function for each method");
  for (const [method, handler] of Object.entries(handlers))
    if (typeof handler !== "function")
      throw wrong(actor, `method "${method}"`, handler, "a function: (ctx, payload)");
}

function checkNames({ name, on, concurrent = [], reentrant = [], remote = [] }: AnySpecification): void {
  const methods = Object.keys(on);
  if (methods.some((method) => method.startsWith(" ")))
    throw new DefinitionError(`${name}: a method begins with a space; such names are the runtime's own`);
  for (const [list, named] of Object.entries({ concurrent, reentrant, remote })) {
    if (!Array.isArray(named)) throw wrong(name, list, named, "a list of methods");
    for (const method of named) {
      if (!methods.includes(method))
        throw new DefinitionError(
          `${name}: "${method}" is listed but not among its methods ${methods.join(", ")}`,
        );
    }
  }
  const starred = methods.find(isStream);
  if (starred !== undefined)
    throw new DefinitionError(`${name}: method "${starred}"; give it a name that ends without a star`);
}

function checkHooks(actor: string, hooks: object): void {
  refuseUnknown(actor, "hooks", hooks, HOOK_KEYS);
  for (const [hook, given] of Object.entries(hooks))
    if (given !== undefined && typeof given !== "function")
      throw wrong(actor, `hook "${hook}"`, given, "a function: (ctx, …)");
}

function checkSupervision(actor: string, supervision: SupervisionOptions): void {
  refuseUnknown(actor, "supervision", supervision, SUPERVISION_KEYS);
  const { strategy, autoShutdown, decide, intensity, backoff } = supervision;
  if (strategy !== undefined && !STRATEGIES.includes(strategy))
    throw wrongChoice(actor, "strategy", strategy, STRATEGIES);
  if (autoShutdown !== undefined && !AUTO_SHUTDOWNS.includes(autoShutdown))
    throw wrongChoice(actor, "autoShutdown", autoShutdown, AUTO_SHUTDOWNS);
  if (decide !== undefined && typeof decide !== "function")
    throw wrong(actor, "decide", decide, "a function: (error) => directive");
  if (intensity !== undefined) {
    refuseUnknown(actor, "intensity", intensity, ["restarts", "withinMs"]);
    const { restarts, withinMs } = intensity;
    if (!(restarts >= 0 && (Number.isInteger(restarts) || restarts === Number.POSITIVE_INFINITY)))
      throw wrong(actor, "intensity.restarts", restarts, "a whole number from 0 up");
    if (typeof withinMs !== "number" || !(withinMs > 0))
      throw wrong(actor, "intensity.withinMs", withinMs, "milliseconds above 0");
  }
  if (backoff !== undefined) {
    refuseUnknown(actor, "backoff", backoff, ["minMs", "maxMs", "jitter"]);
    const { minMs, maxMs, jitter = 0 } = backoff;
    const areDelays = typeof minMs === "number" && typeof maxMs === "number" && minMs >= 0;
    if (!areDelays || !(maxMs >= minMs && maxMs <= DELAY_MS_MAX))
      throw new DefinitionError(
        `${actor}: backoff from ${show(minMs)} to ${show(maxMs)} ms; ` +
          `give minMs and maxMs from 0 to ${DELAY_MS_MAX}, the shorter first`,
      );
    if (typeof jitter !== "number" || !(jitter >= 0 && jitter <= 1))
      throw wrong(actor, "backoff.jitter", jitter, "a number from 0 to 1");
  }
}

function checkMailbox(actor: string, mailbox: MailboxOptions): void {
  refuseUnknown(actor, "mailbox", mailbox, MAILBOX_KEYS);
  const { kind = "fifo", overflow = "reject", capacity = 1 } = mailbox;
  if (!MAILBOX_KINDS.includes(kind)) throw wrongChoice(actor, "mailbox kind", kind, MAILBOX_KINDS);
  if (!OVERFLOWS.includes(overflow)) throw wrongChoice(actor, "mailbox overflow", overflow, OVERFLOWS);
  if (!Number.isInteger(capacity) || capacity < 1)
    throw wrong(actor, "mailbox capacity", capacity, "a whole number of messages from 1 up");
  const { priority } = mailbox as { readonly priority?: unknown };
  if (priority !== undefined && typeof priority !== "function")
    throw wrong(actor, "mailbox priority", priority, "a function: (method, payload) => number");
  const needs = mailbox.kind === "conflating" ? "key" : mailbox.kind === "weighted" ? "weight" : undefined;
  if (needs !== undefined && typeof (mailbox as Record<string, unknown>)[needs] !== "function")
    throw new DefinitionError(`${actor}: a ${kind} mailbox needs the function \`${needs}(method, payload)\``);
}

function wrong(actor: string, what: string, given: unknown, expected: string): DefinitionError {
  return new DefinitionError(`${actor}: ${what} ${show(given)}; give ${expected}`);
}

function wrongChoice(
  actor: string,
  what: string,
  given: unknown,
  choices: readonly string[],
): DefinitionError {
  return new DefinitionError(`${actor}: ${what} ${show(given)}; choose ${choices.join(", ")}`);
}
