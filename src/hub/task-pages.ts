// Pages of tasks as they are answered: as objects for callers in this process, as JSON text for those who pass it on.

import type { Task, TaskPage, TaskQuery } from "../wire/task-shapes.js";
import type { HubParts } from "./parts.js";
import { TaskJson, taskJson } from "./task-json.js";
import type { RecordPage } from "./task-list.js";
import { listTasks } from "./task-list.js";
import type { TaskRecord } from "./task-record.js";
import { isSettled } from "./task-state.js";

const TASKS_OPEN = Buffer.from('{"tasks":[');
const COMMA = Buffer.from(",");

export class TaskPages {
  readonly #parts: HubParts;
  readonly #view: (record: TaskRecord) => Task;
  readonly #shown: (record: TaskRecord) => Promise<void>;
  readonly #json = new TaskJson();

  /** `shown` settles once what a record says may be shown. */
  constructor(
    parts: HubParts,
    view: (record: TaskRecord) => Task,
    shown: (record: TaskRecord) => Promise<void>,
  ) {
    this.#parts = parts;
    this.#view = view;
    this.#shown = shown;
  }

  async list(query: TaskQuery): Promise<TaskPage> {
    const page = await this.#page(query);
    return { tasks: page.records.map(this.#view), ...aboutPage(page) };
  }

  async listJson(query: TaskQuery): Promise<readonly Uint8Array[]> {
    const page = await this.#page(query);
    const pieces: Uint8Array[] = [TASKS_OPEN];
    for (const record of page.records) {
      if (pieces.length > 1) pieces.push(COMMA);
      pieces.push(this.#jsonOf(record));
    }
    pieces.push(Buffer.from(`],${JSON.stringify(aboutPage(page)).slice(1)}`));
    return pieces;
  }

  async #page(query: TaskQuery): Promise<RecordPage> {
    const page = listTasks(query, this.#parts);
    // Why not all of them: a page of fifty settled tasks has nothing to wait for.
    for (const record of page.records) if (this.#isSettling(record)) await this.#shown(record);
    return page;
  }

  /** Whether it has an outcome that is still on its way to the disk. */
  #isSettling(record: TaskRecord): boolean {
    return isSettled(record.state.kind) && this.#parts.ledger.isOpen(record);
  }

  #jsonOf(record: TaskRecord): Uint8Array {
    const isClosed = isSettled(record.state.kind) && !this.#parts.ledger.isOpen(record);
    return isClosed ? this.#json.ofSettled(record, this.#view) : taskJson(this.#view(record));
  }
}

/** What a page says beside its tasks. */
function aboutPage({ total, isAtLeast, pagination }: RecordPage): Omit<TaskPage, "tasks"> {
  return { total_count: total, ...(isAtLeast ? { total_is_at_least: true } : {}), pagination };
}
