// Why a task went to its agent, with the terms of the best five; or why nobody does it.

import type { ExplainedAgent, Explanation } from "../wire/task-shapes.js";
import { isoTime } from "./iso-time.js";
import type { MatchedAgent } from "./matched.js";
import { unpackMatched } from "./matched.js";
import type { HubParts } from "./parts.js";
import type { TaskRecord } from "./task-record.js";

/** The last assignment if there was one, else how things stand now. */
export function explainTask(record: TaskRecord, parts: HubParts): Explanation {
  const { roster, waiting, matcher, clock } = parts;
  const base = { task_id: record.id, status: record.state.kind };
  if (record.state.kind !== "queued" && record.matched !== null) {
    const best = unpackMatched(record.matched).map((one, index) => explained(one, index === 0, parts));
    return { ...base, at: isoTime(assignedAt(record)), best };
  }
  const at = isoTime(clock.wallMs());
  const eligible = roster.eligible(record.kind);
  if (eligible.agents.length === 0) {
    const { reason, detail, nearest } = roster.ineligibility(record.kind);
    const miss =
      nearest === undefined
        ? undefined
        : {
            agent_id: nearest.agent.record.id,
            capability: nearest.capability,
            proficiency: nearest.proficiency,
            minimum: nearest.minimum,
          };
    return { ...base, at, best: [], reason, detail, ...(miss === undefined ? {} : { nearest_miss: miss }) };
  }
  const best = matcher.rankAll(waiting.lane(record.kind), record).map((one) => explained(one, false, parts));
  const reason = waitingReason(record, parts);
  return { ...base, at, best, ...(reason === undefined ? {} : { reason }) };
}

/** Why an open task waits; undefined when it does not. */
export function waitingReason(record: TaskRecord, parts: HubParts): string | undefined {
  switch (record.state.kind) {
    case "queued":
      if (record.dropped || record.heapIndex < 0) return undefined;
      return parts.waiting.lane(record.kind).parkedBecause ?? "all-busy";
    case "blocked":
      return "dependencies";
    case "retrying":
      return "backoff";
    case "scheduled":
      return "scheduled";
    default:
      return undefined;
  }
}

function explained(one: MatchedAgent, chosen: boolean, { roster }: HubParts): ExplainedAgent {
  const { id, name } = roster.namesOf(one.agent);
  const { score, terms, learned } = one;
  return { agent_id: id, name, score, terms, ...(learned === undefined ? {} : { learned }), chosen };
}

function assignedAt(record: TaskRecord): number {
  const { state } = record;
  if ("assignedMs" in state) return state.assignedMs;
  return record.history.at(-1)?.[2] ?? record.createdMs;
}
