// A router: several actors behind one `tell` and one `ask`. It is an object of the thread it was made on, no actor: the
// choice is made where the message is sent, so it costs no hop. Its members may be anywhere, and may change.
//
// Why beside pools (routing/pool): a router owns nobody and cannot be sent in a message; a pool is an actor with a ref.

import { ASK_TIMEOUT_MS, Ask } from "../actor/ask.js";
import { inTheNameOf } from "../actor/ask-chain.js";
import { ASK_OPTIONS } from "../actor/asks.js";
import type {
  AskArgs,
  AskMethods,
  ElementOf,
  PayloadArgs,
  Protocol,
  StreamMethods,
} from "../actor/definition.js";
import { NoActor } from "../actor/errors.js";
import { asSender } from "../actor/forward.js";
import type { ActorRef, AskOptions, TellResult } from "../actor/ref.js";
import type { ActorStream, StreamOptions } from "../actor/stream.js";
import { wrongOptions } from "../base/options.js";
import { type AskOne, askAll, askChopped, askFirst } from "./gather.js";
import { Members } from "./members.js";
import { type Broadcast, CHOP_AFTER_MS, checkRouting, type RoutingOptions } from "./strategy.js";

/** `P` is what its members understand; `Q` is what it understands itself, the same unless it broadcasts. */
export class Router<P extends Protocol, Q extends Protocol = P> {
  readonly #members: Members;
  readonly #options: RoutingOptions;

  /** @internal Use `routerOf`. */
  constructor(refs: Iterable<ActorRef>, options: RoutingOptions) {
    checkRouting("routerOf", options);
    this.#options = options;
    this.#members = new Members(options);
    for (const ref of refs) this.#members.add(ref);
  }

  /** As `ref.tell`. `full`: nobody it may go to has room; of all, some had none. `dead`: it has no members. */
  tell<M extends AskMethods<Q>>(method: M, ...payload: PayloadArgs<Q[M]["payload"]>): TellResult;
  tell(method: string, payload?: unknown): TellResult {
    if (this.#goesToAll()) return this.#tellAll(method, payload);
    return this.#members.pick(method, payload)?.tell(method, payload) ?? "dead";
  }

  /** As `ref.ask`. Without members it fails with `NO_ACTOR`. */
  ask<M extends AskMethods<Q>>(method: M, ...rest: AskArgs<Q[M]["payload"]>): Promise<Q[M]["reply"]>;
  ask(method: string, payload?: unknown, options: AskOptions = {}): Promise<unknown> {
    try {
      if (this.#goesToAll() || this.#options.strategy === "tail-chopping")
        return this.#gather(method, payload, options);
      const ref = this.#members.pick(method, payload);
      return ref?.ask(method, payload, options) ?? Promise.reject(nobody(method));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** As `ref.stream`, of one member, whatever the strategy. Throws `NO_ACTOR` without members. */
  stream<M extends StreamMethods<P>>(
    method: M,
    ...rest: AskArgs<P[M]["payload"], StreamOptions>
  ): ActorStream<ElementOf<P, M>>;
  stream(method: string, payload?: unknown, options?: StreamOptions): ActorStream<unknown> {
    const ref: ActorRef | undefined = this.#members.pick(method, payload);
    if (ref === undefined) throw nobody(method);
    return ref.stream(method, payload, options) as unknown as ActorStream<unknown>;
  }

  /** Whom this message would go to now: for `ctx.tell`, `ctx.ask` and `ctx.forward`. */
  pick<M extends keyof P & string>(
    method: M,
    ...payload: PayloadArgs<P[M]["payload"]>
  ): ActorRef<P> | undefined;
  pick(method: string, payload?: unknown): ActorRef | undefined {
    return this.#members.pick(method, payload);
  }

  /** Its members now, in the order they came. */
  get members(): readonly ActorRef<P>[] {
    return [...this.#members.refs];
  }

  /** One more member; false when it is one already. */
  add(ref: ActorRef<P>): boolean {
    return this.#members.add(ref);
  }

  /** One member less; what is on its way to it arrives. Those that are gone are forgotten without this. */
  remove(ref: ActorRef<P>): boolean {
    return this.#members.remove(ref);
  }

  /** These are its members from now on: `registry.subscribe(key, (refs) => router.replace(refs))` follows a service. */
  replace(refs: Iterable<ActorRef<P>>): void {
    const next = [...refs];
    for (const ref of this.members) if (!next.some((one) => one.equals(ref))) this.remove(ref);
    for (const ref of next) this.add(ref);
  }

  #goesToAll(): boolean {
    const { strategy } = this.#options;
    return strategy === "broadcast" || strategy === "scatter-gather-first";
  }

  #tellAll(method: string, payload: unknown): TellResult {
    this.#members.prune();
    let worst: TellResult = this.#members.refs.length === 0 ? "dead" : "sent";
    for (const ref of this.#members.refs) if (ref.tell(method, payload) === "full") worst = "full";
    return worst;
  }

  #gather(method: string, payload: unknown, options: AskOptions): Promise<unknown> {
    const wrong = wrongOptions("ask", options, ASK_OPTIONS);
    if (wrong !== undefined) throw wrong;
    const { timeoutMs = ASK_TIMEOUT_MS, signal } = options;
    this.#members.prune();
    const { strategy } = this.#options;
    const first = this.#members.pick(method, payload);
    if (first === undefined) throw nobody(method);
    const { kernel } = first;
    const { current } = kernel;
    const sender = current === undefined ? undefined : asSender(current.ref);
    // Why an ask that is never sent: the turn that asks is noted now, whoever is asked later.
    const origin = new Ask(kernel.thread, 0, undefined);
    (kernel.fork ?? current?.context)?.asks(origin);
    const asker = inTheNameOf(origin);
    const startMs = kernel.ports.clock.nowMs();
    const askOne: AskOne = (to, rest) => {
      const spentMs = kernel.ports.clock.nowMs() - startMs;
      const asked = {
        signal: signal === undefined ? rest : AbortSignal.any([signal, rest]),
        timeoutMs: timeoutMs === 0 ? 0 : Math.max(1, timeoutMs - spentMs),
      };
      return kernel.asks.ask(to, method, payload, asked, sender, asker);
    };
    const refs = [...this.#members.refs];
    if (strategy === "broadcast") return askAll(refs, askOne);
    if (strategy === "scatter-gather-first") return askFirst(refs, askOne);
    const { afterMs = CHOP_AFTER_MS } = this.#options as { afterMs?: number };
    return askChopped(startingWith(refs, first), askOne, kernel.ports.timers, afterMs);
  }
}

/** Several actors of one protocol behind one `tell` and one `ask`. Its members can change: `add`, `remove`. */
export function routerOf<P extends Protocol>(
  refs: Iterable<ActorRef<P>>,
  options: { readonly strategy: "broadcast" },
): Router<P, Broadcast<P>>;
export function routerOf<P extends Protocol>(
  refs: Iterable<ActorRef<P>>,
  options?: RoutingOptions,
): Router<P>;
export function routerOf<P extends Protocol>(
  refs: Iterable<ActorRef<P>>,
  options: RoutingOptions = {},
): Router<P, Protocol> {
  return new Router<P, Protocol>(refs, options);
}

/** The same members, one of them first and the others in turn. */
export function startingWith(refs: readonly ActorRef[], first: ActorRef): ActorRef[] {
  const at = Math.max(0, refs.indexOf(first));
  return [...refs.slice(at), ...refs.slice(0, at)];
}

function nobody(method: string): NoActor {
  return new NoActor(`the router has no members to ask "${method}": add one`);
}
