// The state of an agent's actor: the attempts under way in its thread, and how one of them is run.

import type { z } from "zod";
import type { ActorContext } from "../actor/definition.js";
import { packPlain, unpackPlain } from "../wire/codec.js";
import { MESSAGE_BYTES_MAX } from "../wire/encode-error.js";
import type { SpecTuple } from "../wire/entries.js";
import type { TaskError } from "../wire/task-shapes.js";
import { TASK_LIMITS } from "../wire/task-shapes.js";
import type { ActionMeta } from "./actions.js";
import { chooseAction, inputForms } from "./actions.js";
import type { AgentArgs, AgentContext } from "./agent-context.js";
import { AttemptContext } from "./agent-context.js";
import { AgentError, taskError, taskErrorFromAgent } from "./agent-error.js";
import type { AttemptMessage, CancelMessage, Outcome } from "./attempt.js";
import { OUTCOME } from "./attempt.js";

export interface RunnableAction {
  readonly name: string;
  readonly default?: boolean;
  readonly input: z.ZodType;
  readonly output?: z.ZodType;
  run(ctx: AgentContext, input: unknown): unknown;
}

/** What a result may take as JSON: it travels in one message, which needs a little for itself. */
const RESULT_BYTES_MAX = MESSAGE_BYTES_MAX - 1024;

/** Field errors kept of one failure. */
const FIELD_ERRORS_MAX = 20;

export class AttemptRunner {
  readonly #metas: readonly ActionMeta[];
  readonly #actions: readonly RunnableAction[];
  readonly #args: AgentArgs;
  readonly #underWay = new Map<number, AttemptContext>();

  constructor(metas: readonly ActionMeta[], actions: readonly RunnableAction[], args: AgentArgs) {
    this.#metas = metas;
    this.#actions = actions;
    this.#args = args;
  }

  /** Runs one attempt to its outcome. Throws only what is a fault of the agent. */
  run(actor: ActorContext, message: AttemptMessage): Outcome | Promise<Outcome> {
    const spec = unpackPlain(message[0]) as SpecTuple;
    const choice = chooseAction(this.#metas, { type: spec[4], action: spec[6], mediaType: spec[7] });
    const action = this.#actions.find((one) => one.name === choice?.name);
    if (choice === undefined || action === undefined) return noAction(spec);
    const [first, second] = inputForms(choice, action.default ?? false, spec[2], spec[3]);
    let input = action.input.safeParse(first);
    if (!input.success && second !== undefined) {
      const other = action.input.safeParse(second);
      if (other.success) input = other;
    }
    if (!input.success)
      return invalid("VALIDATION_ERROR", "the parameters do not fit the action", action, input.error);
    const ctx = new AttemptContext(actor, this.#args, message, spec);
    this.#underWay.set(ctx.fence, ctx);
    let result: unknown;
    try {
      result = action.run(ctx, input.data);
    } catch (thrown) {
      return this.#threw(ctx, thrown);
    }
    if (!isPromise(result)) return this.#returned(ctx, action, result);
    return result.then(
      (value) => this.#returned(ctx, action, value),
      (thrown: unknown) => this.#threw(ctx, thrown),
    );
  }

  /** Aborts the signal of an attempt, if it is still under way. */
  cancel([fence, reason]: CancelMessage): void {
    this.#underWay.get(fence)?.abort(reason);
  }

  #returned(ctx: AttemptContext, action: RunnableAction, result: unknown): Outcome {
    this.#underWay.delete(ctx.fence);
    if (action.output === undefined) return packResult(result);
    const output = action.output.safeParse(result);
    if (output.success) return packResult(output.data);
    return invalid("INVALID_OUTPUT", "the result does not fit the action's output", action, output.error);
  }

  #threw(ctx: AttemptContext, thrown: unknown): Outcome {
    this.#underWay.delete(ctx.fence);
    if (thrown instanceof AgentError) return [OUTCOME.failed, taskErrorFromAgent(thrown)];
    // Why: whatever an action throws because its signal aborted is the abort, not a fault of the agent.
    if (ctx.isAborted) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      return [OUTCOME.failed, taskError("ATTEMPT_STOPPED", message, true, "low")];
    }
    throw thrown;
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as Promise<unknown>).then === "function"
  );
}

/** Why a failure, whatever is thrown: a result that cannot be kept is the same at every attempt, and no crash. */
function packResult(result: unknown): Outcome {
  if (result === undefined || result === null) return [OUTCOME.completed, null];
  try {
    const packed = packPlain(result);
    if (packed.length <= TASK_LIMITS.payloadBytes) return [OUTCOME.completed, packed];
    const json = Buffer.from(JSON.stringify(result));
    return json.length <= RESULT_BYTES_MAX ? [OUTCOME.completedLarge, json] : unfit(tooLarge(json.length));
  } catch (error) {
    return unfit(error instanceof Error ? error.message : String(error));
  }
}

function tooLarge(bytes: number): string {
  return (
    `the result takes ${bytes} bytes as JSON, ${RESULT_BYTES_MAX} are allowed; ` +
    "return less, or write it to a file and return where it lies"
  );
}

function unfit(why: string): Outcome {
  return [OUTCOME.failed, taskError("INVALID_OUTPUT", why, false, "high")];
}

function noAction(spec: SpecTuple): Outcome {
  const [action, type, media] = [spec[6] ?? "(none)", spec[4], spec[7] ?? "(none)"];
  const message = `no action for the task's action ${action}, type ${type} or media type ${media}`;
  return [OUTCOME.failed, taskError("NO_ACTION", message, true, "medium")];
}

function invalid(code: string, what: string, action: RunnableAction, error: z.ZodError): Outcome {
  const fields = error.issues
    .slice(0, FIELD_ERRORS_MAX)
    .map((issue) => ({ field: issue.path.map(String).join("."), message: issue.message }));
  const list = fields.map((one) => `${one.field || "(all)"}: ${one.message}`).join("; ");
  const failure: TaskError = taskError(code, `${what} "${action.name}": ${list}`, false, "medium", {
    field_errors: fields,
  });
  return [OUTCOME.failed, failure];
}
