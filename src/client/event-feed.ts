// Events of the hub over one socket that comes back: subscribed again from the last sequence number seen, so nothing is
// missed while the hub still keeps it, and the owner is told of the gap when it does not.

import { EVENT_PROTOCOL } from "../wire/actor-protocol.js";
import type { EventField, HubEvent } from "../wire/event-shapes.js";
import type { ErrorBody } from "../wire/http-shapes.js";
import { answeredError, type ClientError } from "./errors.js";
import { SteadySocket } from "./steady-socket.js";

/** Which events: families (`tasks`), types (`task_completed`) or prefixes (`agent_*`), and fields of their data. */
export interface EventWish {
  readonly topics?: readonly string[];
  readonly filters?: Readonly<Partial<Record<EventField, string | number | boolean>>>;
}

/** Events between these numbers are gone; whoever needs them reads the state anew. */
export interface EventGap {
  readonly from_seq: number;
  readonly last_seq: number;
}

export interface EventFeedOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly wish: EventWish;
  /** Resumes after this number; without it the feed starts with what comes next. */
  readonly fromSeq?: number;
  diagnose(): Promise<ClientError | undefined>;
  event(event: HubEvent): void;
  /** Subscribed, for the first time or again. */
  live(): void;
  gap(gap: EventGap): void;
  failed(error: ClientError): void;
}

interface Reply {
  readonly type: "reply";
  readonly success: boolean;
  readonly data: { readonly last_seq?: number } | null;
  readonly error: ErrorBody | null;
}

export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #socket: SteadySocket;
  #lastSeq: number | undefined;

  constructor(options: EventFeedOptions) {
    this.#options = options;
    this.#lastSeq = options.fromSeq;
    this.#socket = new SteadySocket({
      url: options.url,
      token: options.token,
      protocol: EVENT_PROTOCOL,
      opened: () => this.#subscribe(),
      message: (data) => this.#take(JSON.parse(data as string) as HubEvent | Reply | { type: string }),
      lost: () => undefined,
      diagnose: () => options.diagnose(),
      failed: (error) => options.failed(error),
    });
  }

  start(): void {
    this.#socket.start();
  }

  /** Ends the connection, for now; it resumes after what was seen. */
  drop(): void {
    this.#socket.drop();
  }

  close(): void {
    this.#socket.close();
  }

  #subscribe(): void {
    const { topics = [], filters = {} } = this.#options.wish;
    const payload = { topics, filters, ...(this.#lastSeq === undefined ? {} : { from_seq: this.#lastSeq }) };
    this.#socket.send(JSON.stringify({ action: "subscribe", payload }));
  }

  #take(message: HubEvent | Reply | { type: string }): void {
    if (message.type === "reply") this.#takeReply(message as Reply);
    else if ("seq" in message) {
      this.#lastSeq = message.seq;
      this.#options.event(message);
    }
  }

  #takeReply({ success, data, error }: Reply): void {
    if (success) {
      this.#lastSeq ??= data?.last_seq;
      this.#options.live();
      return;
    }
    const body = error ?? { code: "BAD_ANSWER", message: "The hub refused without a reason." };
    if (body.code !== "EVENTS_GONE") {
      this.#socket.close();
      this.#options.failed(answeredError(body));
      return;
    }
    const gap = body.details as unknown as EventGap;
    this.#lastSeq = gap.last_seq;
    this.#options.gap(gap);
    this.#subscribe();
  }
}
