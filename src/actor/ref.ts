// What happens when a message is sent? It starts here.
//
// The way of a message to an actor on another thread, each file visited once:
//   actor/ref (sender, method) > runtime/router (which thread; full? dead? publish, bell) > ring/writer (claim room,
//   encode in place) ‖ ring/reader (drain a batch, decode) > runtime/inbound (sender, ask) > actor/kernel (find the
//   cell) > actor/mailbox > actor/turn (one message after the other). The bytes: wire/envelope and wire/codec.
//   Who runs it all on both sides: the loop in runtime/thread-runtime. Proven by test/ways/tell.test.ts.
// An ask passes actor/asks first (deadline, number); its answer is a message back: runtime/router, runtime/inbound.
// On the same thread the message goes from here to actor/kernel and its mailbox, by reference. A ref works the same
// either way: it can be sent in a message, stored, watched and compared.

import { show } from "../base/show.js";
import { Reference } from "../wire/codec.js";
import { addressOf, keyOf } from "./address.js";
import type { Cell } from "./cell.js";
import type {
  AnyDefinition,
  AskArgs,
  AskMethods,
  ElementOf,
  PayloadArgs,
  Protocol,
  ProtocolOfDefinition,
  StreamMethods,
} from "./definition.js";
import { assertMethod, isMethod, NoActor, wrongMethod } from "./errors.js";
import type { Kernel } from "./kernel.js";
import type { ActorStream, StreamOptions } from "./stream.js";

/** `sent`: on its way. `full`: the receiver or its thread lags, nothing was sent. `dead`: there is no receiver. */
export type TellResult = "sent" | "full" | "dead";

export interface AskOptions {
  /** Default 5,000. 0 means no deadline. */
  readonly timeoutMs?: number;
  /** Cancels the ask; the handler sees it as `ctx.signal`. */
  readonly signal?: AbortSignal;
}

// biome-ignore lint/suspicious/noExplicitAny: a ref of unknown protocol takes any method
export class ActorRef<P extends Protocol = any> extends Reference {
  /** Types only: what the actor understands. */
  declare readonly protocol?: P;
  readonly #kernel: Kernel;
  #address: number;
  #generation: number;
  /** @internal The actor itself while it lives on this thread. */
  readonly cell: Cell | undefined;
  readonly #path: string | undefined;

  /** @internal Refs come from `spawn`, from messages and from look-ups. `path` is for people, where it is known. */
  constructor(kernel: Kernel, cell: Cell | undefined, address: number, generation: number, path?: string) {
    super();
    this.#path = path;
    this.#kernel = kernel;
    this.cell = cell;
    this.#address = address;
    this.#generation = generation;
  }

  /** Sends a message; at most once, in order between this sender and this receiver. Throws `EncodeError`. */
  tell<M extends AskMethods<P>>(method: M, ...payload: PayloadArgs<P[M]["payload"]>): TellResult;
  tell(method: string, payload?: unknown): TellResult {
    assertMethod(method);
    const kernel = this.#kernel;
    const cell = this.cell;
    const sender = kernel.current;
    if (cell !== undefined) return kernel.tellLocal(cell, method, payload, sender);
    return kernel.transport.tell(this, method, payload, sender, undefined);
  }

  /** Sends a message and waits for what its handler returns. Always settles. */
  ask<M extends AskMethods<P>>(method: M, ...rest: AskArgs<P[M]["payload"]>): Promise<P[M]["reply"]>;
  ask(method: string, payload?: unknown, options?: AskOptions): Promise<unknown> {
    if (!isMethod(method)) return Promise.reject(wrongMethod(method));
    return this.#kernel.asks.ask(this, method, payload, options, this.#kernel.current);
  }

  /** @internal The actors of this thread, through which it sends. */
  get kernel(): Kernel {
    return this.#kernel;
  }

  /** @internal */
  override get home(): object {
    return this.#kernel.home;
  }

  /**
   * Elements of a stream method, a handler that is a generator function. They come in order and no faster than they are
   * taken; what ends an ask ends the stream, after the elements that came before.
   */
  stream<M extends StreamMethods<P>>(
    method: M,
    ...rest: AskArgs<P[M]["payload"], StreamOptions>
  ): ActorStream<ElementOf<P, M>>;
  stream(method: string, payload?: unknown, options?: StreamOptions): ActorStream<unknown> {
    const kernel = this.#kernel;
    return kernel.openStream(kernel, this, method, payload, options, kernel.current);
  }

  /**
   * This ref, typed by the definition of its actor: for `ctx.self`, `ctx.sender`, refs of hooks and look-ups. Types
   * only: nobody looks whether it is one.
   */
  as<D extends AnyDefinition>(_definition: D): ActorRef<ProtocolOfDefinition<D>> {
    return this as ActorRef;
  }

  /** One string per actor of its system, the same on every thread. */
  get id(): string {
    return keyOf(this.address, this.#generation);
  }

  /** Whether both lead to the same actor; never across two systems. */
  equals(other: ActorRef): boolean {
    if (this.home !== other.home) return false;
    if (this.cell !== undefined && other.cell !== undefined) return this.cell === other.cell;
    return this.address === other.address && this.#generation === other.generation;
  }

  /** @internal Thread and slot. A local actor gets its slot when somebody first asks for it. */
  get address(): number {
    if (this.#address === 0 && this.cell !== undefined) this.#settle(this.cell);
    return this.#address;
  }

  /** @internal */
  get generation(): number {
    if (this.#address === 0 && this.cell !== undefined) this.#settle(this.cell);
    return this.#generation;
  }

  /** @internal */
  override export(): readonly [address: number, generation: number] {
    return [this.address, this.#generation];
  }

  /** Its path where this thread knows it, else its id. */
  get label(): string {
    return this.cell?.path ?? this.#path ?? this.id;
  }

  /** Who it is, for people. */
  override toString(): string {
    const { label } = this;
    return label.startsWith("/") ? label : `actor ${label}`;
  }

  toJSON(): string {
    return this.id;
  }

  #settle(cell: Cell): void {
    this.#kernel.makeKnown(cell);
    this.#address = addressOf(this.#kernel.thread, cell.slot);
    this.#generation = cell.generation;
  }
}

/** Types say so already; what came from elsewhere may be anything. */
export function assertRef(what: string, given: unknown): asserts given is ActorRef {
  if (!(given instanceof ActorRef))
    throw new NoActor(`${what} was given ${show(given)}; give the ref of an actor`);
}
