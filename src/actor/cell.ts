// The cell: one actor on its own thread. Its data and its states; actor/turn runs it, actor/lifecycle moves it on.
//
// Why: the cell *is* its mailbox, and everything most actors never have (children, watchers, timers) hangs on one
// optional field: a million idle actors must fit.

import type { Ask } from "./ask.js";
import type { Context } from "./context.js";
import type { AnyDefinition, RestartType, SpawnOptions } from "./definition.js";
import { Family } from "./family.js";
import type { Kernel } from "./kernel.js";
import { Letter, Mailbox, type PlacePool } from "./mailbox.js";
import { ActorRef } from "./ref.js";
import { ShapedMailbox } from "./shaped-mailbox.js";
import type { ChildHistory } from "./supervision.js";

/** Its module is being imported; mail is kept. */
export const LOADING = 0;
/** The next turn makes its state. */
export const STARTING = 1;
export const READY = 2;
/** A promise of its start or of a turn is open. */
export const WAITING = 3;
/** It failed and waits for its parent's verdict, or its children are being stopped before a restart. */
export const SUSPENDED = 4;
export const STOPPING = 5;
export const STOPPED = 6;
export type Status = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export const STATUS_NAMES = [
  "loading",
  "starting",
  "ready",
  "waiting",
  "suspended",
  "stopping",
  "stopped",
] as const;

/** The method under which the notice of a watched actor's end waits in the mailbox. No user method has this name. */
export const TERMINATED = " terminated";
/** The same for the end of a linked actor. */
export const EXITED = " exited";
/** A message that failed and is tried again, as what it was. */
export const REDELIVERED = " redelivered";

/**
 * Asked of any actor in the order of its mail: does nothing it was given wait or run any more? Answered by actor/turn.
 */
export const QUIET = " quiet";

const DEPTH_SHOWN_EVERY = 32;

/** A turn that goes on when a promise settles. */
export interface OpenTurn {
  readonly method: string;
  /** When the batch it began in began. */
  readonly sinceMs: number;
}

/** The parent of an actor, on this thread or another. */
export type Parent = Cell | ActorRef;

export class Cell extends Mailbox {
  readonly kernel: Kernel;
  definition: AnyDefinition;
  readonly parent: Parent | undefined;
  readonly args: unknown;
  readonly restart: RestartType;
  readonly shutdownMs: SpawnOptions["shutdownMs"];
  /** Given, or a number among its siblings. */
  readonly label: string | number;
  status: Status = STARTING;
  queued = false;
  /** The turn of this incarnation that awaits its promise. */
  turn: OpenTurn | undefined = undefined;
  slot = 0;
  generation = 0;
  incarnation = 0;
  /** Of the current incarnation; there is none before the first. */
  context: Context | undefined = undefined;
  family: Family | undefined = undefined;
  #ref: ActorRef | undefined = undefined;

  constructor(
    kernel: Kernel,
    definition: AnyDefinition,
    parent: Parent | undefined,
    label: string | number,
    options: SpawnOptions,
  ) {
    super();
    this.kernel = kernel;
    this.definition = definition;
    this.parent = parent;
    this.label = label;
    this.args = options.args;
    this.restart = options.restart ?? definition.restart;
    this.shutdownMs = options.shutdownMs;
    if (definition.mailbox !== undefined) this.#shape(definition);
  }

  /** Its definition was found. Returns the mail that came before and has to be put into the mailbox it asks for. */
  adopt(definition: AnyDefinition): readonly Letter[] {
    this.definition = definition;
    const early: Letter[] = [];
    let letter = new Letter();
    if (definition.mailbox === undefined) return early;
    for (; this.take(letter); letter = new Letter()) early.push(letter);
    this.#shape(definition);
    return early;
  }

  /** What its supervisor remembers of its faults. */
  get history(): ChildHistory | undefined {
    return this.family?.history;
  }

  set history(history: ChildHistory | undefined) {
    this.family ??= new Family();
    this.family.history = history;
  }

  get turnOpen(): boolean {
    return this.turn !== undefined;
  }

  /** Whether a message would find no room. */
  get full(): boolean {
    const queue = this.family?.queue;
    return queue === undefined ? this.size >= this.definition.capacity : queue.full;
  }

  /** Whether another message is worth telling elsewhere: the first, each few dozen, and the one that fills it. */
  get isNewDepth(): boolean {
    const { size, definition } = this;
    const { mailbox, capacity } = definition;
    return mailbox !== undefined || size === 1 || size === capacity || size % DEPTH_SHOWN_EVERY === 0;
  }

  /** Whether it takes messages also when it is full, and drops some. */
  get drops(): boolean {
    const overflow = this.definition.mailbox?.overflow;
    return overflow === "drop-oldest" || overflow === "drop-newest";
  }

  protected override get busy(): boolean {
    return this.kernel.current === this;
  }

  override next(): void {
    const queue = this.family?.queue;
    if (queue === undefined) return super.next();
    queue.take(this);
    this.size = queue.size;
  }

  override pushFront(
    pool: PlacePool,
    method: string,
    payload: unknown,
    sender: ActorRef | undefined,
    ask: Ask | undefined,
  ): void {
    const queue = this.family?.queue;
    if (queue === undefined) return super.pushFront(pool, method, payload, sender, ask);
    queue.pushFront(method, payload, sender, ask);
    this.size = queue.size;
  }

  override asks(): Iterable<Ask> {
    return this.family?.queue?.asks() ?? super.asks();
  }

  #shape(definition: AnyDefinition): void {
    this.family ??= new Family();
    this.family.queue = new ShapedMailbox(definition.mailbox ?? {}, definition.capacity);
  }

  get ref(): ActorRef {
    this.#ref ??= new ActorRef(this.kernel, this, 0, 0);
    return this.#ref;
  }

  get name(): string {
    return typeof this.label === "string" ? this.label : `$${this.label}`;
  }

  get path(): string {
    const { parent } = this;
    if (parent === undefined) return `/${this.name}`;
    const prefix = parent instanceof Cell ? parent.path : (this.family?.parentPath ?? "");
    return `${prefix}/${this.name}`;
  }
}

/**
 * Whether a handler's result is to be waited for. Whoever waits does so by `Promise.resolve`: what throws when it is
 * looked at is then a promise that rejects, and a fault as any other.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== "object" || value === null) return false;
  try {
    return typeof (value as { then?: unknown }).then === "function";
  } catch {
    return true;
  }
}
