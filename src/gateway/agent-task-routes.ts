// Work for one agent by name: the task is created as any other, and the answer waits for its result a while. A caller
// that would rather not wait says `Prefer: respond-async`; one whose wait runs out gets the task's address.

import { RequestError, readShape } from "../wire/http-shapes.js";
import { agentTaskShape, type CreateTask, type Task } from "../wire/task-shapes.js";
import { agentNotFound } from "./agent-routes.js";
import { requireObject } from "./body.js";
import { answer, type Exchange, type Reply, type Route } from "./exchange.js";
import type { HubFace } from "./faces.js";
import { keyOption, taskUrl } from "./task-routes.js";

export interface AgentTaskDeps {
  readonly hub: HubFace;
  readonly requestTimeoutMs: number;
}

function accepted(exchange: Exchange, task: Task, agentName: string): Reply {
  const url = taskUrl(task.id);
  const data = { task_id: task.id, status: task.status, result: null, agent_name: agentName, url };
  return answer(exchange, 202, data, [["location", url]]);
}

function settled(exchange: Exchange, task: Task, agentName: string): Reply {
  return answer(exchange, 200, {
    task_id: task.id,
    status: task.status,
    result: task.result ?? null,
    ...(task.error === undefined ? {} : { error: task.error }),
    execution_time: (task.execution_time_ms ?? 0) / 1000,
    agent_name: agentName,
  });
}

function prefersAsync(header: string): boolean {
  return header.split(",").some((part) => part.trim().toLowerCase() === "respond-async");
}

/** What is asked of the agent, as a task that only it may do. */
function readAgentTask(hub: HubFace, exchange: Exchange): { input: CreateTask; agentName: string } {
  const named = exchange.params.name as string;
  const agent = hub.agents.get(named);
  if (agent === undefined) throw agentNotFound(hub, named);
  const {
    action,
    data,
    priority,
    timeout,
    description,
    idempotency_key: key,
  } = readShape(agentTaskShape, requireObject(exchange.body), "The body");
  if (!agent.actions.includes(action)) {
    const message = `is not an action of ${agent.name}; it has ${agent.actions.join(", ")}`;
    throw new RequestError("VALIDATION_ERROR", `"${action}" ${message}.`, {
      fieldErrors: [{ field: "action", message, value: action }],
    });
  }
  const input: CreateTask = {
    description: description ?? `${action} by ${agent.name}`,
    type: action,
    action,
    agent: agent.id,
    parameters: data,
    ...(priority === undefined ? {} : { priority }),
    ...(timeout === undefined ? {} : { timeout_seconds: timeout }),
    ...(key === undefined ? {} : { idempotency_key: key }),
  } as CreateTask;
  return { input, agentName: agent.name };
}

export function agentTaskRoutes(deps: AgentTaskDeps): readonly Route[] {
  const { hub, requestTimeoutMs } = deps;
  return [
    {
      method: "POST",
      pattern: "/api/v1/agents/{name}/tasks",
      access: "client",
      body: "json",
      headers: ["prefer", "idempotency-key"],
      handle: async (exchange) => {
        const { input, agentName } = readAgentTask(hub, exchange);
        const { task } = await hub.tasks.create(input, keyOption(exchange));
        if (prefersAsync(exchange.header("prefer"))) return accepted(exchange, task, agentName);
        const done = await hub.tasks.settled(task.id, {
          timeoutMs: requestTimeoutMs,
          signal: exchange.signal,
        });
        return done === undefined ? accepted(exchange, task, agentName) : settled(exchange, done, agentName);
      },
    },
  ];
}
