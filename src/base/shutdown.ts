// How a process of many parts ends: in phases, each after those it needs, each within its time. A task that fails or is
// late stops nobody; what went wrong is logged and stands in the report.
//
// Whoever opens a part registers the task that ends it, in the phase where it belongs. The model is Akka's coordinated
// shutdown.

import { CodedError } from "./errors.js";
import type { Clock, Log, Timers } from "./ports.js";

export type ShutdownPhase =
  | "stop-intake"
  | "finish-requests"
  | "stop-hub"
  | "drain-actors"
  | "flush-store"
  | "stop-threads"
  | "close";

/** Phases, and those that must be over before. */
const AFTER: Readonly<Record<ShutdownPhase, readonly ShutdownPhase[]>> = {
  "stop-intake": [],
  "finish-requests": ["stop-intake"],
  "stop-hub": ["finish-requests"],
  "drain-actors": ["stop-hub"],
  "flush-store": ["drain-actors"],
  "stop-threads": ["drain-actors"],
  close: ["flush-store", "stop-threads"],
};

export const PHASES = Object.keys(AFTER) as readonly ShutdownPhase[];
/** What a task gets unless it, or the call that shuts down, says otherwise. */
export const PHASE_TIMEOUT_MS = 5_000;
/** A task that keeps its own limit gets this much more, to say what it cut off. */
const SLACK_MS = 100;

/** Gets its limit in milliseconds. What it throws stands in the report. */
export type ShutdownTask = (timeoutMs: number) => unknown;
/** One limit for each phase, or limits of single phases. They go before those that tasks ask for. */
export type ShutdownLimits = number | Readonly<Partial<Record<ShutdownPhase, number>>>;

export interface ShutdownProblem {
  readonly phase: ShutdownPhase;
  readonly task: string;
  /** What it threw, or `SHUTDOWN_LATE`. */
  readonly error: Error;
}

export interface ShutdownReport {
  readonly tookMs: number;
  /** Everything that failed or was cut off; empty after a clean end. */
  readonly problems: readonly ShutdownProblem[];
}

interface Registered {
  readonly name: string;
  readonly task: ShutdownTask;
  readonly timeoutMs: number | undefined;
}

/** Something did not end in time and was left behind. */
export class ShutdownLate extends CodedError {
  constructor(what: string, timeoutMs: number, data: Readonly<Record<string, unknown>> = {}) {
    super("SHUTDOWN_LATE", `${what} did not end within ${timeoutMs} ms and was cut off`, { data });
  }
}

export class Shutdown {
  readonly #ports: { readonly clock: Clock; readonly timers: Timers; readonly log: Log };
  readonly #tasks = new Map<ShutdownPhase, Set<Registered>>();
  readonly #begunPhases = new Set<ShutdownPhase>();
  readonly #problems: ShutdownProblem[] = [];
  #running: Promise<ShutdownReport> | undefined;

  constructor(ports: { readonly clock: Clock; readonly timers: Timers; readonly log: Log }) {
    this.#ports = ports;
  }

  get begun(): boolean {
    return this.#running !== undefined;
  }

  /** Registers a task; those of one phase run at the same time. Returns the way to take it back. */
  on(
    phase: ShutdownPhase,
    name: string,
    task: ShutdownTask,
    { timeoutMs }: { readonly timeoutMs?: number } = {},
  ): () => void {
    checkPhase(phase);
    if (timeoutMs !== undefined) checkLimit("timeoutMs", timeoutMs);
    if (this.#begunPhases.has(phase))
      throw new CodedError("SHUTDOWN_BEGUN", `${phase} has begun: "${name}" comes too late`);
    const registered = { name, task, timeoutMs };
    const tasks = this.#tasks.get(phase) ?? new Set();
    this.#tasks.set(phase, tasks.add(registered));
    return () => void tasks.delete(registered);
  }

  /** Runs all phases, once: calling it again waits for the same end. Never rejects for what a task does. */
  run(limits: ShutdownLimits = {}): Promise<ShutdownReport> {
    if (typeof limits === "number") checkLimit("timeoutMs", limits);
    else
      for (const [phase, limit] of Object.entries(limits)) {
        checkPhase(phase);
        checkLimit(`timeoutMs.${phase}`, limit);
      }
    this.#running ??= this.#run(limits);
    return this.#running;
  }

  async #run(limits: ShutdownLimits): Promise<ShutdownReport> {
    const { clock } = this.#ports;
    const startMs = clock.nowMs();
    const ended = new Map<ShutdownPhase, Promise<void>>();
    const end = (phase: ShutdownPhase): Promise<void> => {
      const known =
        ended.get(phase) ?? Promise.all(AFTER[phase].map(end)).then(() => this.#runPhase(phase, limits));
      ended.set(phase, known);
      return known;
    };
    await Promise.all(PHASES.map(end));
    return { tookMs: clock.nowMs() - startMs, problems: this.#problems };
  }

  async #runPhase(phase: ShutdownPhase, limits: ShutdownLimits): Promise<void> {
    this.#begunPhases.add(phase);
    const given = typeof limits === "number" ? limits : limits[phase];
    const tasks = [...(this.#tasks.get(phase) ?? [])];
    await Promise.all(
      tasks.map(async ({ name, task, timeoutMs }) => {
        try {
          await this.#inTime(name, task, given ?? timeoutMs ?? PHASE_TIMEOUT_MS);
        } catch (thrown) {
          const error = thrown instanceof Error ? thrown : new Error(`thrown: ${String(thrown)}`);
          this.#problems.push({ phase, task: name, error });
          const fields = { phase, task: name, error: error.message };
          this.#ports.log.log("warn", "not everything ended as it should while shutting down", fields);
        }
      }),
    );
  }

  async #inTime(name: string, task: ShutdownTask, timeoutMs: number): Promise<void> {
    let cancel = (): void => undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const fail = () => reject(new ShutdownLate(name, timeoutMs));
      const timer = this.#ports.timers.after(timeoutMs + SLACK_MS, fail);
      cancel = () => timer.cancel();
    });
    try {
      await Promise.race([task(timeoutMs), late]);
    } finally {
      cancel();
    }
  }
}

function checkPhase(phase: string): void {
  if (Object.hasOwn(AFTER, phase)) return;
  throw new CodedError("OPTIONS", `shutdown phase ${String(phase)}: give one of ${PHASES.join(", ")}`);
}

function checkLimit(name: string, limit: number): void {
  if (typeof limit === "number" && limit >= 0) return;
  throw new CodedError("OPTIONS", `${name}: ${String(limit)}; give milliseconds from 0 up`);
}
