// Events as an async iterable. A reader that is slower than the hub lets a bounded queue fill up; then the connection
// is dropped, and taken up again where it stopped once the reader has caught up.

import type { HubEvent } from "../wire/event-shapes.js";
import { type ClientError, cancelled, clientClosed } from "./errors.js";
import { EventFeed, type EventFeedOptions, type EventGap, type EventWish } from "./event-feed.js";
import { requireKnown } from "./given.js";
import { jsonText } from "./json-body.js";

/** Said instead of events that the hub no longer has. */
export interface GapEvent {
  readonly type: "gap";
  readonly data: EventGap;
}

export interface EventOptions extends EventWish {
  /** Resumes after this sequence number; without it the iteration starts with what comes next. */
  readonly fromSeq?: number;
  readonly signal?: AbortSignal;
}

/** Events that may wait for a slow reader. */
const QUEUE_MAX = 10_000;

/** Where events come from, and until when: `closed` aborts with the client. */
export interface EventSource extends Pick<EventFeedOptions, "url" | "token" | "diagnose"> {
  readonly closed: AbortSignal;
}

class EventQueue {
  readonly #items: (HubEvent | GapEvent)[] = [];
  readonly #source: EventSource;
  readonly #options: EventOptions;
  #feed: EventFeed | undefined;
  #failure: ClientError | undefined;
  #wake: (() => void) | undefined;
  #lastSeq: number | undefined;

  constructor(source: EventSource, options: EventOptions) {
    this.#source = source;
    if (source.closed.aborted) this.#failure = clientClosed();
    this.#options = options;
    this.#lastSeq = options.fromSeq;
  }

  async *read(): AsyncGenerator<HubEvent | GapEvent, void, undefined> {
    const { closed } = this.#source;
    const { signal } = this.#options;
    if (this.#failure !== undefined) throw this.#failure;
    if (closed.aborted) return;
    if (signal?.aborted) throw cancelled(signal);
    const onAbort = (): void => this.#fail(cancelled(signal as AbortSignal));
    const onClosed = (): void => this.#wake?.();
    signal?.addEventListener("abort", onAbort, { once: true });
    closed.addEventListener("abort", onClosed, { once: true });
    try {
      this.#open();
      while (!closed.aborted) {
        const item = this.#items.shift();
        if (item !== undefined) {
          yield item;
          continue;
        }
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#feed === undefined) this.#open();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      closed.removeEventListener("abort", onClosed);
      this.#feed?.close();
    }
  }

  #open(): void {
    const { topics, filters } = this.#options;
    const wish = {
      ...(topics === undefined ? {} : { topics }),
      ...(filters === undefined ? {} : { filters }),
    };
    this.#feed = new EventFeed({
      ...this.#source,
      wish,
      ...(this.#lastSeq === undefined ? {} : { fromSeq: this.#lastSeq }),
      event: (event) => {
        this.#lastSeq = event.seq;
        this.#push(event);
      },
      live: () => undefined,
      gap: (data) => {
        this.#lastSeq = data.last_seq;
        this.#push({ type: "gap", data });
      },
      failed: (error) => this.#fail(error),
    });
    this.#feed.start();
  }

  #push(item: HubEvent | GapEvent): void {
    if (this.#feed === undefined) return;
    this.#items.push(item);
    if (this.#items.length >= QUEUE_MAX) {
      this.#feed.close();
      this.#feed = undefined;
    }
    this.#wake?.();
  }

  #fail(error: ClientError): void {
    this.#failure ??= error;
    this.#wake?.();
  }
}

/**
 * Iterates until the loop is left or the client is closed. Throws CANCELLED when the signal aborts or the client was
 * closed before, UNAUTHORIZED or FORBIDDEN when the token is refused, VALIDATION_ERROR for what the hub does not know.
 */
export function readEvents(source: EventSource, options: EventOptions): AsyncIterable<HubEvent | GapEvent> {
  checkWish(options);
  return new EventQueue(source, options).read();
}

/** Why now: the wish is written whenever the socket opens, and there nobody could be told. */
function checkWish(options: EventOptions): void {
  requireKnown("events", options, ["topics", "filters", "fromSeq", "signal"]);
  const { topics, filters, fromSeq } = options;
  jsonText({ topics, filters, fromSeq });
}
