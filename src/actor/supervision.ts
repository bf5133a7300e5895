// What happens when an actor crashes? This file says it, and nothing else: a pure decision, one direction.
//
// The way: actor/turn (catch) > actor/lifecycle (suspend, tell the parent) > actor/supervise (the parent hears) > here
// (verdict) > actor/restart-budget (may it restart again, and when?) > actor/children > actor/lifecycle (new
// incarnation; the mailbox resumes). A parent on another thread is reached by a control message and answers by one:
// actor/control-message, actor/control-inbox. A lost thread enters at runtime/worker-pool > runtime/thread-runtime >
// actor/nursery and joins at actor/supervise. Proven by test/ways/crash.test.ts.
//
// Source: Erlang/OTP's supervisor, its words and its defaults (one_for_one, intensity 1 in 5 s, permanent).

import { CodedError } from "../base/errors.js";
import { unreachable } from "../base/invariant.js";
import type { Random } from "../base/random.js";
import { show } from "../base/show.js";
import { type Backoff, type Budget, backoffDelayMs, chargeBudget, type Intensity } from "./restart-budget.js";

export type Directive = "restart" | "resume" | "stop" | "escalate";

export interface SupervisionOptions {
  /**
   * Which children restart when one does: only that one (`one-for-one`, default), all of them (`one-for-all`), or it
   * and those that were started after it (`rest-for-one`).
   */
  readonly strategy?: Strategy;
  /** At most `restarts` in a sliding window of `withinMs`; one more and it gives up. Default 1 in 5,000. */
  readonly intensity?: Intensity;
  /** Waits before a restart. Default: none. */
  readonly backoff?: Backoff;
  /**
   * What to do about an error. Pure: it gets the error and answers. Default: restart. An answer that is none of them is
   * the supervisor's own fault, `DIRECTIVE`, and the child stops.
   */
  readonly decide?: (error: Error) => Directive;
  /**
   * Whether the supervisor ends, normally, when a child that was spawned as `significant` has ended by itself
   * (`any-significant`), or the last such child has (`all-significant`). Default `never`.
   */
  readonly autoShutdown?: AutoShutdown;
}

export const RESTARTS = ["permanent", "transient", "temporary"] as const;
export type RestartType = (typeof RESTARTS)[number];
export const STRATEGIES = ["one-for-one", "one-for-all", "rest-for-one"] as const;
export type Strategy = (typeof STRATEGIES)[number];
export const AUTO_SHUTDOWNS = ["never", "any-significant", "all-significant"] as const;
export type AutoShutdown = (typeof AUTO_SHUTDOWNS)[number];

/** Those of `children`, in the order they were started, that restart when `failed` does. */
export function concerned<Child>(strategy: Strategy, children: Iterable<Child>, failed: Child): Child[] {
  const all = [...children];
  switch (strategy) {
    case "one-for-one":
      return [failed];
    case "one-for-all":
      return all;
    case "rest-for-one":
      return all.slice(all.indexOf(failed));
    default:
      return unreachable(strategy);
  }
}

export const DEFAULT_INTENSITY: Intensity = { restarts: 1, withinMs: 5_000 };

/** How a child ended: by a fault, by its own will, or with its thread. */
export type Exit = "fault" | "normal" | "thread-lost";

export type Verdict =
  | { readonly action: "restart"; readonly delayMs: number }
  | { readonly action: "resume" }
  | { readonly action: "stop" }
  | { readonly action: "escalate" }
  | { readonly action: "give-up" };

/** What a supervisor remembers of a child between faults. */
export interface ChildHistory {
  /** Restarts in a row without a quiet spell. */
  streak: number;
  lastFaultMs: number;
  /** Used only for children of the root, which has no budget of its own. */
  readonly budget: Budget;
}

export interface Case {
  readonly exit: Exit;
  readonly error: Error;
  readonly restart: RestartType;
  readonly nowMs: number;
  /** The loss of a thread is one restart per supervisor, however many children it took: later ones are free. */
  readonly free: boolean;
}

/** The verdict on one child. Changes only the two records it is given: the budget and the child's history. */
export function decideVerdict(
  options: SupervisionOptions | undefined,
  given: Case,
  budget: Budget,
  history: ChildHistory,
  random: Random,
): Verdict {
  const directive = directiveFor(options, given);
  switch (directive) {
    case "resume":
    case "stop":
    case "escalate":
      return { action: directive };
    case "restart": {
      if (!given.free && !chargeBudget(budget, options?.intensity ?? DEFAULT_INTENSITY, given.nowMs)) {
        return { action: "give-up" };
      }
      const delayMs = backoffDelayMs(options?.backoff, history, given.nowMs, random);
      return { action: "restart", delayMs };
    }
    default:
      return unreachable(directive);
  }
}

function directiveFor(options: SupervisionOptions | undefined, given: Case): Directive {
  if (given.restart === "temporary") return "stop";
  if (given.exit === "normal") return given.restart === "permanent" ? "restart" : "stop";
  const directive = given.exit === "fault" ? (options?.decide?.(given.error) ?? "restart") : "restart";
  if (!DIRECTIVES.has(directive)) {
    throw new CodedError(
      "DIRECTIVE",
      `decide answered ${show(directive)} to "${given.error.message}": answer one of ` +
        `${[...DIRECTIVES].join(", ")}. The child is stopped, and its supervisor has failed`,
    );
  }
  return directive;
}

const DIRECTIVES: ReadonlySet<string> = new Set(["restart", "resume", "stop", "escalate"]);
