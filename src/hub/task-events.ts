// What watchers are told about a task: enough to follow it without asking, never its parameters or its result.

import type { EventType } from "../wire/event-shapes.js";
import type { EventStream } from "./events.js";
import type { TaskRecord } from "./task-record.js";

export function emitTask(
  events: EventStream,
  type: EventType,
  record: TaskRecord,
  more?: Readonly<Record<string, unknown>>,
): void {
  const { id, kind, state } = record;
  events.emit(type, { task_id: id, status: state.kind, task_type: kind.type, ...more });
}
