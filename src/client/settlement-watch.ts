// Waiting for tasks: one event socket for all waits of a client. A task is read when its event says that it settled,
// after every gap and reconnection, and now and then to be sure.
// Why one socket: a program may wait for thousands of tasks at once.

import type { Task } from "../wire/task-shapes.js";
import { ClientError, cancelled, clientClosed, timeLimit } from "./errors.js";
import { EventFeed, type EventFeedOptions } from "./event-feed.js";
import { requireKnown } from "./given.js";

const SETTLED: ReadonlySet<string> = new Set(["completed", "failed", "cancelled", "expired", "dead"]);
const SETTLING_EVENTS = ["task_completed", "task_failed", "task_cancelled", "task_expired"];
/** Every wait is looked at again this often, whatever the events say. */
const LOOK_AGAIN_MS = 15_000;

/** The socket stays open this long after the last wait, for the next one. */
const LINGER_MS = 3_000;

export interface WaitOptions {
  /** Without it, or with 0, the wait has no end of its own. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

interface Wait {
  readonly id: string;
  looking: boolean;
  /** Set when it should be looked at again after the look in progress. */
  again: boolean;
  readonly settle: (outcome: Task | ClientError) => void;
}

export class SettlementWatch {
  readonly #source: Pick<EventFeedOptions, "url" | "token" | "diagnose">;
  readonly #read: (id: string) => Promise<Task>;
  readonly #waits = new Map<string, Set<Wait>>();
  #feed: EventFeed | undefined;
  #lingering: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  constructor(
    source: Pick<EventFeedOptions, "url" | "token" | "diagnose">,
    read: (id: string) => Promise<Task>,
  ) {
    this.#source = source;
    this.#read = read;
  }

  /** Resolves with the settled task, whatever it came to. Rejects TIMEOUT, CANCELLED, OPTIONS, TASK_NOT_FOUND. */
  async wait(id: string, options: WaitOptions): Promise<Task> {
    const { signal } = options;
    requireKnown("wait", options, ["timeoutMs", "signal"]);
    const limitMs = timeLimit(options.timeoutMs, 0);
    if (this.#closed) throw clientClosed();
    if (signal?.aborted) throw cancelled(signal);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => wait.settle(cancelled(signal as AbortSignal));
      const timer =
        limitMs === 0
          ? undefined
          : setTimeout(() => {
              const what = `The task ${id} did not settle within ${limitMs} ms; it goes on.`;
              wait.settle(new ClientError("TIMEOUT", what, { data: { task_id: id } }));
            }, limitMs);
      const wait: Wait = {
        id,
        looking: false,
        again: false,
        settle: (outcome) => {
          if (!this.#forget(wait)) return;
          clearTimeout(timer);
          signal?.removeEventListener("abort", onAbort);
          if (outcome instanceof ClientError) reject(outcome);
          else resolve(outcome);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#remember(wait);
    });
  }

  close(): void {
    this.#closed = true;
    const error = clientClosed();
    for (const wait of [...this.#waits.values()].flatMap((set) => [...set])) wait.settle(error);
    this.#stop();
  }

  #remember(wait: Wait): void {
    const same = this.#waits.get(wait.id) ?? new Set<Wait>();
    same.add(wait);
    this.#waits.set(wait.id, same);
    clearTimeout(this.#lingering);
    if (this.#feed === undefined) this.#start();
    void this.#look(wait);
  }

  #forget(wait: Wait): boolean {
    const same = this.#waits.get(wait.id);
    if (same === undefined || !same.delete(wait)) return false;
    if (same.size === 0) this.#waits.delete(wait.id);
    if (this.#waits.size === 0) this.#lingering = setTimeout(() => this.#stop(), LINGER_MS);
    return true;
  }

  #start(): void {
    const feed = new EventFeed({
      ...this.#source,
      wish: { topics: SETTLING_EVENTS },
      event: (event) => {
        for (const wait of this.#waits.get(String(event.data.task_id)) ?? []) void this.#look(wait);
      },
      live: () => {
        this.#lookAtAll();
      },
      gap: () => undefined,
      failed: (error) => {
        for (const wait of [...this.#waits.values()].flatMap((set) => [...set])) wait.settle(error);
        this.#stop();
      },
    });
    this.#feed = feed;
    this.#timer = setInterval(() => this.#lookAtAll(), LOOK_AGAIN_MS);
    feed.start();
  }

  #stop(): void {
    clearTimeout(this.#lingering);
    clearInterval(this.#timer);
    this.#feed?.close();
    this.#feed = undefined;
  }

  #lookAtAll(): void {
    for (const same of this.#waits.values()) for (const wait of same) void this.#look(wait);
  }

  /** Reads the task. One look at a time; an event that comes meanwhile asks for another. */
  async #look(wait: Wait): Promise<void> {
    if (wait.looking) {
      wait.again = true;
      return;
    }
    wait.looking = true;
    try {
      do {
        wait.again = false;
        const task = await this.#read(wait.id);
        if (SETTLED.has(task.status)) wait.settle(task);
      } while (wait.again);
    } catch (error) {
      const failure = error as ClientError;
      // Why a lost connection is no end: the hub may come back later than reads are tried again; the next event, the
      // next reconnection or the next look asks anew.
      if (failure.code !== "CONNECTION_LOST" && failure.status !== 503) wait.settle(failure);
    } finally {
      wait.looking = false;
    }
  }
}
