// `hive task …`: create, get, list, cancel, retry, wait, explain. Each is one call of the client and one way to show
// what it answers.

import type { Explanation, HiveClient, NewTask, Task, TaskQuery } from "../client.js";
import { OPEN_STATUSES, PRIORITIES, SETTLED_STATUSES, TASK_LIMITS } from "../wire/task-shapes.js";
import { whileAnswering } from "./absence.js";
import { formatMs } from "./durations.js";
import { EXIT } from "./exit-codes.js";
import { type AccessOptions, withClient } from "./hub-access.js";
import {
  readChoice,
  readJsonObject,
  readPage,
  readParts,
  readSeconds,
  readWhole,
  SORT_ORDERS,
} from "./option-values.js";
import { emit, formatTable, remark } from "./output.js";
import { findingOf } from "./task-batch.js";
import { withWholeResult } from "./whole-result.js";

/** With the two other names that the hub takes in queries. */
const STATUSES = [...OPEN_STATUSES, ...SETTLED_STATUSES, "pending", "processing"];

export interface TaskCreateOptions extends AccessOptions {
  readonly type?: string;
  readonly priority?: string;
  readonly action?: string;
  readonly agent?: string;
  /** JSON, or `@file` with JSON in it. */
  readonly parameters?: string;
  readonly mediaType?: string;
  /** `name`, `name:minimum` or `name:minimum:weight`. */
  readonly capability?: readonly string[];
  readonly timeout?: string;
  readonly maxRetries?: string;
  readonly deadline?: string;
  readonly dependsOn?: readonly string[];
  readonly tag?: readonly string[];
  readonly idempotencyKey?: string;
  readonly wait?: boolean;
}

export async function createTask(description: string, options: TaskCreateOptions): Promise<number> {
  const create = {
    description,
    type: options.type,
    priority: readChoice("--priority", options.priority, PRIORITIES),
    action: options.action,
    agent: options.agent,
    parameters: readJsonObject("--parameters", options.parameters),
    media_type: options.mediaType,
    required_capabilities: options.capability?.map(readCapability),
    timeout_seconds: readSeconds("--timeout", options.timeout),
    max_retries: readWhole("--max-retries", options.maxRetries, 0, TASK_LIMITS.retries),
    deadline: options.deadline,
    depends_on: options.dependsOn,
    tags: options.tag,
    idempotency_key: options.idempotencyKey,
  };
  // What was not given is left out, and the hub's defaults hold. The hub validates; it names every bad field.
  const given = Object.fromEntries(Object.entries(create).filter(([, value]) => value !== undefined));
  return withClient(options, async (client) => {
    const created = await client.tasks.create(given as NewTask);
    if (created.matching_agents.length === 0) {
      remark(`no agent can do it now, so it waits; ask why with: hive task explain ${created.task_id}`);
    }
    if (!options.wait) {
      // A task that an idempotency key found again may have its result already.
      const task = await withWholeResult(client, created.task);
      emit(options, { ...created, task }, () => `${task.id}\n${describeTask(task)}`);
      return EXIT.done;
    }
    const settled = whileAnswering(client.url, (signal) => client.tasks.wait(created.task_id, { signal }));
    return showSettled(client, await settled, options);
  });
}

export async function getTask(id: string, options: AccessOptions): Promise<number> {
  return withClient(options, async (client) => {
    emit(options, await withWholeResult(client, await client.tasks.get(id)), describeTask);
    return EXIT.done;
  });
}

export interface TaskListOptions extends AccessOptions {
  readonly status?: string;
  readonly priority?: string;
  readonly agent?: string;
  readonly type?: string;
  readonly tag?: string;
  readonly limit?: string;
  readonly offset?: string;
  readonly sortOrder?: string;
}

export async function listTasks(options: TaskListOptions): Promise<number> {
  const { type, tag } = options;
  const priority = readChoice("--priority", options.priority, PRIORITIES);
  const status = readChoice("--status", options.status, STATUSES);
  const sortOrder = readChoice("--sort-order", options.sortOrder, SORT_ORDERS);
  const query = {
    status,
    priority,
    agent_id: options.agent,
    type,
    tag,
    ...readPage(options),
    sort_order: sortOrder,
  };
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  return withClient(options, async (client) => {
    const page = await client.tasks.list(given as Partial<TaskQuery>);
    emit(options, page, ({ tasks, total_count: totalCount }) => {
      const columns = [
        { title: "id", cell: (task: Task) => task.id },
        { title: "status", cell: (task: Task) => task.status },
        { title: "priority", cell: (task: Task) => task.priority },
        { title: "created", cell: (task: Task) => task.created_at },
        { title: "description", cell: (task: Task) => task.description, widthMax: 60 },
      ];
      return `${formatTable(columns, tasks)}\n${tasks.length} of ${totalCount}`;
    });
    return EXIT.done;
  });
}

export async function cancelTask(id: string, options: AccessOptions & { reason?: string }): Promise<number> {
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  return change(options, (client) => client.tasks.cancel(id, reason));
}

export async function retryTask(id: string, options: AccessOptions): Promise<number> {
  return change(options, (client) => client.tasks.retry(id));
}

export async function waitForTask(
  id: string,
  options: AccessOptions & { timeout?: string },
): Promise<number> {
  const seconds = readSeconds("--timeout", options.timeout);
  const limit = seconds === undefined ? {} : { timeoutMs: seconds * 1_000 };
  return withClient(options, async (client) => {
    const wait = (signal: AbortSignal) => client.tasks.wait(id, { ...limit, signal });
    return showSettled(client, await whileAnswering(client.url, wait), options);
  });
}

export async function explainTask(id: string, options: AccessOptions): Promise<number> {
  return withClient(options, async (client) => {
    emit(options, await client.tasks.explain(id), describeExplanation);
    return EXIT.done;
  });
}

async function change(options: AccessOptions, call: (client: HiveClient) => Promise<Task>): Promise<number> {
  return withClient(options, async (client) => {
    emit(options, await call(client), describeTask);
    return EXIT.done;
  });
}

async function showSettled(client: HiveClient, task: Task, options: AccessOptions): Promise<number> {
  emit(options, await withWholeResult(client, task), describeTask);
  return task.status === "completed" ? EXIT.done : EXIT.failed;
}

function describeTask(task: Task): string {
  const facts: [string, string | undefined][] = [
    ["task", task.id],
    ["status", task.waiting_reason === undefined ? task.status : `${task.status} (${task.waiting_reason})`],
    ["description", task.description],
    ["type", task.type],
    ["priority", task.priority],
    ["agent", task.assigned_agent],
    ["attempts", String(task.attempts.length)],
    ["progress", `${Math.round(task.progress * 100)} %`],
    ["time", task.execution_time_ms === undefined ? undefined : formatMs(task.execution_time_ms)],
    ["error", task.error === undefined ? undefined : `${task.error.code}: ${task.error.message}`],
    ["finding", task.status === "completed" ? findingOf(task) : undefined],
  ];
  return facts
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(12)} ${value}`]))
    .join("\n");
}

function describeExplanation(explanation: Explanation): string {
  const columns = [
    { title: "agent", cell: (agent: Explanation["best"][number]) => agent.name },
    {
      title: "score",
      cell: (agent: Explanation["best"][number]) => agent.score.toFixed(3),
      align: "right" as const,
    },
    {
      title: "terms",
      cell: (agent: Explanation["best"][number]) =>
        Object.entries(agent.terms)
          .map(([name, value]) => `${name} ${(value ?? 0).toFixed(2)}`)
          .join(", "),
    },
    { title: "", cell: (agent: Explanation["best"][number]) => (agent.chosen ? "chosen" : "") },
  ];
  const why = explanation.reason === undefined ? [] : [`nobody: ${explanation.detail ?? explanation.reason}`];
  const head = `${explanation.task_id} is ${explanation.status}`;
  return [
    head,
    ...why,
    ...(explanation.best.length > 0 ? [formatTable(columns, explanation.best)] : []),
  ].join("\n");
}

function readCapability(given: string): Record<string, string | number> {
  return readParts("--capability", given, ["min_proficiency", "weight"]);
}
