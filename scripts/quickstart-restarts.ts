// How many agents were restarted in a run of the quickstart.
// Why the hub's own count is not enough: `restarts` of an agent counts its new incarnations after a fault on a thread
// that lives on. One whose thread was ended is born again under the same address, and that count does not move.

import type { Agent } from "../src/client.js";

export type RestartCount = Pick<Agent, "id" | "restarts" | "state">;

/** Restarts of all agents; `lost` are those whose thread was ended, as they were just before. */
export function countAgentRestarts(agents: readonly RestartCount[], lost: readonly RestartCount[]): number {
  const restartsBefore = new Map(lost.map((agent) => [agent.id, agent.restarts]));
  return agents.reduce((sum, { id, restarts, state }) => {
    const before = restartsBefore.get(id);
    const isBack = before !== undefined && (state === "idle" || state === "working");
    // Should the hub have counted the loss as well, it is counted once all the same.
    return sum + (isBack ? Math.max(restarts, before + 1) : restarts);
  }, 0);
}
