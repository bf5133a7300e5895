// How an agent fails on purpose, and what any failure of an attempt becomes.

import { asError, CodedError } from "../base/errors.js";
import { show } from "../base/show.js";
import { JSON_FORM, requireForm } from "../wire/outward.js";
import { type Severity, TASK_LIMITS, type TaskError } from "../wire/task-shapes.js";

export interface AgentErrorDetails {
  /** Whether another attempt could succeed. Default false: what the agent knows to be wrong stays wrong. */
  readonly retryable?: boolean;
  /** How bad it is for those who watch. Default `medium`. */
  readonly severity?: Severity;
  /** Facts for machines, as plain data: at most 64 KiB as JSON. What is not is left out, and `left_out` says why. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** A failure that an agent means: the attempt fails with this code, and the agent goes on. */
export class AgentError extends CodedError {
  readonly retryable: boolean;
  readonly severity: Severity;

  constructor(code: string, message: string, details: AgentErrorDetails = {}) {
    super(code, message, details);
    this.retryable = details.retryable ?? false;
    this.severity = details.severity ?? "medium";
  }
}

/** Longest message kept of a failure: it stands in every attempt of the task. */
const MESSAGE_CHARS_MAX = 2_000;

export function taskError(
  code: string,
  message: string,
  retryable: boolean,
  severity: Severity,
  data?: Readonly<Record<string, unknown>>,
): TaskError {
  const short = message.length > MESSAGE_CHARS_MAX ? `${message.slice(0, MESSAGE_CHARS_MAX)}…` : message;
  const hasData = data !== undefined && Object.keys(data).length > 0;
  return { code, message: short, retryable, severity, ...(hasData ? { data } : {}) };
}

/** What an `AgentError` becomes outside the agent. */
export function taskErrorFromAgent(error: AgentError): TaskError {
  const why = whyNotKept(error.data);
  const data = why === undefined ? error.data : { left_out: why };
  return taskError(error.code, error.message, error.retryable, error.severity, data);
}

/** Why data is no plain data or too much; the failure that it belongs to is told of all the same. */
function whyNotKept(data: unknown): string | undefined {
  try {
    if (typeof data !== "object" || data === null || Array.isArray(data))
      return `data: ${show(data)}; give an object`;
    requireForm(data, JSON_FORM, "data");
    const bytes = Buffer.byteLength(JSON.stringify(data));
    if (bytes <= TASK_LIMITS.payloadBytes) return undefined;
    return `data: ${bytes} bytes as JSON, ${TASK_LIMITS.payloadBytes} are kept; put more into a blob`;
  } catch (error) {
    return asError(error).message;
  }
}
