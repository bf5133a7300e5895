// What makes tasks alike: whoever can do one of a kind can do all of them. Type, action, media type, wanted agent and
// required capabilities decide that; everything else about a task does not matter for who may do it.
// Kinds are interned, so that matching, queueing and scoring prepare once for thousands of tasks.

import type { SpecTuple } from "../wire/entries.js";
import type { RequiredCapability } from "../wire/task-shapes.js";

export interface TaskKind {
  readonly key: string;
  readonly type: string;
  readonly action: string | null;
  readonly mediaType: string | null;
  /** Id, name or definition name of the only agent that may do it. */
  readonly agent: string | null;
  readonly capabilities: readonly RequiredCapability[];
}

/** What agents get better at: tasks with the same action, else of the same type, whatever else they ask for. */
export function topicOf({ action, type }: Pick<TaskKind, "action" | "type">): string {
  return action ?? type;
}

/** Kinds remembered beyond those that open tasks hold; a kind that is forgotten is interned anew. */
const KINDS_MAX = 10_000;
const SEPARATOR = "\u0000";

/** The interned kinds of one hub. */
export class TaskKinds {
  readonly #byKey = new Map<string, TaskKind>();

  of(spec: SpecTuple): TaskKind {
    const key = keyOf(spec);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const kind: TaskKind = {
      key,
      type: spec[4],
      action: spec[6],
      mediaType: spec[7],
      agent: spec[8],
      capabilities: spec[9],
    };
    if (this.#byKey.size >= KINDS_MAX) this.#byKey.clear();
    this.#byKey.set(key, kind);
    return kind;
  }
}

function keyOf(spec: SpecTuple): string {
  let key = spec[4] + SEPARATOR + (spec[6] ?? "") + SEPARATOR + (spec[7] ?? "") + SEPARATOR + (spec[8] ?? "");
  for (const one of spec[9]) {
    key += SEPARATOR + one.name + SEPARATOR + one.min_proficiency + SEPARATOR + one.weight;
  }
  return key;
}
