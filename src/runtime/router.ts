// Which thread, and onto its ring: the way out of a thread. Implements actor's `Transport`.
//
// Nothing waits here: what does not fit is answered `full`, except control messages and replies, which wait in an
// outbox (replies are bounded by the asks that are open; control by the actors that live). Records become visible at
// the end of a batch, and a bell rings only for a thread that sleeps.

import { isLater, slotOf, threadOf } from "../actor/address.js";
import type { Ask } from "../actor/ask.js";
import type { Cell } from "../actor/cell.js";
import { takeControl } from "../actor/control-inbox.js";
import type { ControlMessage, SpawnMessage } from "../actor/control-message.js";
import { SystemFull, ThreadLost } from "../actor/errors.js";
import type { Kernel } from "../actor/kernel.js";
import type { Outlet, Sender, Transport } from "../actor/ports.js";
import { FULL_BIT } from "../actor/presence.js";
import type { ActorRef, TellResult } from "../actor/ref.js";
import type { Topic } from "../actor/topics.js";
import { type ErrorRecord, errorToRecord } from "../base/errors.js";
import { FULL, SENT } from "../ring/writer.js";
import { bareError, withBareErrors } from "../wire/bare-error.js";
import { refsOf } from "../wire/codec.js";
import { EncodeError, explainEncodeFailure } from "../wire/encode-error.js";
import {
  Envelope,
  KIND_CONTROL,
  KIND_ELEMENTS,
  KIND_FAILURE,
  KIND_MESSAGE,
  KIND_REPLY,
  KIND_TOPIC,
} from "../wire/envelope.js";
import { type Board, MASK_WORD_COUNT } from "./board.js";
import type { Link, WaitingReply } from "./link.js";

/** The first record of a batch becomes visible at once, the next after so much, then in pieces that grow fourfold. */
const PUBLISH_BYTES_MIN = 256;
const PUBLISH_BYTES_MAX = 4 * 1024;

export class Router implements Transport {
  readonly links: (Link | undefined)[] = [];
  readonly #thread: number;
  readonly #epochMs: number;
  readonly #board: Board;
  readonly #ring: (thread: number) => void;
  readonly #scheduleFlush: () => void;
  readonly #envelope = new Envelope();
  readonly #control = new Envelope();
  readonly #dirty: Link[] = [];
  /** Links whose outbox waits for the other thread to make room. */
  readonly #waiting = new Set<Link>();
  /** Bound right after construction: router and kernel need each other. */
  #kernel: Kernel = undefined as unknown as Kernel;

  constructor(options: {
    thread: number;
    epochMs: number;
    board: Board;
    ring: (thread: number) => void;
    scheduleFlush: () => void;
  }) {
    this.#thread = options.thread;
    this.#epochMs = options.epochMs;
    this.#board = options.board;
    this.#ring = options.ring;
    this.#scheduleFlush = options.scheduleFlush;
    this.#control.kind = KIND_CONTROL;
  }

  tell(
    to: ActorRef,
    method: string,
    payload: unknown,
    sender: Sender | undefined,
    ask: Ask | undefined,
  ): TellResult {
    const { address, generation } = to;
    const thread = threadOf(address);
    if (thread === this.#thread) return this.#tellHome(to, method, payload, sender, ask);
    const link = this.links[thread];
    if (link === undefined) return this.#dead(to, method, payload, sender);
    const slot = slotOf(address);
    const { presence } = link;
    const alive = presence.generation(slot);
    if (alive === generation) {
      const depth = presence.depthWord(slot);
      if (depth < 0) return this.#dead(to, method, payload, sender);
      if ((depth & FULL_BIT) !== 0) return this.#kernel.full();
    } else if (isLater(alive, generation)) return this.#dead(to, method, payload, sender);
    const envelope = this.#envelope;
    envelope.kind = KIND_MESSAGE;
    envelope.method = method;
    envelope.receiverSlot = slot;
    envelope.receiverGeneration = generation;
    if (sender === undefined) {
      envelope.senderSlot = 0;
    } else {
      if (sender.slot === 0) this.#kernel.makeKnown(sender as Cell);
      envelope.senderSlot = sender.slot;
      envelope.senderGeneration = sender.generation;
    }
    if (ask === undefined) {
      envelope.askId = 0;
      envelope.deadline = 0;
      envelope.trail = undefined;
    } else {
      envelope.askId = ask.id;
      envelope.deadline = ask.deadlineMs === 0 ? 0 : (ask.deadlineMs - this.#epochMs) | 0 || 1;
      envelope.trail = ask.trail;
    }
    const result = link.dataOut.write(envelope, payload);
    this.#touch(link);
    return result === SENT ? "sent" : this.#kernel.full();
  }

  attend(topicNumber: number, attends: boolean): void {
    this.#board.attend(this.#thread, topicNumber, attends);
  }

  publish(topic: Topic, payload: unknown, sender: Cell | undefined): TellResult {
    let result: TellResult = "dead";
    for (let word = 0; word < MASK_WORD_COUNT; word++) {
      let mask = this.#board.attending(topic.number, word);
      while (mask !== 0) {
        const bit = 31 - Math.clz32(mask);
        mask &= ~(1 << bit);
        const thread = word * 32 + bit;
        const link = thread === this.#thread ? undefined : this.links[thread];
        if (link === undefined) continue;
        if (this.#publishTo(link, topic, payload, sender)) {
          if (result === "dead") result = "sent";
        } else {
          result = "full";
          this.#kernel.topics.missedOn(thread, topic, payload, sender);
        }
      }
    }
    return result;
  }

  reply(ask: Ask, value: unknown): void {
    this.#answer(ask, KIND_REPLY, value);
  }

  fail(ask: Ask, error: Error): void {
    this.#answer(ask, KIND_FAILURE, errorToRecord(error));
  }

  elements(ask: Ask, batch: unknown[], outlet: Outlet): void {
    const link = this.links[ask.thread];
    if (link === undefined || link.epoch !== ask.epoch)
      return outlet.broken(new ThreadLost(`thread ${ask.thread}, which read the stream, was lost`));
    this.#send(link, { kind: KIND_ELEMENTS, askId: ask.id, value: batch, outlet });
  }

  control(thread: number, message: ControlMessage): void {
    // By a ref that came back from elsewhere, before the actor's birth or after its end.
    if (thread === this.#thread) return takeControl(this.#kernel, thread, message);
    const link = this.links[thread];
    if (link === undefined) return this.#answerForNobody(thread, message);
    if (link.controlWaiting.length > 0 || !this.#writeControl(link, message))
      link.controlWaiting.push(message);
    this.#touch(link);
  }

  spawn(thread: number, message: SpawnMessage): void {
    const link = this.links[thread];
    const sent = link !== undefined && link.controlWaiting.length === 0 && this.#writeControl(link, message);
    if (link !== undefined) this.#touch(link);
    if (!sent)
      throw new SystemFull(`thread ${thread} lags behind in spawning: wait for it, or spawn elsewhere`);
  }

  /** Makes everything written visible and wakes who sleeps. True while something still waits for room. */
  flush(): boolean {
    if (this.#waiting.size > 0) {
      for (const link of this.#waiting) if (!link.dirty) this.#dirty.push(link);
      this.#waiting.clear();
    }
    for (let link = this.#dirty.pop(); link !== undefined; link = this.#dirty.pop()) {
      link.dirty = false;
      if (this.links[link.thread] !== link) continue;
      if (link.backlogged) this.#catchUp(link);
      this.#publish(link);
      if (link.backlogged) this.#waiting.add(link);
    }
    return this.#waiting.size > 0;
  }

  #publish(link: Link): void {
    const published = link.controlOut.publish();
    if (!link.dataOut.publish() && !published) return;
    if (this.#board.announce(this.#thread, link.thread)) this.#ring(link.thread);
  }

  bind(kernel: Kernel): void {
    this.#kernel = kernel;
  }

  /**
   * Why in growing pieces: the other thread begins, or wakes, with the first record, and works while the rest of a
   * batch is written; in a long one it stays some way behind, or the cores would fight for every line of the ring.
   */
  #touch(link: Link): void {
    if (!link.dirty) {
      link.dirty = true;
      link.publishBytes = 0;
      this.#dirty.push(link);
      this.#scheduleFlush();
    }
    if (link.dataOut.unpublishedBytes < link.publishBytes) return;
    link.publishBytes = Math.min(PUBLISH_BYTES_MAX, Math.max(PUBLISH_BYTES_MIN, link.publishBytes * 4));
    this.#publish(link);
  }

  #publishTo(link: Link, { topic }: Topic, payload: unknown, sender: Cell | undefined): boolean {
    if (sender?.slot === 0) this.#kernel.makeKnown(sender);
    const envelope = this.#envelope;
    envelope.kind = KIND_TOPIC;
    envelope.method = "";
    envelope.receiverSlot = 0;
    envelope.receiverGeneration = 0;
    envelope.senderSlot = sender?.slot ?? 0;
    envelope.senderGeneration = sender?.generation ?? 0;
    envelope.askId = 0;
    envelope.deadline = 0;
    envelope.trail = undefined;
    const result = this.#writePublication(link, topic, payload);
    this.#touch(link);
    return result === SENT;
  }

  /** Why the name goes with the payload: method names have numbers, and a ring has only so many of those. */
  #writePublication(link: Link, topic: string, payload: unknown): number {
    try {
      return link.dataOut.write(this.#envelope, [topic, payload]);
    } catch (error) {
      // The path begins at what was published.
      if (error instanceof EncodeError && error.cause !== undefined)
        throw explainEncodeFailure(error.cause, payload, refsOf(this.#kernel.home));
      throw error;
    }
  }

  /** A ref of an actor of this thread that came back from elsewhere after the actor was gone. */
  #tellHome(
    to: ActorRef,
    method: string,
    payload: unknown,
    sender: Sender | undefined,
    ask: Ask | undefined,
  ): TellResult {
    this.#kernel.receive(slotOf(to.address), to.generation, method, payload, sender?.ref, ask);
    return "sent";
  }

  #dead(to: ActorRef, method: string, payload: unknown, sender: Sender | undefined): TellResult {
    this.#kernel.deadLetters.add({
      receiver: to.label,
      method,
      payload,
      reason: "no-actor",
      sender: sender?.path,
    });
    return "dead";
  }

  /** The thread has ended for good. Who watches there gets one word; everything else was for those who are gone. */
  #answerForNobody(thread: number, message: ControlMessage): void {
    if (message.kind !== "watch") return;
    const gone = { kind: "terminated", target: message.target, reason: { code: "no-actor" } } as const;
    takeControl(this.#kernel, thread, gone);
  }

  #answer(ask: Ask, kind: number, value: unknown): void {
    const link = this.links[ask.thread];
    if (link === undefined || link.epoch !== ask.epoch) return;
    this.#send(link, { kind, askId: ask.id, value, outlet: undefined });
  }

  #send(link: Link, reply: WaitingReply): void {
    if (link.repliesWaiting.length > 0 || !this.#writeReply(link, reply)) link.repliesWaiting.push(reply);
    this.#touch(link);
  }

  #addressReply({ kind, askId }: WaitingReply): Envelope {
    const envelope = this.#envelope;
    envelope.kind = kind;
    envelope.method = "";
    envelope.receiverSlot = 0;
    envelope.senderSlot = 0;
    envelope.askId = askId;
    envelope.deadline = 0;
    envelope.trail = undefined;
    return envelope;
  }

  #writeReply(link: Link, reply: WaitingReply): boolean {
    if (reply.outlet !== undefined) return this.#writeElements(link, reply, reply.outlet);
    const { askId, value } = reply;
    const envelope = this.#addressReply(reply);
    try {
      return link.dataOut.write(envelope, value) === SENT;
    } catch (error) {
      // The answer cannot travel: the asker is told why instead. Of a failure the rest can.
      envelope.kind = KIND_FAILURE;
      const { kind } = reply;
      const why = errorToRecord(error);
      const record = kind === KIND_FAILURE ? bareError(value as ErrorRecord, why.message) : why;
      if (link.dataOut.write(envelope, record) === FULL)
        link.repliesWaiting.push({ kind: KIND_FAILURE, askId, value: record, outlet: undefined });
      return true;
    }
  }

  /** Elements that together are too large, or of which one cannot travel, go one by one as far as they can. */
  #writeElements(link: Link, reply: WaitingReply, outlet: Outlet): boolean {
    if (outlet.dead) return true;
    const envelope = this.#addressReply(reply);
    const batch = reply.value as unknown[];
    try {
      return link.dataOut.write(envelope, batch) === SENT;
    } catch (error) {
      if (batch.length === 1) {
        outlet.broken(error as Error);
        return true;
      }
    }
    while (batch.length > 0) {
      if (!this.#writeElements(link, { ...reply, value: [batch[0]] }, outlet)) return false;
      if (outlet.dead) return true;
      batch.shift();
    }
    return true;
  }

  #writeControl(link: Link, message: ControlMessage): boolean {
    try {
      return link.controlOut.write(this.#control, message) === SENT;
    } catch (error) {
      // Arguments are their sender's affair. All else that may not travel is an error that somebody threw.
      if (message.kind === "spawn") throw error;
      const bare = withBareErrors(message, (error as Error).message);
      return link.controlOut.write(this.#control, bare) === SENT;
    }
  }

  #catchUp(link: Link): void {
    link.dataOut.pump();
    link.controlOut.pump();
    let sent = 0;
    for (const message of link.controlWaiting) {
      if (!this.#writeControl(link, message)) break;
      sent++;
    }
    link.controlWaiting.splice(0, sent);
    sent = 0;
    for (const reply of link.repliesWaiting) {
      if (!this.#writeReply(link, reply)) break;
      sent++;
    }
    link.repliesWaiting.splice(0, sent);
  }
}
