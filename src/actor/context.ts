// What a handler sees of its actor and the world. One per incarnation, one more per concurrent turn.

import type { Clock, Log } from "../base/ports.js";
import type { Random } from "../base/random.js";
import { noteAside } from "./aside.js";
import type { Ask } from "./ask.js";
import { type Cell, READY } from "./cell.js";
import type {
  ActorContext,
  AnyDefinition,
  ArgsOf,
  ContextTimers,
  Handlers,
  ProtocolOfDefinition,
  SpawnOptions,
} from "./definition.js";
import { assertMethod, Cancelled, isMethod, StaleIncarnation, wrongMethod } from "./errors.js";
import { forwardCurrent } from "./forward.js";
import type { Job } from "./job.js";
import type { Kernel } from "./kernel.js";
import { Later } from "./later.js";
import type { Letter } from "./mailbox.js";
import { ownRef } from "./other-system.js";
import { assertUnderstands, pushToSelf } from "./own-mail.js";
import { type ActorRef, type AskOptions, assertRef, type TellResult } from "./ref.js";
import { ActorRegistry } from "./registry-face.js";
import { stashCurrent, unstashAll } from "./stash.js";
import type { ActorStream, StreamOptions } from "./stream.js";
import { KeyedTimers } from "./timers.js";
import type { Topic } from "./topics.js";
import { keepTraced, untraced } from "./trace.js";

export class Context implements ActorContext {
  // biome-ignore lint/suspicious/noExplicitAny: the state's type is the definition's affair
  #state: any = undefined;
  readonly #cell: Cell;
  readonly #incarnation: number;
  #sender: ActorRef | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  /** The ask that the current message answers. Internal. */
  open: Ask | undefined = undefined;
  redelivered = 0;
  /** Messages this incarnation has handled. Internal. */
  handled = 0;
  /** The last of them in which it asked somebody. Internal. */
  askedIn = 0;

  constructor(cell: Cell) {
    this.#cell = cell;
    this.#incarnation = cell.incarnation;
  }

  /** A context for one concurrent turn; it shares the state. */
  fork(letter?: Letter): Context {
    return new ForkedContext(this.#cell, this, letter);
  }

  /** The message of a concurrent turn; that of any other lies in the cell. Internal. */
  get letter(): Letter | undefined {
    return undefined;
  }

  /** Whether its incarnation still is the actor's. Internal. */
  get isCurrent(): boolean {
    return this.#cell.incarnation === this.#incarnation;
  }

  /** The number of the turn, for those that keep their actor waiting. Internal. */
  get turn(): number {
    return this.handled;
  }

  /** Internal. */
  get kernel(): Kernel {
    return this.#cell.kernel;
  }

  begin(sender: ActorRef | undefined, ask: Ask | undefined, redelivered = 0): void {
    this.redelivered = redelivered;
    if (this.#sender !== sender) this.#sender = sender;
    this.open = ask;
    this.#controller = undefined;
  }

  /** Notes who asks, for the chain of callers. A concurrent turn keeps nobody waiting. Internal. */
  asks(ask: Ask): void {
    ask.asker = this;
    ask.turn = this.turn;
    if (this.open?.settled === false) ask.within = this.open;
    this.askedIn = this.handled;
  }

  abort(reason: Error): void {
    this.#controller?.abort(reason);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the state's type is the definition's affair
  get state(): any {
    return this.#state;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the state's type is the definition's affair
  set state(value: any) {
    this.#assertCurrent();
    this.#state = value;
  }

  get self(): ActorRef {
    return this.#cell.ref;
  }

  get sender(): ActorRef | undefined {
    return this.#sender;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#cell.incarnation !== this.#incarnation) this.#controller.abort(new StaleIncarnation());
    return this.#controller.signal;
  }

  get name(): string {
    return this.#cell.name;
  }

  get path(): string {
    return this.#cell.path;
  }

  get log(): Log {
    const { log } = this.#cell.kernel.ports;
    const { path } = this.#cell;
    return { log: (level, message, fields) => log.log(level, message, { ...fields, actor: path }) };
  }

  get clock(): Clock {
    return this.#cell.kernel.ports.clock;
  }

  get random(): Random {
    return this.#cell.kernel.ports.random;
  }

  get timers(): ContextTimers {
    this.#assertCurrent();
    const extras = this.#cell.kernel.familyOf(this.#cell);
    extras.timers ??= new KeyedTimers(this.#cell);
    return extras.timers;
  }

  get registry(): ActorRegistry {
    this.#assertCurrent();
    return new ActorRegistry(this.#cell);
  }

  spawn<D extends AnyDefinition>(
    definition: D,
    options: SpawnOptions<ArgsOf<D>> = {},
  ): ActorRef<ProtocolOfDefinition<D>> {
    this.#assertCurrent();
    return this.#cell.kernel.spawn(this.#cell, definition, options, "this");
  }

  stop(child?: ActorRef): void {
    this.#assertCurrent();
    if (child === undefined || child.cell === this.#cell) this.#cell.kernel.endNormally(this.#cell);
    else this.#cell.kernel.stopChild(this.#cell, this.#own(child));
  }

  restart(child: ActorRef): void {
    this.#assertCurrent();
    this.#cell.kernel.restartChild(
      this.#cell,
      this.#own(child),
      new Cancelled(`${this.path} asked for a restart`),
    );
  }

  watch(target: ActorRef): void {
    this.#assertCurrent();
    assertRef("watch", target);
    this.#cell.kernel.watches.add(this.#own(target), this.#cell);
  }

  unwatch(target: ActorRef): void {
    this.#assertCurrent();
    this.#cell.kernel.watches.remove(this.#own(target), this.#cell);
  }

  link(other: ActorRef): void {
    this.#assertCurrent();
    assertRef("link", other);
    this.#cell.kernel.link(this.#cell, this.#own(other));
  }

  unlink(other: ActorRef): void {
    this.#assertCurrent();
    this.#cell.kernel.unlink(this.#cell, this.#own(other));
  }

  tell(target: ActorRef, method: string, payload?: unknown): TellResult {
    this.#assertCurrent();
    assertMethod(method);
    const { kernel } = this.#cell;
    this.#own(target);
    if (target.cell !== undefined) return kernel.tellLocal(target.cell, method, payload, this.#cell);
    return kernel.transport.tell(target, method, payload, this.#cell, undefined);
  }

  ask(target: ActorRef, method: string, payload?: unknown, options?: AskOptions): Promise<never> {
    if (this.#cell.incarnation !== this.#incarnation) return Promise.reject(new StaleIncarnation());
    if (!isMethod(method)) return Promise.reject(wrongMethod(method));
    const { kernel } = this.#cell;
    try {
      ownRef(kernel, target);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    return kernel.asks.ask(target, method, payload, options, this.#cell, this) as Promise<never>;
  }

  subscribe(topic: Topic, method: string): void {
    this.#assertCurrent();
    this.#cell.kernel.topics.subscribe(topic, this.#cell, method);
  }

  unsubscribe(topic: Topic): void {
    this.#assertCurrent();
    this.#cell.kernel.topics.unsubscribe(topic, this.#cell);
  }

  publish(topic: Topic, payload?: unknown): TellResult {
    this.#assertCurrent();
    return this.#cell.kernel.topics.publish(topic, payload, this.#cell);
  }

  stream(target: ActorRef, method: string, payload?: unknown, options?: StreamOptions): ActorStream<never> {
    this.#assertCurrent();
    const { kernel } = this.#cell;
    const stream = kernel.openStream(kernel, this.#own(target), method, payload, options, this.#cell, this);
    return stream as unknown as ActorStream<never>;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the state's type is the definition's affair
  become(handlers?: Handlers<any>): void {
    this.#assertCurrent();
    const { kernel, definition } = this.#cell;
    const next = kernel.behaviours.derive(untraced(definition), handlers);
    this.#cell.definition = keepTraced(this.#cell, next);
  }

  forward(target: ActorRef): TellResult {
    this.#assertCurrent();
    return forwardCurrent(this.#cell, this, this.#own(target));
  }

  later<Reply>(): Later<Reply> {
    this.#assertCurrent();
    const cell = this.#cell;
    const { open } = this;
    const later = new Later<Reply>(cell, open);
    this.open = undefined;
    if (open !== undefined && cell.kernel.current === cell) noteAside(cell, { promised: open });
    return later;
  }

  stash(): void {
    this.#assertCurrent();
    stashCurrent(this.#cell, this);
  }

  unstashAll(): void {
    this.#assertCurrent();
    const cell = this.#cell;
    unstashAll(cell);
    if (cell.status === READY && cell.size > 0) cell.kernel.enqueue(cell);
  }

  pipeToSelf(promise: PromiseLike<unknown>, method: string, failed?: string): void {
    this.#assertCurrent();
    assertUnderstands(this.#cell, method, "pipe to");
    if (failed !== undefined) assertUnderstands(this.#cell, failed, "pipe errors to");
    promise.then(
      (value) => this.#toSelf(method, value),
      (error: unknown) => {
        if (failed !== undefined) this.#toSelf(failed, error);
        else if (this.#cell.incarnation === this.#incarnation)
          this.#cell.kernel.crash(this.#cell, error, undefined);
      },
    );
  }

  /** A message from the past of this actor; when that incarnation is over, nobody wants it any more. */
  #toSelf(method: string, payload: unknown): void {
    const cell = this.#cell;
    const { kernel, path } = cell;
    if (cell.incarnation === this.#incarnation) pushToSelf(cell, method, payload);
    else kernel.deadLetters.add({ receiver: path, method, payload, reason: "stopped", sender: path });
  }

  offload<Input, Output>(job: Job<Input, Output>, input: Input, options: AskOptions = {}): Promise<Output> {
    if (this.#cell.incarnation !== this.#incarnation) return Promise.reject(new StaleIncarnation());
    return this.#cell.kernel.offload(job as Job<unknown, unknown>, input, options) as Promise<Output>;
  }

  #own(ref: ActorRef): ActorRef {
    return ownRef(this.#cell.kernel, ref);
  }

  #assertCurrent(): void {
    if (this.#cell.incarnation !== this.#incarnation)
      throw new StaleIncarnation(`${this.path}: this context is stale`);
  }
}

/** The context of one concurrent turn: a sender, an ask and a signal of its own, and the state of the actor. */
class ForkedContext extends Context {
  readonly #whole: Context;
  readonly #letter: Letter | undefined;

  constructor(cell: Cell, whole: Context, letter: Letter | undefined) {
    super(cell);
    this.#whole = whole;
    this.#letter = letter;
  }

  override get letter(): Letter | undefined {
    return this.#letter;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the state's type is the definition's affair
  override get state(): any {
    return this.#whole.state;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the state's type is the definition's affair
  override set state(value: any) {
    this.#whole.state = value;
  }

  override get turn(): number {
    return -1;
  }
}
