// The actors of one thread: their table, their run queue, the asks they wait for. Everything that crosses to another
// thread goes through the transport it is given; everything about lives is in actor/lifecycle and actor/supervise.

import type { ThreadPorts } from "../base/ports.js";
import { addressOf, slotOf, threadOf } from "./address.js";
import type { Ask } from "./ask.js";
import { takeReturning } from "./ask-chain.js";
import { Asks } from "./asks.js";
import { AtOnce } from "./at-once.js";
import { Behaviours } from "./behaviours.js";
import { type Cell, READY, STARTING, STOPPED, STOPPING } from "./cell.js";
import { leaveChildren, stopChildren } from "./children.js";
import type { Context } from "./context.js";
import { recordOf, type SystemEvent } from "./control-message.js";
import { DeadLetters } from "./dead-letters.js";
import type {
  AnyDefinition,
  ArgsOf,
  Placement,
  ProtocolOfDefinition,
  SpawnOptions,
  StopReason,
} from "./definition.js";
import { ActorStopped, NoActor, ThreadLost } from "./errors.js";
import { Family } from "./family.js";
import type { Job } from "./job.js";
import { crash, endNormally, startIncarnation, stopCell } from "./lifecycle.js";
import { forgetLinks, link, unlink } from "./links.js";
import { LongTurns } from "./long-turns.js";
import { LossReport } from "./loss-report.js";
import { type Letter, PlacePool } from "./mailbox.js";
import { Nursery } from "./nursery.js";
import { Outflows } from "./outflow.js";
import { type KernelPorts, type Transport, zeroCounters } from "./ports.js";
import { DEAD_BIT, FULL_BIT, type Presence } from "./presence.js";
import { ActorRef, type AskOptions, type TellResult } from "./ref.js";
import { Registry } from "./registry.js";
import { RunQueue } from "./run-queue.js";
import { droppedBy, type ShapedMailbox } from "./shaped-mailbox.js";
import { openStream } from "./stream.js";
import { reportExit, reportGone, restartOnRequest, stopOnRequest } from "./supervise.js";
import { Topics } from "./topics.js";
import { runAtOnce, runReturning, runTurn } from "./turn.js";
import { Unborn } from "./unborn.js";
import { Watches } from "./watches.js";

/** Messages an actor handles before the next one gets its turn. */
const TURN_MESSAGES = 256;
/** Cells between two looks at the clock. */
const CLOCK_EVERY_TURNS = 16;

export interface KernelOptions {
  readonly thread: number;
  readonly ports: ThreadPorts;
  readonly presence: Presence;
  /** Presence of every thread, this one included. */
  readonly presenceOf: (thread: number) => Presence;
  readonly above: KernelPorts;
  /** What all threads of one system, and no others, have in common here. */
  readonly home: object;
  /** One word that another thread counts up in a steady pulse; without it long turns go unnoticed. */
  readonly pulse?: Int32Array;
}

export class Kernel {
  readonly thread: number;
  readonly ports: ThreadPorts;
  readonly presence: Presence;
  readonly above: KernelPorts;
  readonly home: object;
  readonly transport: Transport;
  readonly counters = zeroCounters();
  readonly deadLetters: DeadLetters;
  readonly watches: Watches;
  readonly unborn: Unborn;
  readonly nursery: Nursery;
  readonly asks: Asks;
  readonly topics: Topics;
  readonly registry: Registry;
  readonly outflows = new Outflows();
  readonly longTurns: LongTurns;
  readonly places = new PlacePool();
  readonly behaviours = new Behaviours();
  readonly atOnce: AtOnce;
  /** Messages that the turn which runs may still handle. */
  turnLeft = 0;
  /** When the batch that runs began. */
  sliceMs = 0;
  /** The actor whose handler runs right now. */
  current: Cell | undefined = undefined;
  /** Its context, where that is not the actor's own: in a concurrent turn. */
  fork: Context | undefined = undefined;
  readonly #presenceOf: (thread: number) => Presence;
  readonly #cells: (Cell | undefined)[] = [];
  readonly #queue = new RunQueue();

  constructor({ thread, ports, presence, presenceOf, above, home, pulse }: KernelOptions) {
    this.thread = thread;
    this.ports = ports;
    this.presence = presence;
    this.above = above;
    this.home = home;
    this.transport = above.transport;
    this.#presenceOf = presenceOf;
    const losses = new LossReport(thread, ports.timers, (event) => above.emit(event));
    this.deadLetters = new DeadLetters(thread, () => ports.clock.wallMs(), losses);
    this.watches = new Watches(this);
    this.unborn = new Unborn(this);
    this.nursery = new Nursery(this);
    this.asks = new Asks(this);
    this.topics = new Topics(this);
    this.registry = new Registry(this);
    this.atOnce = new AtOnce(ports.clock);
    this.longTurns = new LongTurns(ports.clock, pulse);
  }

  /** The message in hand: its method and payload are what the handler that runs was called with. */
  get letter(): Letter | undefined {
    return this.fork?.letter ?? this.current;
  }

  // ---- turns -------------------------------------------------------------------------------------------------------

  get idle(): boolean {
    return this.#queue.empty;
  }

  enqueue(cell: Cell): void {
    if (cell.queued) return;
    cell.queued = true;
    if (this.#queue.push(cell)) this.above.wake();
  }

  /** Runs turns until there are none or `untilMs` is past; says how many. */
  runTurns(untilMs: number): number {
    let turns = 0;
    for (;;) {
      const cell = this.#queue.take();
      if (cell === undefined) return turns;
      cell.queued = false;
      if (cell.status === STARTING) startIncarnation(cell);
      if (cell.family?.returning !== undefined) runReturning(cell);
      if (cell.status === READY) {
        runTurn(cell, TURN_MESSAGES);
        if (cell.size > 0 && cell.status === READY) this.enqueue(cell);
      }
      if (++turns % CLOCK_EVERY_TURNS === 0 && this.ports.clock.nowMs() >= untilMs) return turns;
    }
  }

  // ---- messages ----------------------------------------------------------------------------------------------------

  tellLocal(cell: Cell, method: string, payload: unknown, sender: Cell | undefined): TellResult {
    if (cell.size < cell.definition.ample && cell.status < STOPPING) {
      cell.push(this.places, method, payload, sender?.ref, undefined);
      this.#pushed(cell);
      return "sent";
    }
    if (cell.status >= STOPPING) {
      const { path } = cell;
      this.deadLetters.add({ receiver: path, method, payload, reason: "no-actor", sender: sender?.path });
      return "dead";
    }
    if (cell.full && !cell.drops) return this.full();
    this.push(cell, method, payload, sender?.ref, undefined);
    return "sent";
  }

  /** Counts a message that found no room. Its sender's turn is cut short: sending on at once would find none either. */
  full(): "full" {
    this.counters.full++;
    this.turnLeft = 0;
    return "full";
  }

  /** A notice that is no user's message: exempt from the mailbox's bound. */
  pushSystem(cell: Cell, method: string, payload: unknown): void {
    if (cell.status < STOPPING) this.push(cell, method, payload, undefined, undefined);
  }

  pushParked(
    cell: Cell,
    letter: { method: string; payload: unknown; sender: ActorRef | undefined; ask: Ask | undefined },
  ): void {
    this.push(cell, letter.method, letter.payload, letter.sender, letter.ask);
  }

  /** A message from another thread: nothing once accepted there is refused here, except by those who are gone. */
  receive(
    slot: number,
    generation: number,
    method: string,
    payload: unknown,
    sender: ActorRef | undefined,
    ask: Ask | undefined,
  ): void {
    const cell = this.#cells[slot];
    if (cell !== undefined && cell.generation === generation && cell.status < STOPPING) {
      // Not inside a handler that tells an actor of its thread by a ref which does not know that: one turn at a time.
      const isIdle = cell.status === READY && cell.size === 0 && !cell.queued;
      if (isIdle && this.current === undefined && this.atOnce.take())
        return runAtOnce(cell, method, payload, sender, ask);
      return this.push(cell, method, payload, sender, ask);
    }
    if (this.unborn.awaits(slot, generation)) {
      return this.unborn.park(slot, generation, method, payload, sender, ask);
    }
    const receiver = `${this.thread}/${slot}#${generation}`;
    if (ask !== undefined)
      this.asks.fail(ask, new NoActor(`there is no actor ${receiver}`, { data: { receiver } }));
    this.deadLetters.add({ receiver, method, payload, reason: "no-actor", sender: sender?.id });
  }

  push(
    cell: Cell,
    method: string,
    payload: unknown,
    sender: ActorRef | undefined,
    ask: Ask | undefined,
  ): void {
    if (ask !== undefined && (cell.turnOpen || this.current === cell))
      if (takeReturning(cell, method, payload, sender, ask)) return;
    const queue = cell.family?.queue;
    if (queue === undefined) cell.push(this.places, method, payload, sender, ask);
    else if (!this.#pushShaped(cell, queue, { method, payload, sender, ask })) return;
    this.#pushed(cell);
  }

  #pushed(cell: Cell): void {
    if (cell.slot !== 0 && cell.isNewDepth) this.showDepth(cell);
    if (!cell.queued && (cell.status === READY || cell.status === STARTING)) this.enqueue(cell);
  }

  /** False when a function of the definition failed over the message: that is a fault of the actor. */
  #pushShaped(cell: Cell, queue: ShapedMailbox, letter: Letter): boolean {
    const { method, payload, sender, ask } = letter;
    try {
      const displaced = queue.push(method, payload, sender, ask);
      cell.size = queue.size;
      if (displaced !== undefined) this.#drop(cell, displaced);
      return true;
    } catch (error) {
      // Why never again: the mailbox would fail over it again.
      crash(cell, error, { ...letter, redelivered: Number.POSITIVE_INFINITY });
      return false;
    }
  }

  /** A message that a mailbox could not keep. */
  #drop(cell: Cell, { method, payload, sender, ask }: Letter): void {
    const receiver = cell.path;
    this.counters.dropped++;
    if (ask !== undefined) this.asks.fail(ask, droppedBy(receiver, method));
    this.deadLetters.add({ receiver, method, payload, reason: "dropped", sender: sender?.id });
  }

  // ---- the table ---------------------------------------------------------------------------------------------------

  familyOf(cell: Cell): Family {
    cell.family ??= new Family();
    return cell.family;
  }

  spawn<D extends AnyDefinition>(
    parent: Cell,
    definition: D,
    options: SpawnOptions<ArgsOf<D>>,
    placement: Placement,
  ): ActorRef<ProtocolOfDefinition<D>> {
    return this.nursery.spawn(parent, definition, options, placement);
  }

  addressOf(slot: number): number {
    return addressOf(this.thread, slot);
  }

  cellAt(slot: number, generation: number): Cell | undefined {
    const cell = this.#cells[slot];
    return cell !== undefined && cell.generation === generation ? cell : undefined;
  }

  refTo(address: number, generation: number): ActorRef {
    const cell = threadOf(address) === this.thread ? this.cellAt(slotOf(address), generation) : undefined;
    return cell?.ref ?? new ActorRef(this, undefined, address, generation);
  }

  /** Gives a cell the slot by which other threads can reach it. */
  makeKnown(cell: Cell): void {
    if (cell.slot !== 0 || cell.status === STOPPED) return;
    const { slot, generation } = this.nursery.slotsOn(this.thread).take();
    this.settleAt(cell, slot, generation);
  }

  settleAt(cell: Cell, slot: number, generation: number): void {
    cell.slot = slot;
    cell.generation = generation;
    this.#cells[slot] = cell;
    this.presence.set(slot, generation, 0);
    this.showDepth(cell);
  }

  /**
   * Tells senders on other threads how deep the mailbox is: when that is news, and after a turn. Why not each time:
   * senders read the word before every message, and the cores would fight for it.
   */
  showDepth(cell: Cell): void {
    this.presence.setDepth(cell.slot, cell.full && !cell.drops ? cell.size | FULL_BIT : cell.size);
  }

  /** The actor that a lost thread took will not come back to its slot. */
  bury(slot: number, generation: number): void {
    if (this.presence.generation(slot) === generation && this.presence.isLost(slot))
      this.presence.setDepth(slot, DEAD_BIT);
    this.unborn.bury(slot, generation);
  }

  /** A cell has finished. */
  forget(cell: Cell): void {
    const { slot } = cell;
    if (slot !== 0 && this.#cells[slot] === cell) {
      this.presence.setDepth(slot, DEAD_BIT);
      this.#cells[slot] = undefined;
    }
    this.nursery.forget(cell);
  }

  presenceOf(thread: number): Presence {
    return this.#presenceOf(thread);
  }

  requestStop(ref: ActorRef, reason: StopReason): void {
    if (ref.cell !== undefined) stopCell(ref.cell, reason);
    else
      this.transport.control(threadOf(ref.address), {
        kind: "stop",
        target: ref.export(),
        reason: recordOf(reason),
      });
  }

  offload(job: Job<unknown, unknown>, input: unknown, options: AskOptions): Promise<unknown> {
    return this.above.offload.run(job, input, options);
  }

  emit(event: SystemEvent): void {
    this.above.emit(event);
  }

  // ---- families: what lives and contexts ask of actor/supervise ---------------------------------------------------
  // Why here: a life and its supervision depend on each other; this is where the circle is cut.

  readonly endNormally = endNormally;
  readonly link = link;
  readonly unlink = unlink;
  readonly forgetLinks = forgetLinks;
  readonly crash = crash;
  readonly openStream = openStream;
  readonly reportExit = reportExit;
  readonly reportGone = reportGone;
  readonly stopChildren = stopChildren;
  readonly leaveChildren = leaveChildren;
  readonly stopChild = stopOnRequest;
  readonly restartChild = restartOnRequest;

  /** Another thread was lost and is replaced: asks to it fail, families act, watches are asked for anew. */
  threadLost(thread: number, reason: string): void {
    const error = new ThreadLost(`thread ${thread} was lost: ${reason}`);
    this.#threadGone(thread, error);
    this.nursery.threadLost(thread, error);
    this.watches.rearm(thread);
  }

  /** Another thread has ended for good, as was wished: nobody there answers or comes back. */
  threadEnded(thread: number): void {
    this.#threadGone(thread, new ActorStopped(`thread ${thread} has ended, and its actors with it`));
    this.nursery.threadEnded(thread);
    this.watches.end(thread);
  }

  #threadGone(thread: number, error: Error): void {
    this.asks.failThread(thread, error);
    this.outflows.threadLost(thread, error);
    for (const cell of this.#cells) cell?.family?.watcherThreads.delete(thread);
    this.registry.threadLost(thread);
  }

  close(): void {
    this.asks.close();
    this.deadLetters.close();
  }
}
