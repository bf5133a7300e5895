// What is learned from how attempts end, live and at boot alike: the counts of the agent, its proficiencies and latency
// (hub/agent-row.ts), and what is believed of its success (compute/learner.ts).
//
// The entry that ends an attempt carries the lesson. Live it is taken when that entry is on disk, at boot when it is
// read: in the same order, so the hub knows after a start what it knew before, to the last bit.

import type { AgentLearned, AttemptTuple, LessonTuple } from "../wire/entries.js";
import type { AgentRow } from "./agent-row.js";
import { outcomeOf } from "./agent-row.js";
import type { HubParts } from "./parts.js";
import type { TaskKind } from "./task-kind.js";
import { topicOf } from "./task-kind.js";

/** What an attempt at a task of `kind` teaches about `agent`. */
export function lessonOf(kind: TaskKind, agent: AgentRow): LessonTuple {
  const declared = declaredFor(agent, kind);
  const names = kind.capabilities.map(({ name }) => name);
  return [topicOf(kind), Number.isNaN(declared) ? null : declared, names];
}

/** The weighted mean of what an agent declares for the required capabilities; NaN when none is required. */
export function declaredFor(agent: AgentRow, { capabilities }: TaskKind): number {
  let sum = 0;
  let weights = 0;
  for (const { name, weight } of capabilities) {
    sum += weight * (agent.capability(name)?.declared ?? 0);
    weights += weight;
  }
  return sum / weights;
}

/** Takes the lesson of an attempt that ended; answers the agent, unless it is gone. */
export function takeLesson(
  { roster, learner }: Pick<HubParts, "roster" | "learner">,
  attempt: AttemptTuple,
  lesson: LessonTuple | null | undefined,
): AgentRow | undefined {
  const [, number, , endedMs, status] = attempt;
  const agent = roster.byNumber(number);
  if (agent === undefined) return undefined;
  agent.credit(attempt, lesson?.[2] ?? []);
  const value = outcomeOf(status);
  if (lesson === null || lesson === undefined || value === undefined) return agent;
  const [topic, declared] = lesson;
  learner.learn({ kind: topic, agent: number, declared: declared ?? Number.NaN, value, atMs: endedMs });
  return agent;
}

/** Takes an outcome that somebody told of; answers the agent, unless it is gone. */
export function takeTold(
  { roster, learner }: Pick<HubParts, "roster" | "learner">,
  [, number, atMs, [topic, declared, capabilities], value, latencyMs]: AgentLearned,
): AgentRow | undefined {
  const agent = roster.byNumber(number);
  if (agent === undefined) return undefined;
  agent.practise(capabilities, value, atMs);
  if (latencyMs !== null) agent.timed(latencyMs);
  learner.learn({ kind: topic, agent: number, declared: declared ?? Number.NaN, value, atMs });
  return agent;
}
