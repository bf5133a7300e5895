// How the hub reaches an agent, wherever it runs. Implemented by hub/agent-supervisor.ts over actor refs; tests and
// later remote agents implement it their own way. The hub never sees a thread.

import type { AttemptMessage, Outcome } from "./attempt.js";

/** How an attempt came back: its outcome, or why there is none (a fault, a lost thread, no such actor). */
export type AttemptAnswer = (outcome: Outcome | undefined, fault: Error | undefined) => void;

export interface AgentLink {
  /** Sends one attempt. `answer` is called exactly once, later or at once. */
  run(message: AttemptMessage, limitMs: number, answer: AttemptAnswer): void;
  /** Asks an attempt to stop, by the signal that its action has. */
  cancel(fence: number, reason: string): void;
  /** Ends the incarnation that runs, with every attempt in it, and starts the next. */
  replace(reason: string): void;
  /** Stops the agent for good. */
  stop(): void;
  /** Where it runs, in words, such as `thread 2`. */
  readonly place: string | undefined;
}
