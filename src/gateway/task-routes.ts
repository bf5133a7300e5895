// Tasks: create, list, look at one, cancel, retry, explain. A create is answered once its entry is on disk.
// The hub validates what it is given, for every caller alike; only query strings and headers are read here.

import { RequestError, readShape } from "../wire/http-shapes.js";
import { type CreateTask, cancelTaskShape, keyHeaderShape, taskQueryShape } from "../wire/task-shapes.js";
import { requireObject } from "./body.js";
import { answer, answerWritten, type Exchange, type Reply, type Route } from "./exchange.js";
import type { CreatedTask, HubFace } from "./faces.js";

/** The Idempotency-Key header as an option of a create. */
export function keyOption(exchange: Pick<Exchange, "header">): { idempotencyKey?: string } {
  const given = exchange.header("idempotency-key");
  if (given === "") return {};
  return {
    idempotencyKey: readShape(keyHeaderShape, { "Idempotency-Key": given }, "The header")["Idempotency-Key"],
  };
}

/** What a create is answered with, over HTTP and over a socket. */
export function presentCreated(created: CreatedTask): Readonly<Record<string, unknown>> {
  return { task_id: created.task.id, task: created.task, matching_agents: created.matchingAgents };
}

/** Where a task can be read. */
export function taskUrl(id: string): string {
  return `/api/tasks/${encodeURIComponent(id)}`;
}

async function readTask(hub: HubFace, exchange: Exchange): Promise<Reply> {
  const id = exchange.params.id as string;
  const task = await hub.tasks.get(id);
  if (task === undefined) {
    const what = `No task has the id "${id}"; GET /api/tasks lists them.`;
    throw new RequestError("TASK_NOT_FOUND", what, { data: { task_id: id } });
  }
  return answer(exchange, 200, task);
}

export function taskRoutes(hub: HubFace): readonly Route[] {
  const client = { access: "client" } as const;
  const one = "/api/tasks/{id}";
  return [
    {
      ...client,
      method: "GET",
      pattern: "/api/tasks",
      handle: async (exchange) => {
        const query = exchange.hasQuery
          ? readShape(taskQueryShape, Object.fromEntries(exchange.query), "The query")
          : {};
        return answerWritten(exchange, 200, await hub.tasks.listJson(query));
      },
    },
    {
      ...client,
      method: "POST",
      pattern: "/api/tasks",
      body: "json",
      headers: ["idempotency-key"],
      handle: async (exchange) => {
        const created = await hub.tasks.create(
          requireObject(exchange.body) as unknown as CreateTask,
          keyOption(exchange),
        );
        const location = [["location", taskUrl(created.task.id)]] as const;
        return answer(exchange, created.created ? 201 : 200, presentCreated(created), location);
      },
    },
    { ...client, method: "GET", pattern: one, handle: (exchange) => readTask(hub, exchange) },
    {
      ...client,
      method: "DELETE",
      pattern: one,
      body: "json",
      handle: async (exchange) => {
        const body = readShape(cancelTaskShape, exchange.body, "The body");
        const reason = body?.reason ?? exchange.query.get("reason") ?? undefined;
        return answer(exchange, 200, await hub.tasks.cancel(exchange.params.id as string, reason));
      },
    },
    {
      ...client,
      method: "POST",
      pattern: `${one}/retry`,
      body: "json",
      handle: async (exchange) => answer(exchange, 200, await hub.tasks.retry(exchange.params.id as string)),
    },
    {
      ...client,
      method: "GET",
      pattern: `${one}/explain`,
      handle: async (exchange) =>
        answer(exchange, 200, await hub.tasks.explain(exchange.params.id as string)),
    },
  ];
}
