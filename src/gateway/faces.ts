// What the gateway needs of the hub and of the actor system: the faces it talks to, and nothing behind them.
// `Hub` of hub/ and `ActorSystem` of runtime/ have these and more.

import type { ActorSystem } from "../runtime/system.js";
import type { Agent, AgentPage, AgentQuery, CreateAgent } from "../wire/agent-shapes.js";
import type { HubEvent } from "../wire/event-shapes.js";
import type { AgentPerformance, Learn, LearnAnswer } from "../wire/learn-shapes.js";
import type { CreateTask, Explanation, MatchPreview, Task, TaskQuery } from "../wire/task-shapes.js";

export interface CreatedTask {
  readonly task: Task;
  /** False when the idempotency key had been used for the same task before. */
  readonly created: boolean;
  readonly matchingAgents: readonly MatchPreview[];
}

export interface BlobInfo {
  readonly blob_id: string;
  readonly bytes: number;
  readonly media_type: string;
}

export interface HubFace {
  readonly tasks: {
    create(input: CreateTask, options?: { idempotencyKey?: string }): Promise<CreatedTask>;
    get(id: string): Promise<Task | undefined>;
    /** A `TaskPage` as JSON text in UTF-8, in pieces. */
    listJson(query: TaskQuery): Promise<readonly Uint8Array[]>;
    cancel(id: string, reason?: string): Promise<Task>;
    retry(id: string): Promise<Task>;
    explain(id: string): Promise<Explanation>;
    settled(id: string, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<Task | undefined>;
  };
  readonly agents: {
    list(query: AgentQuery): AgentPage;
    get(idOrName: string): Agent | undefined;
    names(): readonly string[];
    create(input: CreateAgent): Promise<Agent>;
    remove(id: string): Promise<Agent>;
    performance(id: string): AgentPerformance;
    learn(id: string, outcome: Learn): Promise<LearnAnswer>;
  };
  readonly blobs: {
    put(chunks: AsyncIterable<Uint8Array>, mediaType: string): Promise<BlobInfo>;
    open(id: string): AsyncIterable<Uint8Array>;
    stat(id: string): BlobInfo | undefined | Promise<BlobInfo | undefined>;
  };
  readonly events: {
    readonly lastSeq: number;
    since(seq: number): readonly HubEvent[] | "gone";
    subscribe(watcher: (event: HubEvent) => void): () => void;
  };
  status(): HubNumbers;
  resources(): unknown;
  invariants(): { readonly holds: boolean };
  health(): HubHealth;
  /** Neural mode, engines and crossovers; passed on as it is. */
  compute(): unknown;
}

/** What the metrics read of the hub's status; the rest is passed on as it is. */
export interface HubNumbers {
  readonly agents: { readonly by_state: Readonly<Record<string, number>> };
  readonly tasks: {
    readonly queue: {
      readonly waiting: number;
      readonly parked: number;
      readonly by_status: Readonly<Record<string, number>>;
    };
    readonly executor: { readonly running: number; readonly slots: number; readonly load: number };
    readonly metrics: { readonly submitted: number; readonly settled: number; readonly retries: number };
  };
}

export interface HubHealth {
  readonly status: "healthy" | "degraded" | "unhealthy";
  /** By component: at least `store`. */
  readonly components: Readonly<
    Record<string, { readonly status: string; readonly [detail: string]: unknown }>
  >;
}

/** What the gateway needs of the actor system. */
export type SystemFace = Pick<ActorSystem, "find" | "watch" | "threads" | "restartThread" | "inspect">;
