// Agents, from a client program.

import type { Agent, AgentPage, AgentQuery, CreateAgent } from "../wire/agent-shapes.js";
import type { AgentPerformance, Learn, LearnAnswer } from "../wire/learn-shapes.js";
import { idSegment, requireFields } from "./given.js";
import type { Http } from "./http.js";
import { type CallOptions, queryString } from "./tasks.js";

export interface AgentCalls {
  list(query?: Partial<AgentQuery>, options?: CallOptions): Promise<AgentPage>;
  get(id: string, options?: CallOptions): Promise<Agent>;
  /** Starts an instance of a loaded definition. Not sent again when the connection is lost. */
  create(agent: Partial<CreateAgent> & Pick<CreateAgent, "name">, options?: CallOptions): Promise<Agent>;
  /** What it did, and what is believed of its success at each type of task. */
  performance(id: string, options?: CallOptions): Promise<AgentPerformance>;
  /**
   * Tells how an agent did: `{ type, success, quality?, execution_time_ms?, capabilities? }`. Not sent again when the
   * connection is lost, since it would count twice.
   */
  learn(id: string, outcome: Learn, options?: CallOptions): Promise<LearnAnswer>;
  remove(id: string, options?: CallOptions): Promise<Agent>;
}

export function agentCalls(http: Http): AgentCalls {
  const one = (id: string): string => `/api/agents/${idSegment("agent_id", id)}`;
  return {
    list: (query = {}, { signal } = {}) =>
      http.data({ method: "GET", path: `/api/agents${queryString(query)}`, repeatable: true, signal }),
    get: async (id, { signal } = {}) => http.data({ method: "GET", path: one(id), repeatable: true, signal }),
    create: async (given, { signal } = {}) => {
      const agent = requireFields("agent", given, '{ name: "…", definition: "…" }');
      const spec = { method: "POST", path: "/api/agents", json: agent, repeatable: false, signal } as const;
      return (await http.data<{ agent: Agent }>(spec)).agent;
    },
    performance: async (id, { signal } = {}) =>
      http.data({ method: "GET", path: `${one(id)}/performance`, repeatable: true, signal }),
    learn: async (id, given, { signal } = {}) => {
      const outcome = requireFields("outcome", given, '{ type: "…", success: true }');
      const path = `${one(id)}/learn`;
      return http.data({ method: "POST", path, json: outcome, repeatable: false, signal });
    },
    remove: async (id, { signal } = {}) =>
      http.data({ method: "DELETE", path: one(id), repeatable: false, signal }),
  };
}
