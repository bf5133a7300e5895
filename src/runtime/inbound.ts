// The way into a thread: what the rings deliver finds its actor, its asker, or the keeper of lives.

import { addressOf } from "../actor/address.js";
import { Ask } from "../actor/ask.js";
import { takeControl } from "../actor/control-inbox.js";
import type { ControlMessage } from "../actor/control-message.js";
import type { Kernel } from "../actor/kernel.js";
import type { ActorRef } from "../actor/ref.js";
import { type ErrorRecord, errorFromRecord } from "../base/errors.js";
import { unreachable } from "../base/invariant.js";
import type { Sink } from "../ring/reader.js";
import {
  addressOfForeign,
  type Envelope,
  KIND_CONTROL,
  KIND_ELEMENTS,
  KIND_FAILURE,
  KIND_MESSAGE,
  KIND_REPLY,
  KIND_TOPIC,
} from "../wire/envelope.js";
import type { Router } from "./router.js";

export class Inbound implements Sink {
  readonly #kernel: Kernel;
  readonly #router: Router;
  readonly #epochMs: number;
  /** The last sender seen: messages come in runs. */
  #sender: ActorRef | undefined;
  #senderThread = 0;

  constructor(kernel: Kernel, router: Router, epochMs: number) {
    this.#kernel = kernel;
    this.#router = router;
    this.#epochMs = epochMs;
  }

  deliver(thread: number, envelope: Envelope, payload: unknown): void {
    switch (envelope.kind) {
      case KIND_MESSAGE:
        return this.#message(thread, envelope, payload);
      case KIND_REPLY: {
        const ask = this.#kernel.asks.find(envelope.askId);
        if (ask !== undefined) this.#kernel.asks.settle(ask, payload);
        return;
      }
      case KIND_FAILURE: {
        const ask = this.#kernel.asks.find(envelope.askId);
        if (ask !== undefined) this.#kernel.asks.fail(ask, errorFromRecord(payload as ErrorRecord));
        return;
      }
      case KIND_ELEMENTS:
        return this.#kernel.asks.find(envelope.askId)?.flow?.take(payload as unknown[]);
      case KIND_CONTROL:
        takeControl(this.#kernel, thread, payload as ControlMessage);
        return this.#kernel.longTurns.discount();
      case KIND_TOPIC: {
        const { senderSlot, senderGeneration } = envelope;
        const sender = senderSlot === 0 ? undefined : this.#senderOf(thread, senderSlot, senderGeneration);
        const [topic, published] = payload as readonly [string, unknown];
        return this.#kernel.topics.deliver(topic, published, sender);
      }
      default:
        unreachable(envelope.kind as never);
    }
  }

  #message(thread: number, envelope: Envelope, payload: unknown): void {
    const kernel = this.#kernel;
    const { receiverSlot, receiverGeneration, method } = envelope;
    let sender: ActorRef | undefined;
    if (envelope.senderSlot !== 0)
      sender = this.#senderOf(thread, envelope.senderSlot, envelope.senderGeneration);
    if (envelope.askId === 0) {
      kernel.receive(receiverSlot, receiverGeneration, method, payload, sender, undefined);
      return;
    }
    const ask = this.#askOf(thread, envelope);
    if (ask !== undefined) kernel.receive(receiverSlot, receiverGeneration, method, payload, sender, ask);
  }

  /** The ask behind a message, unless the asker has given up already. */
  #askOf(thread: number, envelope: Envelope): Ask | undefined {
    if (this.#kernel.asks.wasCancelled(thread, envelope.askId)) return undefined;
    let deadlineMs = 0;
    if (envelope.deadline !== 0) {
      // Not as of the beginning of the batch: an ask that came later with the longest limit would seem long expired.
      const nowMs = this.#kernel.ports.clock.nowMs();
      const leftMs = (envelope.deadline - ((nowMs - this.#epochMs) | 0)) | 0;
      if (leftMs < 0) return undefined;
      deadlineMs = nowMs + leftMs;
    }
    const ask = new Ask(thread, deadlineMs, envelope.trail);
    ask.id = envelope.askId;
    ask.epoch = this.#router.links[thread]?.epoch ?? 0;
    return ask;
  }

  #senderOf(thread: number, slot: number, generation: number): ActorRef {
    const address = addressOfForeign(slot) ?? addressOf(thread, slot);
    const last = this.#sender;
    if (
      last !== undefined &&
      this.#senderThread === thread &&
      last.address === address &&
      last.generation === generation
    ) {
      return last;
    }
    const sender = this.#kernel.refTo(address, generation);
    this.#sender = sender;
    this.#senderThread = thread;
    return sender;
  }
}
