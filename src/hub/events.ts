// The event stream: one hub-wide sequence, a bounded replay, and watchers. Facts are emitted after the entry behind
// them is flushed, so nobody is told what a crash could take back.
// Why events are built late: most of the time nobody listens, and 1,000 tasks are 4,000 facts. What is kept is a row of
// a few columns; the JSON form is made for a watcher or a replay. An event says enough to follow a task without asking,
// never its parameters or its result.

import { type ListenOptions, listening } from "../base/listening.js";
import type { Clock } from "../base/ports.js";
import type { EventField, EventType, HubEvent } from "../wire/event-shapes.js";
import type { TaskStatus } from "../wire/task-shapes.js";
import { isoTime } from "./iso-time.js";

/** Facts kept for those who resume: about a second of full load, many minutes of a usual one. */
export const REPLAY_EVENTS = 16_384;

/** A task as its events tell of it. */
export interface EventTask {
  readonly id: string;
  readonly kind: { readonly type: string };
}

/** The agent of an attempt as its events tell of it. */
export interface EventAgent {
  readonly record: { readonly id: string };
}

/** Why no other fields: subscriptions filter by these, and one that is not listed is refused. */
type Data = Readonly<Partial<Record<EventField | "error", unknown>>>;

/** Before this moment there was no Hive: 1 January 2025. */
const EPOCH_MS = 1_735_689_600_000;
const SEQ_PER_MS = 1_000;

/**
 * The sequence a hub starts with at `wallMs`: above every sequence of earlier runs, so that a watcher of one of them
 * learns that it missed something. Nothing has to be stored for it.
 */
export function firstSeqAt(wallMs: number): number {
  return Math.max(0, Math.floor(wallMs - EPOCH_MS)) * SEQ_PER_MS;
}

export type Watcher = (event: HubEvent) => void;

export class EventStream {
  readonly #clock: Clock;
  /** Distinguishes message ids of different runs of the hub. */
  readonly #run: string;
  // The ring, one column per field, so that a fact costs no object of its own.
  readonly #types: EventType[] = new Array<EventType>(REPLAY_EVENTS).fill("task_created");
  readonly #atMs = new Float64Array(REPLAY_EVENTS);
  readonly #tasks: (EventTask | undefined)[] = new Array<undefined>(REPLAY_EVENTS).fill(undefined);
  readonly #agents: (EventAgent | undefined)[] = new Array<undefined>(REPLAY_EVENTS).fill(undefined);
  readonly #attempts = new Int32Array(REPLAY_EVENTS);
  readonly #more: (Data | undefined)[] = new Array<undefined>(REPLAY_EVENTS).fill(undefined);
  readonly #watchers = new Set<Watcher>();
  readonly #firstSeq: number;
  #lastSeq: number;

  /** `firstSeq` continues an earlier run, so that a watcher of it learns that it missed something. */
  constructor(clock: Clock, firstSeq: number) {
    this.#clock = clock;
    this.#firstSeq = firstSeq;
    this.#lastSeq = firstSeq;
    this.#run = Math.floor(clock.wallMs()).toString(36);
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** A fact with data of its own. */
  emit(type: EventType, data: Data): void {
    this.#note(type, undefined, undefined, 0, data);
  }

  /** A fact about a task, with its agent where one matters. `more` adds to what every such event says. */
  emitTask(type: EventType, task: EventTask, agent?: EventAgent, attempt = 0, more?: Data): void {
    this.#note(type, task, agent, attempt, more);
  }

  /** Events after `seq`, or `gone` when some of them are no longer kept or never were. */
  since(seq: number): readonly HubEvent[] | "gone" {
    if (seq > this.#lastSeq || seq < this.#firstSeq || this.#lastSeq - seq > REPLAY_EVENTS) return "gone";
    const events: HubEvent[] = [];
    for (let next = seq + 1; next <= this.#lastSeq; next += 1) events.push(this.#present(next));
    return events;
  }

  /** Calls `heard` with every event from now on. Returns the way to end it. */
  subscribe(heard: Watcher, options: ListenOptions = {}): () => void {
    return listening("events.subscribe", options, () => {
      const watcher: Watcher = (event) => heard(event);
      this.#watchers.add(watcher);
      return () => void this.#watchers.delete(watcher);
    });
  }

  #note(
    type: EventType,
    task: EventTask | undefined,
    agent: EventAgent | undefined,
    attempt: number,
    more: Data | undefined,
  ): void {
    this.#lastSeq += 1;
    const at = this.#lastSeq % REPLAY_EVENTS;
    this.#types[at] = type;
    this.#atMs[at] = this.#clock.wallMs();
    this.#tasks[at] = task;
    this.#agents[at] = agent;
    this.#attempts[at] = attempt;
    this.#more[at] = more;
    if (this.#watchers.size === 0) return;
    const event = this.#present(this.#lastSeq);
    for (const watcher of this.#watchers) watcher(event);
  }

  #present(seq: number): HubEvent {
    const at = seq % REPLAY_EVENTS;
    const type = this.#types[at] as EventType;
    const task = this.#tasks[at];
    return {
      type,
      data: task === undefined ? (this.#more[at] ?? {}) : this.#taskData(at, type, task),
      timestamp: isoTime(this.#atMs[at] as number),
      message_id: `${this.#run}-${seq.toString(36)}`,
      seq,
    };
  }

  #taskData(at: number, type: EventType, task: EventTask): Data {
    const agent = this.#agents[at];
    const attempt = this.#attempts[at] as number;
    return {
      task_id: task.id,
      status: STATUS_AFTER[type],
      task_type: task.kind.type,
      ...(agent === undefined ? {} : { agent_id: agent.record.id }),
      ...(attempt === 0 ? {} : { attempt }),
      ...this.#more[at],
    };
  }
}

/** What a task is after an event, where nothing more exact is said. */
const STATUS_AFTER: Partial<Readonly<Record<EventType, TaskStatus>>> = {
  task_created: "queued",
  task_assigned: "assigned",
  task_started: "running",
  task_progress: "running",
  task_retrying: "retrying",
  task_completed: "completed",
  task_failed: "failed",
  task_cancelled: "cancelled",
  task_expired: "expired",
  task_reopened: "queued",
};
