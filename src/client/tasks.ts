// Tasks, from a client program.

import type { HubEvent } from "../wire/event-shapes.js";
import type {
  CreateTask,
  Explanation,
  MatchPreview,
  Task,
  TaskPage,
  TaskQuery,
} from "../wire/task-shapes.js";
import type { EventOptions, GapEvent } from "./events.js";
import { idSegment, requireFields } from "./given.js";
import type { Http } from "./http.js";
import type { SettlementWatch, WaitOptions } from "./settlement-watch.js";

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface CreateOptions extends CallOptions {
  /** Names this create; without it one is made up. The same key never makes a second task. */
  readonly idempotencyKey?: string;
}

/** What a create is answered with, once the task is on disk. */
export interface Created {
  readonly task_id: string;
  readonly task: Task;
  /** Who could do it, best first. */
  readonly matching_agents: readonly MatchPreview[];
}

/** What a caller of the client may leave out of a task. */
export type NewTask = Partial<CreateTask> & Pick<CreateTask, "description">;

export interface TaskCalls {
  /** Creates a task. Sent again when the connection is lost: its key makes that safe. */
  create(task: NewTask, options?: CreateOptions): Promise<Created>;
  get(id: string, options?: CallOptions): Promise<Task>;
  list(query?: Partial<TaskQuery>, options?: CallOptions): Promise<TaskPage>;
  cancel(id: string, options?: CallOptions & { readonly reason?: string }): Promise<Task>;
  /** Opens a settled task again. */
  retry(id: string, options?: CallOptions): Promise<Task>;
  /** Why this agent, or why none. */
  explain(id: string, options?: CallOptions): Promise<Explanation>;
  /** Resolves once the task has settled, whatever it came to; survives restarts of the hub. */
  wait(id: string, options?: WaitOptions): Promise<Task>;
  /** What happens to one task. */
  events(id: string, options?: Omit<EventOptions, "topics" | "filters">): AsyncIterable<HubEvent | GapEvent>;
}

/** A query string of what is given, with its question mark; empty when nothing is. */
export function queryString(query: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const texts = given.map(([key, value]): [string, string] => [key, String(value)]);
  return texts.length === 0 ? "" : `?${new URLSearchParams(texts)}`;
}

function taskPath(id: string): string {
  return `/api/tasks/${idSegment("task_id", id)}`;
}

/** Reads one task. */
export async function readTask(http: Http, id: string, { signal }: CallOptions = {}): Promise<Task> {
  return http.data({ method: "GET", path: taskPath(id), repeatable: true, signal });
}

export function taskCalls(
  http: Http,
  watch: SettlementWatch,
  events: (options: EventOptions) => AsyncIterable<HubEvent | GapEvent>,
): TaskCalls {
  return {
    create: async (given, { idempotencyKey, signal } = {}) => {
      const task = requireFields("task", given, '{ description: "…" }');
      return http.data({
        method: "POST",
        path: "/api/tasks",
        json: task,
        headers: { "idempotency-key": idempotencyKey ?? task.idempotency_key ?? crypto.randomUUID() },
        repeatable: true,
        signal,
      });
    },
    get: (id, options) => readTask(http, id, options),
    list: (query = {}, { signal } = {}) =>
      http.data({ method: "GET", path: `/api/tasks${queryString(query)}`, repeatable: true, signal }),
    cancel: async (id, { reason, signal } = {}) =>
      http.data({
        method: "DELETE",
        path: taskPath(id),
        ...(reason === undefined ? {} : { json: { reason } }),
        repeatable: true,
        signal,
      }),
    retry: async (id, { signal } = {}) =>
      http.data({ method: "POST", path: `${taskPath(id)}/retry`, repeatable: false, signal }),
    explain: async (id, { signal } = {}) =>
      http.data({ method: "GET", path: `${taskPath(id)}/explain`, repeatable: true, signal }),
    wait: async (id, options = {}) => {
      idSegment("task_id", id);
      return watch.wait(id, options);
    },
    events: (id, options = {}) => {
      idSegment("task_id", id);
      return events({ ...options, topics: ["tasks"], filters: { task_id: id } });
    },
  };
}
