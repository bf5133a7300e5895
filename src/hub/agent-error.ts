// How an agent fails on purpose, and what any failure of an attempt becomes.

import { CodedError } from "../base/errors.js";
import type { Severity, TaskError } from "../wire/task-shapes.js";

export interface AgentErrorDetails {
  /** Whether another attempt could succeed. Default false: what the agent knows to be wrong stays wrong. */
  readonly retryable?: boolean;
  /** How bad it is for those who watch. Default `medium`. */
  readonly severity?: Severity;
  /** Facts for machines, as plain data. */
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
  return taskError(error.code, error.message, error.retryable, error.severity, error.data);
}
