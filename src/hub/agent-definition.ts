// `defineAgent`: one file makes an agent. The definition carries what the hub must know to match tasks, and an actor
// that runs attempts. This file is loaded in every thread, so it imports nothing heavy.
//
// An attempt: hub/dispatch > ring > `run` here (unpack, choose the action, validate, act, validate, pack) > ring >
// hub/settle. Proven in test/ways/task.test.ts.
//
// A typed failure (`AgentError`, bad input, bad output) is an answer. Anything else that is thrown is a fault: it
// crashes the actor, its supervisor decides, and the hub tries the task again.

import { z } from "zod";
import type { ActorDefinition } from "../actor/definition.js";
import { defineActor } from "../actor/definition.js";
import type { AgentType } from "../wire/agent-shapes.js";
import { AGENT_TYPES, agentNameShape, CAPABILITIES_MAX, capabilityShape } from "../wire/agent-shapes.js";
import { nameShape } from "../wire/task-shapes.js";
import type { ActionMeta } from "./actions.js";
import type { AgentArgs, AgentContext } from "./agent-context.js";
import type { AttemptMessage, CancelMessage, Outcome } from "./attempt.js";
import type { RunnableAction } from "./attempt-run.js";
import { AttemptRunner } from "./attempt-run.js";

/** One thing an agent can do. */
export interface ActionDefinition<Input extends z.ZodType> {
  /** Task types it does. Default: its own name. */
  readonly types?: readonly string[];
  /** Media types of input it takes: `text/csv`, `text/*`. */
  readonly accepts?: readonly string[];
  /** Shape of the task's parameters. A task whose parameters do not fit fails, not retryable, with each bad field. */
  readonly input: Input;
  /** Shape of the result. A result that does not fit fails the task. */
  readonly output?: z.ZodType;
  /** Takes tasks that no action fits; it gets `{description, parameters}`. At most one. */
  readonly default?: boolean;
  run(ctx: AgentContext, input: z.output<Input>): unknown;
}

export interface AgentHealth {
  readonly ok: boolean;
  readonly [detail: string]: unknown;
}

export interface AgentSpecification<Inputs extends Record<string, z.ZodType>> {
  /** `import.meta.url`: lets any thread load the file. */
  readonly module: string;
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly type?: AgentType;
  readonly capabilities: readonly {
    readonly name: string;
    readonly proficiency: number;
    readonly learning_rate?: number;
  }[];
  /** Attempts at the same time, 1 unless it says otherwise. The hub caps it by `agents.max_concurrent_tasks`. */
  readonly maxConcurrent?: number;
  /**
   * What a task costs with it, at least 0, in any one unit for all agents: money, energy, minutes of somebody's time.
   * Counts against it by its share of the highest cost where `matching.cost_weight` is above 0. Default 0.
   */
  readonly cost?: number;
  /** How many run from the start, and at most. Default one. */
  readonly instances?: { readonly min: number; readonly max: number };
  readonly actions: { readonly [Name in keyof Inputs]: ActionDefinition<Inputs[Name]> };
  /** Asked now and then by those who watch. */
  health?(): AgentHealth;
}

/** What the hub knows of a definition; plain data. */
export interface DefinitionMeta {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly type: AgentType;
  readonly capabilities: readonly z.output<typeof capabilityShape>[];
  readonly maxConcurrent: number;
  readonly cost: number;
  readonly instances: { readonly min: number; readonly max: number };
  readonly actions: readonly ActionMeta[];
}

const AGENT_BRAND = Symbol.for("hive.agent-definition");

/** What an agent's actor understands; only the hub speaks to it. */
export type AgentProtocol = {
  readonly run: { payload: AttemptMessage; reply: Outcome };
  readonly cancel: { payload: CancelMessage; reply: void };
  readonly health: { payload: void; reply: AgentHealth };
};

/** An agent, ready to be started by a hub. It is its own actor definition, so any thread finds it by its module. */
export interface AgentDefinition extends ActorDefinition<AgentArgs, AgentProtocol> {
  readonly meta: DefinitionMeta;
  /** The actor that runs its attempts. */
  readonly actor: ActorDefinition<AgentArgs, AgentProtocol>;
  readonly [AGENT_BRAND]: true;
}

const metaShape = z.object({
  name: agentNameShape,
  version: z.string().min(1).max(50).default("0.0.0"),
  description: z.string().max(10_000).default(""),
  type: z.enum(AGENT_TYPES).default("worker"),
  capabilities: z.array(capabilityShape).min(1).max(CAPABILITIES_MAX),
  maxConcurrent: z.int().min(1).max(1000).default(1),
  cost: z.number().min(0).max(1e12).default(0),
  instances: z
    .object({ min: z.int().min(0).max(1000), max: z.int().min(1).max(1000) })
    .refine((counts) => counts.min <= counts.max, "min must not exceed max")
    .default({ min: 1, max: 1 }),
});

/** Makes an agent out of its capabilities and actions. Throws `TypeError` with each bad field of a wrong definition. */
export function defineAgent<Inputs extends Record<string, z.ZodType>>(
  specification: AgentSpecification<Inputs>,
): AgentDefinition {
  const actions = Object.entries(specification.actions) as [string, ActionDefinition<z.ZodType>][];
  const actionMetas = actions.map(([name, action]) => describeAction(specification.name, name, action));
  requireActions(specification.name, actionMetas);
  const meta: DefinitionMeta = Object.freeze({
    ...shaped(metaShape, specification, `agent "${specification.name}"`),
    actions: actionMetas,
  });
  const runnable: readonly RunnableAction[] = actions.map(([name, action]) => ({ name, ...action }));
  const actor = agentActor(specification, actionMetas, runnable);
  return Object.freeze({ ...actor, meta, actor, [AGENT_BRAND]: true as const });
}

/** Whether a module's export is a definition, whichever copy of this file made it. */
export function isAgentDefinition(value: unknown): value is AgentDefinition {
  return typeof value === "object" && value !== null && AGENT_BRAND in value;
}

function agentActor(
  specification: { readonly module: string; readonly name: string; health?(): AgentHealth },
  metas: readonly ActionMeta[],
  actions: readonly RunnableAction[],
): ActorDefinition<AgentArgs, AgentProtocol> {
  return defineActor({
    module: specification.module,
    name: specification.name,
    state: (args: AgentArgs) => new AttemptRunner(metas, actions, args),
    on: {
      run: (ctx, message: AttemptMessage): Outcome | Promise<Outcome> => ctx.state.run(ctx, message),
      cancel: (ctx, message: CancelMessage): void => ctx.state.cancel(message),
      health: (): AgentHealth => specification.health?.() ?? { ok: true },
    },
    concurrent: ["run", "health"],
  });
}

/** `value` as `shape` has it; what is wrong is told in words, field by field. */
function shaped<Shape extends z.ZodType>(shape: Shape, value: unknown, what: string): z.output<Shape> {
  const parsed = shape.safeParse(value);
  if (!parsed.success) throw new TypeError(`${what}:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function describeAction(agent: string, name: string, action: ActionDefinition<z.ZodType>): ActionMeta {
  if (typeof (action.input as Partial<z.ZodType> | undefined)?.safeParse !== "function") {
    throw new TypeError(
      `agent "${agent}", action "${name}": it has no input; give it a zod shape, such as z.object({})`,
    );
  }
  return Object.freeze({
    name: shaped(nameShape, name, `agent "${agent}", action "${name}"`),
    types: action.types ?? [name],
    accepts: (action.accepts ?? []).map((one) => one.toLowerCase()),
    isDefault: action.default ?? false,
  });
}

function requireActions(agent: string, metas: readonly ActionMeta[]): void {
  if (metas.length === 0) throw new TypeError(`agent "${agent}" has no actions; it could do nothing`);
  const defaults = metas.filter((one) => one.isDefault).map((one) => one.name);
  if (defaults.length > 1) {
    throw new TypeError(`agent "${agent}" has ${defaults.length} default actions (${defaults}); keep one`);
  }
}
