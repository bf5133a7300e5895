// Topics: what one publishes, all who subscribe get, on whatever thread they are.
//
// The way: actor/topics (publish) > runtime/router (which threads; one record for each of them, however many subscribe
// there) ‖ runtime/inbound > actor/topics (deliver: the same payload to everybody here) > actor/mailbox.
//
// Why no directory: each thread knows its own subscribers, and the board holds for each topic's number one bit per
// thread. A subscription is therefore in force when `subscribe` returns, on every thread, and a lost thread's end with
// the clearing of its bits. Two topics of one number cost each other a record now and then, never a wrong delivery:
// the topic's name travels with the payload.

import { type Cell, STOPPED, STOPPING } from "./cell.js";
import { DefinitionError } from "./definition.js";
import { StaleIncarnation } from "./errors.js";
import type { Subscription } from "./family.js";
import type { Kernel } from "./kernel.js";
import { callListener } from "./listeners.js";
import { assertUnderstands } from "./own-mail.js";
import type { ActorRef, TellResult } from "./ref.js";

/** Topics are told apart by number up to here; the board keeps 16 bytes for each. */
export const TOPIC_NUMBERS = 1_024;
/** Names of topics, services and registrations travel with messages. */
const NAME_CHARS_MAX = 256;

/** A name that messages of type `T` are published under. It is plain data and may travel in messages. */
export interface Topic<T = unknown> {
  readonly topic: string;
  /** Where the board keeps which threads subscribe. */
  readonly number: number;
  /** Types only: what is published. */
  readonly payload?: T;
}

/** What is published under a topic: the type of the handler's payload. */
export type TopicPayload<T> = T extends Topic<infer P> ? P : never;

/** A function of the system's user that subscribes. */
export type Listener = (payload: never) => void;

/** Names a topic. The same name is the same topic on every thread, wherever it is written. */
export function topic<T = unknown>(name: string): Topic<T> {
  assertName("a topic", name);
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return Object.freeze({ topic: name, number: (hash >>> 0) % TOPIC_NUMBERS });
}

export function assertName(what: string, name: unknown): asserts name is string {
  if (typeof name === "string" && name.length > 0 && name.length <= NAME_CHARS_MAX) return;
  throw new DefinitionError(
    `the name of ${what}: ${JSON.stringify(name)?.slice(0, 80)}; give 1 to ${NAME_CHARS_MAX} characters`,
  );
}

export function assertMaySubscribe(cell: Cell, method: string): void {
  if (cell.status === STOPPED) throw new StaleIncarnation(`${cell.path} has ended and subscribes to nothing`);
  assertUnderstands(cell, method, "subscribe with");
}

/** Those on this thread who subscribe to one topic. */
class Audience implements Subscription {
  readonly topic: Topic;
  readonly #ended: (audience: Audience) => void;
  /** With the method that each wants to be called by. */
  readonly #subscribers = new Map<Cell | Listener, string>();

  constructor(topic: Topic, ended: (audience: Audience) => void) {
    this.topic = topic;
    this.#ended = ended;
  }

  add(subscriber: Cell | Listener, method: string): void {
    this.#subscribers.set(subscriber, method);
  }

  remove(subscriber: Cell | Listener): void {
    if (this.#subscribers.delete(subscriber) && this.#subscribers.size === 0) this.#ended(this);
  }

  deliver(kernel: Kernel, payload: unknown, sender: ActorRef | undefined): void {
    for (const [subscriber, method] of this.#subscribers) {
      if (typeof subscriber === "function")
        callListener(kernel, subscriber as (payload: unknown) => void, payload, this.topic.topic);
      else if (subscriber.full && !subscriber.drops) miss(kernel, subscriber.path, method, payload, sender);
      else if (subscriber.status < STOPPING) kernel.push(subscriber, method, payload, sender, undefined);
    }
  }
}

export class Topics {
  readonly #kernel: Kernel;
  readonly #audiences = new Map<string, Audience>();
  /** Audiences here by their topics' numbers. */
  readonly #perNumber = new Map<number, number>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Topics that somebody on this thread subscribes to. */
  get size(): number {
    return this.#audiences.size;
  }

  subscribe(topic: Topic, subscriber: Cell | Listener, method: string): void {
    if (typeof subscriber !== "function") assertMaySubscribe(subscriber, method);
    let audience = this.#audiences.get(topic.topic);
    if (audience === undefined) {
      audience = new Audience(topic, (ended) => this.#end(ended));
      this.#audiences.set(topic.topic, audience);
      this.#count(topic.number, 1);
    }
    if (typeof subscriber !== "function") this.#kernel.familyOf(subscriber).subscribe(audience);
    audience.add(subscriber, method);
  }

  unsubscribe(topic: Topic, subscriber: Cell | Listener): void {
    const audience = this.#audiences.get(topic.topic);
    if (audience === undefined) return;
    if (typeof subscriber !== "function") subscriber.family?.subscriptions?.delete(audience);
    audience.remove(subscriber);
  }

  /** Calls a function with what is published; returns the way to end it. */
  listen<T>(topic: Topic<T>, heard: (payload: T) => void): () => void {
    const listener: Listener = (payload: T) => heard(payload);
    this.subscribe(topic, listener, "");
    return () => this.unsubscribe(topic, listener);
  }

  publish(topic: Topic, payload: unknown, sender: Cell | undefined): TellResult {
    const elsewhere = this.#kernel.transport.publish(topic, payload, sender);
    const audience = this.#audiences.get(topic.topic);
    if (audience === undefined) return elsewhere;
    audience.deliver(this.#kernel, payload, sender?.ref);
    return elsewhere === "dead" ? "sent" : elsewhere;
  }

  /** What was published on another thread. */
  deliver(topic: string, payload: unknown, sender: ActorRef | undefined): void {
    this.#audiences.get(topic)?.deliver(this.#kernel, payload, sender);
  }

  /** A thread that has subscribers has no room: they miss the message. */
  missedOn(thread: number, { topic }: Topic, payload: unknown, sender: Cell | undefined): void {
    miss(this.#kernel, `subscribers on thread ${thread}`, topic, payload, sender?.ref);
  }

  #end(audience: Audience): void {
    this.#audiences.delete(audience.topic.topic);
    this.#count(audience.topic.number, -1);
  }

  #count(number: number, by: 1 | -1): void {
    const before = this.#perNumber.get(number) ?? 0;
    if (before + by > 0) this.#perNumber.set(number, before + by);
    else this.#perNumber.delete(number);
    if (before === 0 || before + by === 0) this.#kernel.transport.attend(number, by === 1);
  }
}

/** The publisher has its answer already, so that a subscriber without room is known by its dead letter. */
function miss(
  kernel: Kernel,
  receiver: string,
  method: string,
  payload: unknown,
  sender: ActorRef | undefined,
): void {
  kernel.counters.dropped++;
  kernel.deadLetters.add({ receiver, method, payload, reason: "dropped", sender: sender?.id });
}
