// Tasks that wait for others. A task with open dependencies is `blocked`; the last one that completes queues it, the
// first one that ends any other way fails it with the reason.

import type { FieldError } from "../wire/http-shapes.js";
import type { Archive } from "./archive.js";
import { validationError } from "./errors.js";
import type { Ledger } from "./ledger.js";
import type { Settler } from "./settle.js";
import { numberInId } from "./task-id.js";
import type { TaskRecord } from "./task-record.js";

export class Dependencies {
  readonly #ledger: Ledger;
  readonly #archive: Archive;
  readonly #settler: Settler;

  constructor(ledger: Ledger, archive: Archive, settler: Settler) {
    this.#ledger = ledger;
    this.#archive = archive;
    this.#settler = settler;
  }

  /** Whether a task with these dependencies starts blocked. Throws `VALIDATION_ERROR` for ids that no task has. */
  check(ids: readonly string[]): boolean {
    if (ids.length === 0) return false;
    const problems: FieldError[] = [];
    let blocked = false;
    for (const [index, id] of ids.entries()) {
      const record = this.find(id);
      if (record === undefined)
        problems.push({ field: `depends_on.${index}`, message: "no such task", value: id });
      else if (record.state.kind !== "completed" || this.#ledger.find(record.number) !== undefined)
        blocked = true;
    }
    if (problems.length > 0) throw validationError(problems);
    return blocked;
  }

  /** A blocked task is on disk, or was recovered: it now waits for its dependencies, or hears that they are done. */
  admitted(record: TaskRecord): void {
    if (record.state.kind !== "blocked") return;
    record.blockers = 1;
    for (const id of new Set(record.dependsOn)) {
      const dependency = this.find(id);
      const isOpen = dependency !== undefined && this.#ledger.find(dependency.number) !== undefined;
      if (dependency === undefined) continue;
      if (isOpen) {
        record.blockers += 1;
        (dependency.dependents ??= []).push(record);
      } else if (dependency.state.kind !== "completed") {
        this.#settler.failBlocked(record, dependency);
        return;
      }
    }
    // The one counted beyond the open ones keeps the task from being queued twice on the way here.
    this.#settler.unblock(record);
  }

  /** A task by its id, open or settled. */
  find(id: string): TaskRecord | undefined {
    const number = numberInId("task", id);
    if (number === undefined) return undefined;
    const record = this.#ledger.find(number) ?? this.#archive.find(number);
    return record?.id === id ? record : undefined;
  }
}
