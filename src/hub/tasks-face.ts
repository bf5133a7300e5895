// Tasks as others see and ask for them. An answer shows an outcome only once it is on disk.

import type {
  CreateTask,
  Explanation,
  MatchPreview,
  Task,
  TaskPage,
  TaskQuery,
} from "../wire/task-shapes.js";
import type { Dependencies } from "./dependencies.js";
import type { Dispatcher } from "./dispatch.js";
import { entryOf } from "./entry-codec.js";
import { HubError, taskNotFound } from "./errors.js";
import { explainTask, waitingReason } from "./explain.js";
import type { CreateOptions, Intake } from "./intake.js";
import type { HubParts } from "./parts.js";
import type { Settler } from "./settle.js";
import { TaskPages } from "./task-pages.js";
import type { TaskRecord } from "./task-record.js";
import { applyChange } from "./task-record.js";
import type { TaskChange } from "./task-state.js";
import { isLegal, isSettled } from "./task-state.js";
import type { ViewSources } from "./task-view.js";
import { viewTask } from "./task-view.js";

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a create answers. The views are made when they are read. */
export class Created {
  readonly id: string;
  /** False when the idempotency key had made the task before. */
  readonly created: boolean;
  readonly #record: TaskRecord;
  readonly #face: TasksFace;

  constructor(record: TaskRecord, created: boolean, face: TasksFace) {
    this.id = record.id;
    this.created = created;
    this.#record = record;
    this.#face = face;
  }

  get task(): Task {
    return this.#face.viewNew(this.#record);
  }

  /** The best agents for the task, busy or not. */
  get matchingAgents(): readonly MatchPreview[] {
    return this.#face.previewMatches(this.#record);
  }
}

export class TasksFace {
  readonly #parts: HubParts;
  readonly #intake: Intake;
  readonly #settler: Settler;
  readonly #dispatcher: Dispatcher;
  readonly #dependencies: Dependencies;
  readonly #sources: ViewSources;
  readonly #pages: TaskPages;

  constructor(
    parts: HubParts,
    intake: Intake,
    settler: Settler,
    dispatcher: Dispatcher,
    dependencies: Dependencies,
  ) {
    this.#parts = parts;
    this.#intake = intake;
    this.#settler = settler;
    this.#dispatcher = dispatcher;
    this.#dependencies = dependencies;
    this.#sources = { roster: parts.roster, waitingReason: (record) => waitingReason(record, parts) };
    this.#pages = new TaskPages(parts, this.#view, (record) => this.#shown(record));
  }

  /** Accepts a task; settles once it is on disk. Rejects with a `HubError`. */
  create(input: CreateTask, options: CreateOptions = {}): Promise<Created> {
    return new Promise((resolve, reject) => {
      this.#intake.accept(input, options, (error, record, created) => {
        if (record === undefined) reject(error);
        else if (created) resolve(new Created(record, true, this));
        else resolve(this.#createdBefore(record));
      });
    });
  }

  /**
   * Accepts several tasks, each as `create` does; those that agents are free for are given away together, the most
   * urgent first, so that the choices are the best in sum.
   */
  createAll(inputs: readonly CreateTask[]): readonly Promise<Created>[] {
    const created: Promise<Created>[] = [];
    this.#dispatcher.together(() => {
      for (const input of inputs) created.push(this.create(input));
    });
    return created;
  }

  async get(id: string): Promise<Task | undefined> {
    const record = this.#dependencies.find(id);
    if (record === undefined) return undefined;
    await this.#shown(record);
    return this.#view(record);
  }

  /** One page, youngest first unless asked otherwise. Rejects with `VALIDATION_ERROR`. */
  list(query: TaskQuery = {}): Promise<TaskPage> {
    return this.#pages.list(query);
  }

  /** The same page as JSON text in UTF-8, in pieces: for those who only pass it on. */
  listJson(query: TaskQuery = {}): Promise<readonly Uint8Array[]> {
    return this.#pages.listJson(query);
  }

  /** Cancels an open task; settles once that is on disk. Rejects with `TASK_NOT_FOUND` or `CONFLICT`. */
  async cancel(id: string, reason?: string): Promise<Task> {
    const record = this.#find(id);
    if (!isLegal(record.state.kind, "cancel")) {
      throw new HubError(
        "CONFLICT",
        `task ${id} is ${record.state.kind}; only an open task can be cancelled`,
      );
    }
    this.#settler.cancel(record, reason);
    await this.#shown(record);
    return this.#view(record);
  }

  /** Opens a settled task again, with attempts anew. Rejects with `TASK_NOT_FOUND` or `CONFLICT`. */
  async retry(id: string): Promise<Task> {
    const record = this.#find(id);
    await this.#shown(record);
    const { kind } = record.state;
    if (
      !isSettled(kind) ||
      !isLegal(kind, "reopen") ||
      this.#parts.ledger.find(record.number) !== undefined
    ) {
      throw new HubError(
        "CONFLICT",
        `task ${id} is ${kind}; only failed, cancelled, expired and dead tasks can be retried`,
      );
    }
    if (record.deadlineMs > 0 && record.deadlineMs <= this.#parts.clock.wallMs()) {
      throw new HubError(
        "CONFLICT",
        `the deadline of task ${id} has passed; submit it again with a later one`,
      );
    }
    if (this.#dispatcher.isDraining)
      throw new HubError("DRAINING", "the hub is shutting down and reopens no tasks");
    if (!this.#parts.writer.takesNewWork) {
      throw new HubError("READ_ONLY", "the hub cannot write to its disk and reopens no tasks until it can");
    }
    return this.#reopen(record);
  }

  /** Why a task went to its agent, or why nobody does it. Rejects with `TASK_NOT_FOUND`. */
  async explain(id: string): Promise<Explanation> {
    const record = this.#find(id);
    await this.#shown(record);
    return explainTask(record, this.#parts);
  }

  /** The task once it is settled; undefined when it is not within `timeoutMs`, or `signal` aborts. */
  async settled(id: string, options: WaitOptions = {}): Promise<Task | undefined> {
    const record = this.#find(id);
    const isDone = !this.#parts.ledger.isOpen(record) || (await this.#waitFor(record, options));
    return isDone ? this.#view(record) : undefined;
  }

  /** Views of a task just created. Internal to `Created`. */
  viewNew(record: TaskRecord): Task {
    const view = this.#view(record);
    const estimate = isSettled(record.state.kind) ? undefined : this.#estimate(record);
    return estimate === undefined
      ? view
      : { ...view, estimated_completion: new Date(estimate).toISOString() };
  }

  previewMatches(record: TaskRecord): readonly MatchPreview[] {
    const { matcher, waiting } = this.#parts;
    return matcher.rankAll(waiting.lane(record.kind), record).map(({ row, score }) => {
      return { agent_id: row.record.id, name: row.record.name, score };
    });
  }

  readonly #view = (record: TaskRecord): Task => viewTask(record, this.#sources);

  /** When it may be done: those ahead of it and its own time, at the pace of the agents that can do it. */
  #estimate(record: TaskRecord): number | undefined {
    const { roster, waiting, clock } = this.#parts;
    const lane = waiting.lane(record.kind);
    let slots = 0;
    let latencyMs = 0;
    for (const number of lane.pool.agents) {
      const row = roster.byNumber(number);
      if (row === undefined) continue;
      slots += row.maxConcurrent;
      latencyMs = Math.max(latencyMs, row.latencyMs);
    }
    if (slots === 0) return undefined;
    return clock.wallMs() + latencyMs * (1 + lane.tasks.size / slots);
  }

  #find(id: string): TaskRecord {
    const record = this.#dependencies.find(id);
    if (record === undefined) throw taskNotFound(id);
    return record;
  }

  async #createdBefore(record: TaskRecord): Promise<Created> {
    await this.#shown(record);
    return new Created(record, false, this);
  }

  /** Waits until what the record says may be shown: an outcome only once it is on disk. */
  async #shown(record: TaskRecord): Promise<void> {
    if (isSettled(record.state.kind) && this.#parts.ledger.isOpen(record)) await this.#waitFor(record, {});
  }

  /** Whether the record settled, and that is on disk, before it took too long or was called off. */
  #waitFor(record: TaskRecord, { timeoutMs, signal }: WaitOptions): Promise<boolean> {
    return new Promise((resolve) => {
      const settled = (): void => resolve(true);
      record.waiters ??= [];
      record.waiters.push(settled);
      if (timeoutMs === undefined && signal === undefined) return;
      const giveUp = (): void => {
        record.waiters = record.waiters?.filter((one) => one !== release);
        release();
        resolve(false);
      };
      const timer = timeoutMs === undefined ? undefined : this.#parts.timers.after(timeoutMs, giveUp);
      const release = (): void => {
        timer?.cancel();
        signal?.removeEventListener("abort", giveUp);
      };
      record.waiters.push(release);
      if (signal?.aborted === true) giveUp();
      else signal?.addEventListener("abort", giveUp, { once: true });
    });
  }

  #reopen(settled: TaskRecord): Promise<Task> {
    const { ledger, archive, writer, clock, agenda, events } = this.#parts;
    const from = settled.state;
    if (!isSettled(from.kind)) throw new HubError("CONFLICT", `task ${settled.id} is ${from.kind}`);
    const status = from.kind;
    const blocked = this.#dependencies.check(settled.dependsOn);
    const change: TaskChange = { kind: "reopen", blocked };
    applyChange(settled, change, undefined);
    archive.noteReopened(settled.number, status);
    ledger.readmit(settled);
    settled.onDisk = false;
    if (settled.deadlineMs > 0) agenda.watchDeadline(settled);
    const entry = entryOf(settled, change, undefined, from, clock.wallMs());
    const flushed = new Promise<Task>((resolve) => {
      writer.write(entry, () => {
        ledger.countReadmitted(status);
        settled.onDisk = true;
        events.emitTask("task_reopened", settled);
        resolve(this.#view(settled));
      });
    });
    // Why at once: whatever follows is journalled behind the reopening.
    if (settled.state.kind === "queued") this.#dispatcher.enqueue(settled);
    else this.#dependencies.admitted(settled);
    return flushed;
  }
}
