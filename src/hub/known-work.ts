// Which work agents know: told of an agent, and told to whoever asks for work that none of them does.

import { tellNames } from "../wire/unknown-field.js";
import type { AgentRow } from "./agent-row.js";
import type { TaskKind } from "./task-kind.js";

/** Stands among the task types of an agent with a default action: it takes any. */
const ANY_TYPE = "*";

/** The task types that an agent takes, each once; none while its definition is not loaded. */
export function taskTypesOf({ meta }: AgentRow): readonly string[] {
  const types = new Set(meta?.actions.flatMap((one) => one.types));
  if (meta?.actions.some((one) => one.isDefault)) types.add(ANY_TYPE);
  return [...types];
}

/** What there is instead of work that nobody does, for the agents that the task may go to. */
export function knownWork(rows: Iterable<AgentRow>, kind: TaskKind): string {
  const actions = new Set<string>();
  const types = new Set<string>();
  for (const row of rows) {
    if (kind.agent !== null && !row.answersTo(kind.agent)) continue;
    for (const { name } of row.meta?.actions ?? []) actions.add(name);
    for (const type of taskTypesOf(row)) types.add(type);
  }
  if (actions.size === 0) return "none of them has any";
  if (kind.action !== null) return `agents have the actions ${tellNames([...actions])}`;
  const meant = actions.has(kind.type)
    ? `; "${kind.type}" is an action, which a task names as its action`
    : "";
  return `agents take the types ${tellNames([...types])}${meant}`;
}
