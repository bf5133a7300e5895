// The one way an analyst refuses its input. The same bytes fail again, so such an error is never retried.

import { AgentError } from "hive/agent";

/** An error about the input: what was given, what was expected and, in `data`, where. */
export function badInput(
  code: string,
  message: string,
  data: Readonly<Record<string, unknown>> = {},
): AgentError {
  return new AgentError(code, message, { retryable: false, severity: "low", data });
}
