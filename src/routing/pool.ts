// A pool: an actor that has workers of one kind, understands what they understand, and gives each message to one of
// them (or to all). Its ref can be sent, watched and found as any other; a worker answers the asker itself.
//
// The way of a message: the pool's mailbox > routing/crew (to whom?) > actor/forward (with its sender and its ask) >
// the worker's mailbox. A message that nobody has room for stays in front of the pool's mailbox, and the pool waits: so
// its mailbox fills, and senders hear `full`. Nothing that was taken is refused later.

import type { Context } from "../actor/context.js";
import {
  type ActorDefinition,
  type AnyDefinition,
  defineActor,
  type Handler,
  type Placement,
  type Protocol,
  type RestartType,
  refuseUnknown,
} from "../actor/definition.js";
import { withHandlers } from "../actor/last-call.js";
import type { MailboxOptions } from "../actor/shaped-mailbox.js";
import { isStream, writtenName } from "../actor/stream-name.js";
import type { SupervisionOptions } from "../actor/supervision.js";
import { Crew } from "./crew.js";
import { boundsOf, type PoolSize } from "./pool-size.js";
import { type Broadcast, checkRouting, type PoolRouting } from "./strategy.js";

export type PoolSpecification<Args, P extends Protocol> = PoolRouting & {
  /** `import.meta.url` of the module that exports the pool; needed to run the pool itself on another thread. */
  readonly module?: string;
  readonly name: string;
  /** What its workers are. The pool's `args` are theirs. */
  readonly worker: ActorDefinition<Args, P>;
  /** How many: a number, or bounds between which it follows the load. */
  readonly size: number | PoolSize;
  /** Where the workers run. Default `any`: spread over the threads. */
  readonly on?: Placement;
  /** When a worker comes back. Default: what its definition says. */
  readonly restart?: RestartType;
  /** How the pool treats its workers. */
  readonly supervision?: SupervisionOptions;
  /** The pool's own mailbox; with `balancing` it is the queue that all workers share. */
  readonly mailbox?: MailboxOptions;
};

const KEYS: readonly string[] = [
  "strategy",
  "key",
  "afterMs",
  "module",
  "name",
  "worker",
  "size",
  "on",
  "restart",
  "supervision",
  "mailbox",
];

/** Defines a pool of workers. Spawn it as any actor: its `args` are those of each worker. */
export function definePool<Args, P extends Protocol>(
  spec: PoolSpecification<Args, P> & { readonly strategy: "broadcast" },
): ActorDefinition<Args, Broadcast<P>>;
export function definePool<Args, P extends Protocol>(
  spec: PoolSpecification<Args, P>,
): ActorDefinition<Args, P>;
export function definePool(spec: PoolSpecification<unknown, Protocol>): AnyDefinition {
  const { name, worker, on = "any", restart = worker.restart } = spec;
  refuseUnknown(name, "definePool", spec, KEYS);
  checkRouting(name, spec, ["balancing"]);
  const plan = { worker, on, restart, routing: spec, size: boundsOf(name, spec.size) };
  const take = (method: string): Handler<unknown> => {
    return (ctx, payload) => (ctx.state as Crew).take(ctx as Context, method, payload);
  };
  const methods = Object.keys(worker.handlers);
  const [plain, streams] = [methods.filter((method) => !isStream(method)), methods.filter(isStream)];
  const definition = defineActor({
    name,
    state: (args: unknown, ctx) => new Crew(ctx as Context, plan, args),
    on: Object.fromEntries(plain.map((method) => [method, take(method)])),
    ...(spec.module === undefined ? {} : { module: spec.module }),
    ...(spec.mailbox === undefined ? {} : { mailbox: spec.mailbox }),
    ...(spec.supervision === undefined ? {} : { supervision: spec.supervision }),
  });
  // A stream of all would have no order; all else has one writer, and is sent on as an ask is.
  const sentOn = spec.strategy === "broadcast" ? [] : streams;
  const handlers: Record<string, Handler<unknown>> = Object.assign(Object.create(null), definition.handlers);
  for (const method of sentOn) handlers[method] = take(method);
  const known = new Set([...plain, ...sentOn.map(writtenName)]);
  const remote = new Set([...worker.remote].filter((method) => known.has(method)));
  return { ...withHandlers(definition, handlers), remote };
}
