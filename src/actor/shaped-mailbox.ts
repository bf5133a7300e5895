// Mailboxes that are more than a bounded queue: by priority, the latest per key, by weight, and those that drop what
// finds them full. One structure does all four: levels of priority, each a queue; a plain one has one level.
//
// Why beside actor/mailbox and not in it: nearly every actor has a plain one, which costs no object per message.

import type { Ask } from "./ask.js";
import { MailboxFull } from "./errors.js";
import type { Letter } from "./mailbox.js";
import type { ActorRef } from "./ref.js";
import { asWritten, writtenName } from "./stream-name.js";

/** What becomes of a message that finds the mailbox full. */
export type Overflow = "reject" | "drop-oldest" | "drop-newest";

/** What orders, joins and weighs messages. Functions are pure: they look at the message and nothing else. */
export type MailboxOptions = {
  /** Messages it holds, or, when weighted, units of weight. Default 4,096. */
  readonly capacity?: number;
  /**
   * `reject` (default): the sender hears `full`. `drop-oldest`: the oldest of the lowest priority makes room.
   * `drop-newest`: the message itself is dropped. What is dropped is counted and becomes a dead letter.
   */
  readonly overflow?: Overflow;
} & (
  | { readonly kind?: "fifo" }
  /** Higher first, in order within the same. Without a function the payload's own `priority` counts, else 0. */
  | { readonly kind: "priority"; readonly priority?: (method: string, payload: never) => number }
  /** A message takes the place of one with the same key that still waits. Without a key it waits as usual. */
  | { readonly kind: "conflating"; readonly key: (method: string, payload: never) => string | undefined }
  /** What a message weighs, in the unit that `capacity` is given in: bytes, tokens. At least 1. */
  | { readonly kind: "weighted"; readonly weight: (method: string, payload: never) => number }
);

/** A message that waits. */
export interface Waiting extends Letter {
  readonly priority: number;
  readonly key: string | undefined;
  readonly weight: number;
}

interface Level {
  readonly priority: number;
  /** Oldest first; what lies before `head` was taken. */
  queue: Waiting[];
  head: number;
}

/** Taken places of a level's queue are given back when there are this many and more than messages. */
const COMPACT_AFTER = 64;

export class ShapedMailbox {
  readonly #options: MailboxOptions;
  readonly #capacity: number;
  /** Lowest priority first. */
  readonly #levels: Level[] = [];
  readonly #byKey = new Map<string, Waiting>();
  #weight = 0;
  size = 0;

  constructor(options: MailboxOptions, capacity: number) {
    this.#options = options;
    this.#capacity = capacity;
  }

  get full(): boolean {
    return this.#weight >= this.#capacity;
  }

  /** Puts a message in its place; gives back what lost its own to it. */
  push(
    method: string,
    payload: unknown,
    sender: ActorRef | undefined,
    ask: Ask | undefined,
  ): Letter | undefined {
    const waiting = this.#shape(method, payload, sender, ask);
    const { key } = waiting;
    const before = key === undefined ? undefined : this.#byKey.get(key);
    if (before !== undefined) return this.#replace(before, waiting);
    let displaced: Waiting | undefined;
    // What weighs nothing finds room always.
    const finds = this.full && waiting.weight > 0 ? this.#options.overflow : undefined;
    if (finds === "drop-newest") return waiting;
    if (finds === "drop-oldest") displaced = this.#drop();
    this.#add(waiting, "last");
    return displaced;
  }

  /** Puts a message that was taken before in front of all of its priority. */
  pushFront(method: string, payload: unknown, sender: ActorRef | undefined, ask: Ask | undefined): void {
    this.#add(this.#shapeAgain(method, payload, sender, ask), "first");
  }

  /** Moves the next message into `letter`; false when there is none. */
  take(letter: Letter): boolean {
    const level = this.#levels.at(-1);
    if (level === undefined) return false;
    const { method, payload, sender, ask } = this.#takeFrom(level);
    letter.method = method;
    letter.payload = payload;
    letter.sender = sender;
    letter.ask = ask;
    return true;
  }

  *asks(): Iterable<Ask> {
    for (const { queue, head } of this.#levels) {
      for (let i = head; i < queue.length; i++) {
        const ask = queue[i]?.ask;
        if (ask !== undefined) yield ask;
      }
    }
  }

  #shape(method: string, payload: unknown, sender: ActorRef | undefined, ask: Ask | undefined): Waiting {
    const options = this.#options;
    const letter = { method, payload, sender, ask };
    // A notice of the system (" terminated"): no user's message, so nothing holds it up and nothing drops it.
    if (method.startsWith(" "))
      return { ...letter, priority: Number.POSITIVE_INFINITY, key: undefined, weight: 0 };
    const written = asWritten(letter);
    const [name, given] = [written.method, written.payload as never];
    return {
      ...letter,
      priority: options.kind === "priority" ? (options.priority ?? ownPriority)(name, given) || 0 : 0,
      key: options.kind === "conflating" ? options.key(name, given) : undefined,
      weight: options.kind === "weighted" ? Math.max(1, options.weight(name, given) || 1) : 1,
    };
  }

  /** As before; a function that fails now and did not then does not cost the message. */
  #shapeAgain(method: string, payload: unknown, sender: ActorRef | undefined, ask: Ask | undefined): Waiting {
    try {
      return this.#shape(method, payload, sender, ask);
    } catch {
      return { method, payload, sender, ask, priority: 0, key: undefined, weight: 1 };
    }
  }

  #replace(before: Waiting, waiting: Waiting): Letter {
    const old = { ...before };
    before.method = waiting.method;
    before.payload = waiting.payload;
    before.sender = waiting.sender;
    before.ask = waiting.ask;
    return old;
  }

  #add(waiting: Waiting, where: "first" | "last"): void {
    const level = this.#levelOf(waiting.priority);
    if (where === "last") level.queue.push(waiting);
    else if (level.head > 0) level.queue[--level.head] = waiting;
    else level.queue.unshift(waiting);
    if (waiting.key !== undefined) this.#byKey.set(waiting.key, waiting);
    this.#weight += waiting.weight;
    this.size++;
  }

  /** Takes the oldest message of the lowest priority out. */
  #drop(): Waiting | undefined {
    const level = this.#levels[0];
    return level === undefined || level.priority === Number.POSITIVE_INFINITY
      ? undefined
      : this.#takeFrom(level);
  }

  #takeFrom(level: Level): Waiting {
    const { queue } = level;
    const waiting = queue[level.head] as Waiting;
    level.head++;
    if (level.head === queue.length) this.#levels.splice(this.#levels.indexOf(level), 1);
    else if (level.head >= COMPACT_AFTER && level.head * 2 > queue.length) {
      level.queue = queue.slice(level.head);
      level.head = 0;
    }
    if (waiting.key !== undefined) this.#byKey.delete(waiting.key);
    this.#weight -= waiting.weight;
    this.size--;
    return waiting;
  }

  #levelOf(priority: number): Level {
    const levels = this.#levels;
    let at = levels.length;
    while (at > 0 && (levels[at - 1] as Level).priority > priority) at--;
    const found = levels[at - 1];
    if (found?.priority === priority) return found;
    const level: Level = { priority, queue: [], head: 0 };
    levels.splice(at, 0, level);
    return level;
  }
}

function ownPriority(_method: string, payload: unknown): number {
  const own = (payload as { readonly priority?: unknown } | null | undefined)?.priority;
  return typeof own === "number" ? own : 0;
}

/** What the asker hears of a message that a mailbox could not keep. */
export function droppedBy(receiver: string, method: string): MailboxFull {
  const why = "its mailbox was full, or a younger message took the place";
  return new MailboxFull(`${receiver} dropped "${writtenName(method)}": ${why}`);
}
