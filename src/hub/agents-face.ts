// Agents as others see and ask for them.

import type { Agent, AgentPage, AgentQuery, CreateAgent } from "../wire/agent-shapes.js";
import type { AgentPerformance, Learn, LearnAnswer } from "../wire/learn-shapes.js";
import type { AgentRow } from "./agent-row.js";
import { pageAgents, viewAgent } from "./agent-view.js";
import type { Agents } from "./agents.js";
import { agentNotFound } from "./errors.js";
import type { HubParts } from "./parts.js";
import { viewPerformance } from "./teach.js";

export class AgentsFace {
  readonly #parts: HubParts;
  readonly #agents: Agents;

  constructor(parts: HubParts, agents: Agents) {
    this.#parts = parts;
    this.#agents = agents;
  }

  /** One page. Throws `VALIDATION_ERROR`. */
  list(query: AgentQuery = {}): AgentPage {
    return pageAgents(this.#parts.roster.inOrder(), query);
  }

  names(): readonly string[] {
    return this.#parts.roster.names();
  }

  /** By id, or the oldest of that name. */
  get(idOrName: string): Agent | undefined {
    const row = this.#parts.roster.find(idOrName);
    return row === undefined ? undefined : viewAgent(row);
  }

  /**
   * Starts an agent of a loaded definition. Rejects with `VALIDATION_ERROR`, `NO_DEFINITION`, `CONFLICT` for a name
   * that another agent has, `DRAINING` or `READ_ONLY`.
   */
  async create(input: CreateAgent): Promise<Agent> {
    return viewAgent(await this.#agents.create(input));
  }

  /**
   * Tells how an agent did at something that was no task of this hub, or how good a task turned out; settles once it is
   * on disk. Rejects with `AGENT_NOT_FOUND`, `VALIDATION_ERROR` or `READ_ONLY`.
   */
  async learn(idOrName: string, outcome: Learn): Promise<LearnAnswer> {
    return this.#agents.learn(this.#found(idOrName), outcome);
  }

  /** What it did and what is believed of it. Throws `AGENT_NOT_FOUND`. */
  performance(idOrName: string): AgentPerformance {
    return viewPerformance(this.#parts, this.#found(idOrName));
  }

  /** Stops an agent for good; answers it as it was. Rejects with `AGENT_NOT_FOUND`. */
  async remove(idOrName: string): Promise<Agent> {
    const row = this.#found(idOrName);
    await this.#agents.remove(row);
    return viewAgent(row);
  }

  #found(idOrName: string): AgentRow {
    const row = this.#parts.roster.find(idOrName);
    if (row === undefined) throw agentNotFound(idOrName, this.names());
    return row;
  }
}
