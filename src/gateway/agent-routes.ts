// Agents: list, start an instance of a loaded definition, look at one, tell how it did, remove it.

import { agentQueryShape, type CreateAgent } from "../wire/agent-shapes.js";
import { RequestError, readShape } from "../wire/http-shapes.js";
import type { Learn } from "../wire/learn-shapes.js";
import { unknownAgent } from "../wire/unknown-field.js";
import { requireObject } from "./body.js";
import { answer, type Route } from "./exchange.js";
import type { HubFace } from "./faces.js";

/** The refusal of an agent that is not there. */
export function agentNotFound(hub: HubFace, idOrName: string): RequestError {
  const what = unknownAgent(idOrName, hub.agents.names());
  return new RequestError("AGENT_NOT_FOUND", what, { data: { agent: idOrName } });
}

export function agentRoutes(hub: HubFace): readonly Route[] {
  return [
    {
      method: "GET",
      pattern: "/api/agents",
      access: "client",
      handle: (exchange) => {
        const query = readShape(agentQueryShape, Object.fromEntries(exchange.query), "The query");
        return answer(exchange, 200, hub.agents.list(query));
      },
    },
    {
      method: "POST",
      pattern: "/api/agents",
      access: "client",
      body: "json",
      handle: async (exchange) => {
        const agent = await hub.agents.create(requireObject(exchange.body) as unknown as CreateAgent);
        const location = [["location", `/api/agents/${encodeURIComponent(agent.id)}`]] as const;
        return answer(exchange, 201, { agent_id: agent.id, agent }, location);
      },
    },
    {
      method: "GET",
      pattern: "/api/agents/{id}",
      access: "client",
      handle: (exchange) => {
        const id = exchange.params.id as string;
        const agent = hub.agents.get(id);
        if (agent === undefined) throw agentNotFound(hub, id);
        return answer(exchange, 200, agent);
      },
    },
    {
      method: "GET",
      pattern: "/api/agents/{id}/performance",
      access: "client",
      handle: (exchange) => answer(exchange, 200, hub.agents.performance(exchange.params.id as string)),
    },
    {
      method: "POST",
      pattern: "/api/agents/{id}/learn",
      access: "client",
      body: "json",
      handle: async (exchange) => {
        const outcome = requireObject(exchange.body) as unknown as Learn;
        return answer(exchange, 200, await hub.agents.learn(exchange.params.id as string, outcome));
      },
    },
    {
      method: "DELETE",
      pattern: "/api/agents/{id}",
      access: "client",
      handle: async (exchange) =>
        answer(exchange, 200, await hub.agents.remove(exchange.params.id as string)),
    },
  ];
}
