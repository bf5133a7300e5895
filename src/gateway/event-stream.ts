// Events to many sockets: an event is encoded once, matched once per group of equal subscriptions, and published to the
// group's topic. A subscriber that resumes is first brought up to date from the hub's bounded replay, at its own pace.
// Why a pace: a replay can be larger than what may wait in memory for one socket; it goes on when the socket has drained.
// Why publish and not one send per socket: the library then writes what belongs to one socket in one packet.

import type { HubEvent } from "../wire/event-shapes.js";
import type { EventFilter } from "./event-filter.js";
import type { HubFace } from "./faces.js";
import type { LiveSocket } from "./live-socket.js";

interface Group {
  readonly filter: EventFilter;
  readonly topic: string;
  members: number;
}

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

export class EventStream {
  readonly #events: HubFace["events"];
  readonly #publish: (topic: string, message: Uint8Array) => void;
  readonly #groups = new Map<string, Group>();
  readonly #subscriptions = new Map<LiveSocket, Subscription>();
  readonly #encoder = new TextEncoder();
  #topicCount = 0;
  #stop: (() => void) | undefined;

  constructor(events: HubFace["events"], publish: (topic: string, message: Uint8Array) => void) {
    this.#events = events;
    this.#publish = publish;
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
    group.members--;
    if (group.members > 0) return;
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
      group = { filter, topic: `events-${++this.#topicCount}`, members: 0 };
      this.#groups.set(filter.key, group);
    }
    group.members++;
    subscription.group = group;
    socket.join(group.topic);
    this.#stop ??= this.#events.subscribe((event) => this.#take(event));
  }

  #take(event: HubEvent): void {
    let bytes: Uint8Array | undefined;
    for (const group of this.#groups.values()) {
      if (!group.filter.matches(event)) continue;
      bytes ??= this.#encoder.encode(JSON.stringify(event));
      this.#publish(group.topic, bytes);
    }
  }
}
