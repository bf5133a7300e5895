// Events to many sockets: an event is encoded once, matched once per group of equal subscriptions, and goes out with
// the others of the same turn. A subscriber that resumes is first brought up to date from the hub's bounded replay, at
// its own pace.
// Why a pace: a replay can be larger than what may wait in memory for one socket; it goes on when that has drained.
// Why two ways out: publishing lets the library write what belongs to one socket in one packet, at less than a send for
// each. But it holds 32 messages per socket and turn; the 33rd would be delivered after others were dropped, and leave
// a hole. So larger batches are sent socket by socket, and stop at the first that is dropped.

import type { HubEvent } from "../wire/event-shapes.js";
import type { EventFilter } from "./event-filter.js";
import type { HubFace } from "./faces.js";
import type { LiveSocket } from "./live-socket.js";

interface Group {
  readonly filter: EventFilter;
  readonly topic: string;
  readonly members: Set<LiveSocket>;
  /** Events of this turn, encoded. */
  pending: Uint8Array[];
}

/** The most messages that the library holds for one socket before it sends in the middle of a turn. */
const PUBLISHED_PER_TURN_MAX = 32;

/** A replay pauses while more than this waits for the socket. */
const REPLAY_WAITING_BYTES_MAX = 256 * 1024;

/** What one socket subscribed to. */
interface Subscription {
  readonly filter: EventFilter;
  /** The last event that was sent or skipped; undefined once it is live. */
  cursor: number | undefined;
  group: Group | undefined;
  gone: () => void;
}

/** Runs a task after the current turn of the event loop. */
export type Soon = (task: () => void) => void;

export class EventStream {
  readonly #events: HubFace["events"];
  readonly #publish: (topic: string, message: Uint8Array) => void;
  readonly #groups = new Map<string, Group>();
  readonly #subscriptions = new Map<LiveSocket, Subscription>();
  readonly #encoder = new TextEncoder();
  readonly #soon: Soon;
  #isFlushing = false;
  #topicCount = 0;
  #stop: (() => void) | undefined;

  constructor(events: HubFace["events"], publish: (topic: string, message: Uint8Array) => void, soon: Soon) {
    this.#events = events;
    this.#publish = publish;
    this.#soon = soon;
  }

  get lastSeq(): number {
    return this.#events.lastSeq;
  }

  /** True when events after `seq` can still be told. */
  canResume(seq: number): boolean {
    return this.#events.since(seq) !== "gone";
  }

  /**
   * Subscribes a socket, in place of what it had subscribed before. Events after `fromSeq` follow first; `gone` is
   * called when the socket is so slow that the replay loses them before they could be sent.
   */
  subscribe(socket: LiveSocket, filter: EventFilter, fromSeq: number, gone: () => void): void {
    this.unsubscribe(socket);
    const subscription: Subscription = { filter, cursor: fromSeq, group: undefined, gone };
    this.#subscriptions.set(socket, subscription);
    this.#replay(socket, subscription);
  }

  unsubscribe(socket: LiveSocket): void {
    const subscription = this.#subscriptions.get(socket);
    if (subscription === undefined) return;
    this.#subscriptions.delete(socket);
    const { group } = subscription;
    if (group === undefined) return;
    socket.leave(group.topic);
    group.members.delete(socket);
    if (group.members.size > 0) return;
    this.#groups.delete(group.filter.key);
    if (this.#groups.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  /** The socket has sent what waited; a paused replay goes on. */
  drained(socket: LiveSocket): void {
    const subscription = this.#subscriptions.get(socket);
    if (subscription?.cursor !== undefined) this.#replay(socket, subscription);
  }

  close(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#groups.clear();
    this.#subscriptions.clear();
  }

  #replay(socket: LiveSocket, subscription: Subscription): void {
    const missed = this.#events.since(subscription.cursor ?? 0);
    if (missed === "gone") {
      this.unsubscribe(socket);
      subscription.gone();
      return;
    }
    for (const event of missed) {
      subscription.cursor = event.seq;
      if (!subscription.filter.matches(event)) continue;
      if (!socket.send(JSON.stringify(event))) return;
      if (socket.bufferedBytes > REPLAY_WAITING_BYTES_MAX) return;
    }
    subscription.cursor = undefined;
    this.#join(socket, subscription);
  }

  #join(socket: LiveSocket, subscription: Subscription): void {
    const { filter } = subscription;
    let group = this.#groups.get(filter.key);
    if (group === undefined) {
      group = { filter, topic: `events-${++this.#topicCount}`, members: new Set(), pending: [] };
      this.#groups.set(filter.key, group);
    }
    // Why first: what is pending was part of the newcomer's replay.
    this.#flush(group);
    group.members.add(socket);
    subscription.group = group;
    socket.join(group.topic);
    this.#stop ??= this.#events.subscribe((event) => this.#take(event));
  }

  #take(event: HubEvent): void {
    let bytes: Uint8Array | undefined;
    for (const group of this.#groups.values()) {
      if (!group.filter.matches(event)) continue;
      bytes ??= this.#encoder.encode(JSON.stringify(event));
      group.pending.push(bytes);
    }
    if (bytes === undefined || this.#isFlushing) return;
    this.#isFlushing = true;
    this.#soon(() => {
      this.#isFlushing = false;
      for (const group of this.#groups.values()) this.#flush(group);
    });
  }

  #flush(group: Group): void {
    const batch = group.pending;
    if (batch.length === 0) return;
    group.pending = [];
    if (batch.length <= PUBLISHED_PER_TURN_MAX) {
      for (const message of batch) this.#publish(group.topic, message);
    } else {
      for (const socket of group.members) socket.sendTexts(batch);
    }
  }
}
