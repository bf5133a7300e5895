// What the tests of the hub share: records made by hand, rows of the roster, and time that stands still.

import type { Clock } from "../../src/base/ports.js";
import type { ActionMeta } from "../../src/hub/actions.js";
import type { DefinitionMeta } from "../../src/hub/agent-definition.js";
import { AgentRow } from "../../src/hub/agent-row.js";
import { TaskKinds } from "../../src/hub/task-kind.js";
import { TaskRecord } from "../../src/hub/task-record.js";
import { initialState } from "../../src/hub/task-state.js";
import { packPlain } from "../../src/wire/codec.js";
import type { SpecTuple } from "../../src/wire/entries.js";
import type { RequiredCapability } from "../../src/wire/task-shapes.js";

export interface RecordWishes {
  readonly number: number;
  readonly type?: string;
  readonly action?: string;
  readonly mediaType?: string;
  readonly agent?: string;
  readonly priority?: number;
  readonly createdMs?: number;
  readonly deadlineMs?: number;
  readonly maxRetries?: number;
  readonly capabilities?: readonly RequiredCapability[];
  readonly description?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

const kinds = new TaskKinds();

export function makeRecord(wishes: RecordWishes): TaskRecord {
  const tuple: SpecTuple = [
    `task-${wishes.number}`,
    wishes.createdMs ?? 0,
    wishes.description ?? "a task of a test",
    wishes.parameters ?? {},
    wishes.type ?? "general",
    wishes.priority ?? 1,
    wishes.action ?? null,
    wishes.mediaType ?? null,
    wishes.agent ?? null,
    wishes.capabilities ?? [],
    300_000,
    wishes.maxRetries ?? 3,
    wishes.deadlineMs ?? 0,
    [],
    [],
    null,
    null,
    null,
  ];
  return new TaskRecord(wishes.number, packPlain(tuple), tuple, kinds.of(tuple), initialState("queued"));
}

export interface RowWishes {
  readonly number: number;
  readonly name?: string;
  readonly capabilities?: Readonly<Record<string, number>>;
  readonly actions?: readonly Partial<ActionMeta>[];
  readonly maxConcurrent?: number;
  readonly description?: string;
  readonly cost?: number;
}

/** An agent on the roster, ready to work. */
export function makeRow(wishes: RowWishes): AgentRow {
  const name = wishes.name ?? `agent ${wishes.number}`;
  const actions = (wishes.actions ?? [{ name: "general" }]).map((one): ActionMeta => {
    const actionName = one.name ?? "general";
    return {
      name: actionName,
      types: one.types ?? [actionName],
      accepts: one.accepts ?? [],
      isDefault: one.isDefault ?? false,
    };
  });
  const capabilities = Object.entries(wishes.capabilities ?? { general: 0.5 }).map(
    ([capability, proficiency]) => {
      return { name: capability, proficiency, learning_rate: 0.1 };
    },
  );
  const meta: DefinitionMeta = {
    name,
    version: "1.0.0",
    description: wishes.description ?? "",
    type: "worker",
    capabilities,
    maxConcurrent: wishes.maxConcurrent ?? 1,
    cost: wishes.cost ?? 0,
    instances: { min: 1, max: 1 },
    actions,
  };
  const { number } = wishes;
  const record = {
    number,
    id: `agent-${number}`,
    name,
    definition: name,
    origin: "api" as const,
    createdMs: 0,
  };
  const row = new AgentRow(number, record, meta, 20);
  row.condition = "ready";
  return row;
}

/** A clock that moves when a test says so. */
export class StillClock implements Clock {
  ms = 1_800_000_000_000;

  nowMs(): number {
    return this.ms;
  }

  wallMs(): number {
    return this.ms;
  }
}
