// Names and service keys, as each thread has them. Every order goes to the registrar on the main thread
// (actor/registrar) and is answered from there; keys that somebody on this thread subscribes to are kept here as well.
//
// A subscriber has at most one list waiting in its mailbox: what changes until it has handled that is told together.
// Why: lists are made on every change, and a subscriber that lags would be buried under those of the past.

import { errorFromRecord } from "../base/errors.js";
import { invariant, unreachable } from "../base/invariant.js";
import { Ask } from "./ask.js";
import { type Cell, STOPPING } from "./cell.js";
import type { AnyDefinition, Protocol, ProtocolOfDefinition } from "./definition.js";
import { MailboxFull, SystemFull } from "./errors.js";
import type { Subscription } from "./family.js";
import type { Kernel } from "./kernel.js";
import { callListener } from "./listeners.js";
import type { ActorRef } from "./ref.js";
import { Registrar } from "./registrar.js";
import type { RegistryMessage, RegistryOrder } from "./registry-message.js";
import { assertMaySubscribe, assertName, type Listener } from "./topics.js";

/** Orders of one thread that may wait for their answers. */
const ORDERS_MAX = 65_536;
/** A mailbox that dropped a list is offered the next one after this long. */
const RETRY_MS = 10;
const MAIN_THREAD = 0;

/** A name that any number of actors join, and others find them under. Plain data; it may travel in messages. */
export interface ServiceKey<P extends Protocol = Protocol> {
  readonly service: string;
  /** Types only: what its members understand. */
  readonly protocol?: P;
}

/**
 * Names a service. The same name is the same key on every thread. The members' type comes from the definition, given
 * as a value or as `serviceKey<typeof Printer>("printers")`.
 */
export function serviceKey<D extends AnyDefinition = AnyDefinition>(
  name: string,
  _definition?: D,
): ServiceKey<ProtocolOfDefinition<D>> {
  assertName("a service key", name);
  return Object.freeze({ service: name });
}

interface Waiting {
  readonly resolve: (refs: readonly ActorRef[]) => void;
  readonly reject: (error: Error) => void;
}

export class Registry {
  readonly #kernel: Kernel;
  readonly #registrar: Registrar | undefined;
  readonly #followed = new Map<string, Followed>();
  readonly #waiting = new Map<number, Waiting>();
  #serial = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#registrar = kernel.thread === MAIN_THREAD ? new Registrar(kernel) : undefined;
  }

  /** What is held here, for those who look for leaks. */
  get size(): number {
    return this.#followed.size + this.#waiting.size + (this.#registrar?.size ?? 0);
  }

  /** Has the registrar carry out an order. Rejects with what it refuses. */
  order(order: RegistryOrder): Promise<readonly ActorRef[]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= ORDERS_MAX)
        throw new SystemFull(`${ORDERS_MAX} orders to the registry wait: await some of them first`);
      const serial = ++this.#serial;
      this.#waiting.set(serial, { resolve, reject });
      this.#say({ verb: "order", serial, order });
    });
  }

  /** From the copy of this thread where it has one. */
  async members(key: string): Promise<readonly ActorRef[]> {
    return this.#followed.get(key)?.list ?? (await this.order({ verb: "members", key }));
  }

  subscribe(key: string, subscriber: Cell | Listener, method: string): void {
    if (typeof subscriber !== "function") assertMaySubscribe(subscriber, method);
    const known = this.#followed.get(key);
    const followed = known ?? new Followed(this.#kernel, () => this.#unfollow(key));
    if (known === undefined) this.#followed.set(key, followed);
    if (typeof subscriber !== "function") this.#kernel.familyOf(subscriber).subscribe(followed);
    followed.add(subscriber, method);
    if (known === undefined) this.#say({ verb: "follow", key });
  }

  unsubscribe(key: string, subscriber: Cell | Listener): void {
    const followed = this.#followed.get(key);
    if (followed === undefined) return;
    if (typeof subscriber !== "function") subscriber.family?.subscriptions?.delete(followed);
    followed.remove(subscriber);
  }

  threadLost(thread: number): void {
    this.#registrar?.threadLost(thread);
  }

  /** Takes what the registrar says to this thread, and on the main thread what threads say to the registrar. */
  take(from: number, message: RegistryMessage): void {
    switch (message.verb) {
      case "order":
        return this.#authority().take(from, message.serial, message.order);
      case "follow":
        return this.#authority().follow(from, message.key);
      case "unfollow":
        return this.#authority().unfollow(from, message.key);
      case "done":
        return this.#settle(message.serial)?.resolve(message.refs);
      case "refused":
        return this.#settle(message.serial)?.reject(errorFromRecord(message.error));
      case "members":
        return this.#followed.get(message.key)?.reset(message.all);
      case "joined":
        return this.#followed.get(message.key)?.change(message.ref, true);
      case "left":
        return this.#followed.get(message.key)?.change(message.ref, false);
      default:
        return unreachable(message);
    }
  }

  #authority(): Registrar {
    invariant(this.#registrar !== undefined, "orders to the registry go to the main thread");
    return this.#registrar;
  }

  #settle(serial: number): Waiting | undefined {
    const waiting = this.#waiting.get(serial);
    this.#waiting.delete(serial);
    return waiting;
  }

  #unfollow(key: string): void {
    this.#followed.delete(key);
    this.#say({ verb: "unfollow", key });
  }

  #say(message: RegistryMessage): void {
    this.#kernel.transport.control(MAIN_THREAD, { kind: "registry", message });
  }
}

/** What one subscriber was told. */
interface Told {
  method: string;
  /** A list is on its way to it, or being handled. */
  busy: boolean;
  /** Something has changed since that list was made. */
  stale: boolean;
}

/** The members of one key, as this thread knows them, and who here wants to hear of their changes. */
class Followed implements Subscription {
  readonly #kernel: Kernel;
  readonly #ended: () => void;
  readonly #subscribers = new Map<Cell | Listener, Told>();
  /** Unknown until the registrar has said. */
  #members: Map<string, ActorRef> | undefined = undefined;
  #list: readonly ActorRef[] | undefined = undefined;

  constructor(kernel: Kernel, ended: () => void) {
    this.#kernel = kernel;
    this.#ended = ended;
  }

  /** Oldest first; the same array until something changes. */
  get list(): readonly ActorRef[] | undefined {
    if (this.#members !== undefined) this.#list ??= [...this.#members.values()];
    return this.#list;
  }

  /** Subscribing again means to be told again. */
  add(subscriber: Cell | Listener, method: string): void {
    const told = this.#subscribers.get(subscriber) ?? { method, busy: false, stale: false };
    told.method = method;
    this.#subscribers.set(subscriber, told);
    this.#tell(subscriber, told);
  }

  remove(subscriber: Cell | Listener): void {
    if (this.#subscribers.delete(subscriber) && this.#subscribers.size === 0) this.#ended();
  }

  reset(all: readonly ActorRef[]): void {
    this.#members = new Map(all.map((ref) => [ref.id, ref]));
    this.#changed();
  }

  /** Before the registrar has said who all the members are, a change belongs to a subscription that is over. */
  change(ref: ActorRef, joined: boolean): void {
    if (this.#members === undefined) return;
    if (joined) this.#members.set(ref.id, ref);
    else this.#members.delete(ref.id);
    this.#changed();
  }

  #changed(): void {
    this.#list = undefined;
    for (const [subscriber, told] of this.#subscribers) this.#tell(subscriber, told);
  }

  #tell(subscriber: Cell | Listener, told: Told): void {
    const { list } = this;
    if (list === undefined) return;
    if (told.busy) {
      told.stale = true;
      return;
    }
    told.busy = true;
    told.stale = false;
    const handled = (): void => {
      told.busy = false;
      if (told.stale && this.#subscribers.get(subscriber) === told) this.#tell(subscriber, told);
    };
    if (typeof subscriber === "function") this.#call(subscriber, told, handled);
    else if (subscriber.status < STOPPING)
      this.#kernel.push(subscriber, told.method, list, undefined, this.#noticed(told, handled));
  }

  /** Why an ask: it settles once the handler is done with the list, and whatever becomes of the message. */
  #noticed(told: Told, handled: () => void): Ask {
    const ask = new Ask(this.#kernel.thread, 0, undefined);
    ask.resolve = handled;
    ask.reject = (error) => {
      if (!(error instanceof MailboxFull)) return handled();
      told.stale = true;
      this.#kernel.ports.timers.after(RETRY_MS, handled);
    };
    return ask;
  }

  /** Later in the same job, with the list as it is then. */
  #call(listener: Listener, told: Told, handled: () => void): void {
    this.#kernel.ports.scheduler.endOfJob(() => {
      const list = this.list;
      const wanted = this.#subscribers.get(listener) === told;
      told.stale = false;
      if (wanted && list !== undefined)
        callListener(this.#kernel, listener as (list: readonly ActorRef[]) => void, list, "service key");
      handled();
    });
  }
}
