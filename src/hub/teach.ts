// Agents learn: by the attempts that end (hub/settle.ts), and by what people tell of them, which becomes an entry of
// the journal as attempts do.

import { makeStand } from "../compute/belief.js";
import { betaOf } from "../compute/learner.js";
import type { AgentLearned, LessonTuple } from "../wire/entries.js";
import { ENTRY } from "../wire/entries.js";
import type { FieldError } from "../wire/http-shapes.js";
import { fieldErrors } from "../wire/http-shapes.js";
import type { AgentPerformance, LearnAnswer, LearnSpec } from "../wire/learn-shapes.js";
import { learnShape } from "../wire/learn-shapes.js";
import { tellNames } from "../wire/unknown-field.js";
import { chooseAction } from "./actions.js";
import type { AgentRow } from "./agent-row.js";
import { capabilityView } from "./agent-row.js";
import { agentState, viewAgent } from "./agent-view.js";
import type { Dispatcher } from "./dispatch.js";
import { HubError, validationError } from "./errors.js";
import { taskTypesOf } from "./known-work.js";
import { takeTold } from "./lessons.js";
import type { HubParts } from "./parts.js";
import { topicOf } from "./task-kind.js";

/** Lets an agent learn by `take`; then it is seen anew, and so are tasks that wait for one who can do more. */
export function teach(
  { matcher, waiting, scheduler }: HubParts,
  dispatcher: Dispatcher,
  agent: AgentRow,
  lesson: LessonTuple | null,
  take: () => void,
): void {
  const names = lesson?.[2] ?? [];
  const before = names.map((name) => agent.standing(name) ?? 0);
  take();
  if (lesson !== null) matcher.learned(agent, lesson);
  matcher.refresh(agent);
  const rose = names.some((name, index) =>
    waiting.asksBetween(name, before[index] as number, agent.standing(name) ?? 0),
  );
  if (!rose) return;
  scheduler.endOfJob(() => {
    matcher.forgetPools();
    dispatcher.rosterChanged();
  });
}

/** Takes what somebody tells of an agent, durably. Rejects with `VALIDATION_ERROR` or `READ_ONLY`. */
export async function teachTold(
  parts: HubParts,
  dispatcher: Dispatcher,
  agent: AgentRow,
  input: unknown,
): Promise<LearnAnswer> {
  const parsed = learnShape.safeParse(input);
  if (!parsed.success) throw validationError(fieldErrors(parsed.error, input, learnShape));
  const spec = parsed.data;
  const wrong = misfits(agent, spec);
  if (wrong.length > 0) throw validationError(wrong);
  const { writer, clock, events } = parts;
  if (!writer.takesNewWork) {
    throw new HubError("READ_ONLY", "the hub cannot write to its disk and learns nothing until it can");
  }
  const topic = topicOf({ action: spec.action ?? null, type: spec.type });
  const lesson: LessonTuple = [topic, declaredMean(agent, spec.capabilities), spec.capabilities];
  const value = spec.success ? (spec.quality ?? 1) : 0;
  const { execution_time_ms: latencyMs = null } = spec;
  const atMs = Math.round(clock.wallMs());
  const entry: AgentLearned = [ENTRY.agentLearned, agent.number, atMs, lesson, value, latencyMs];
  await new Promise<void>((resolve) => {
    writer.write(entry, () => {
      teach(parts, dispatcher, agent, lesson, () => takeTold(parts, entry));
      resolve();
    });
  });
  const { id } = agent.record;
  events.emit("agent_performance_updated", { agent_id: id, state: agentState(agent), task_type: topic });
  const named = agent.capabilities.filter(({ name }) => spec.capabilities.includes(name));
  return {
    agent_id: id,
    type: topic,
    learned: beliefIn(parts, agent, topic),
    capabilities: named.map(capabilityView),
  };
}

/** How an agent does, and what is believed of it. */
export function viewPerformance(parts: HubParts, agent: AgentRow): AgentPerformance {
  const { id, name, performance_score, capabilities, tasks_completed, tasks_failed } = viewAgent(agent);
  const kinds = parts.learner.kindsOf(agent.number);
  return {
    agent_id: id,
    name,
    performance_score,
    tasks_completed,
    tasks_failed,
    average_execution_time_ms: round(agent.latencyMs, 100),
    capabilities,
    learned: kinds.map((type) => ({ type, ...beliefIn(parts, agent, type) })).sort(byType),
  };
}

function byType(a: { readonly type: string }, b: { readonly type: string }): number {
  return a.type < b.type ? -1 : 1;
}

function beliefIn({ learner, clock }: HubParts, agent: AgentRow, type: string): LearnAnswer["learned"] {
  const stand = learner.stand(type, agent.number, Number.NaN, clock.wallMs(), makeStand());
  const { alpha, beta, mean } = betaOf(stand);
  return { alpha: round(alpha, 100), beta: round(beta, 100), mean: round(mean, 1e4) };
}

/** What the agent does not do or does not have. */
function misfits(agent: AgentRow, { type, action, capabilities }: LearnSpec): readonly FieldError[] {
  const { meta, record } = agent;
  const wrong: FieldError[] = [];
  const wanted = { type, action: action ?? null, mediaType: null };
  if (meta !== undefined && chooseAction(meta.actions, wanted) === undefined) {
    const known =
      action === undefined
        ? `takes the types ${tellNames(taskTypesOf(agent))}`
        : `has the actions ${tellNames(meta.actions.map(({ name }) => name))}`;
    const field = action === undefined ? "type" : "action";
    wrong.push({ field, message: `is none of its own: ${record.name} ${known}`, value: action ?? type });
  }
  const own = agent.capabilities.map(({ name }) => name);
  for (const [index, name] of capabilities.entries()) {
    if (own.includes(name)) continue;
    const message = `is a capability that ${record.name} lacks; it has ${tellNames(own)}`;
    wrong.push({ field: `capabilities.${index}`, message, value: name });
  }
  return wrong;
}

function declaredMean(agent: AgentRow, names: readonly string[]): number | null {
  if (names.length === 0) return null;
  return names.reduce((sum, name) => sum + (agent.capability(name)?.declared ?? 0), 0) / names.length;
}

function round(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}
