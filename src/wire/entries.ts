// What the journal keeps of agents and tasks: one entry for each fact, in the order it became true.
//
// An entry is a tuple whose first element says which kind it is; the rest is positional, so that nothing on disk or in
// the hot path repeats a field name. TypeScript narrows the union by `entry[0]`.
// Every change of a task is one entry, and carries the number of the task and its `step`, which grows by one with each
// change. A checkpoint is written while the hub works on, so the tail of the journal may repeat changes that the
// checkpoint already has: recovery skips every entry whose step it has seen.
// A task's spec is packed once, at intake, and travels as those bytes: into the journal, to the agent's thread, into
// checkpoints. A settled task is read from two entries: what was asked (`taskQueued`) and how it ended (`taskSettled`).
// Why numbers for agents and tasks: an entry that repeats 30-byte ids is twice as long. The ids are in the spec and in
// the entry that creates the agent.
// Kinds are never renumbered and fields are only appended: entries of an old hub stay readable.

import type { AttemptStatus, RequiredCapability, SettledStatus, TaskError } from "./task-shapes.js";

export const ENTRY = Object.freeze({
  taskQueued: 1,
  taskReleased: 2,
  taskAssigned: 3,
  taskStarted: 4,
  taskAsked: 5,
  taskAnswered: 6,
  taskRetrying: 7,
  taskRequeued: 8,
  taskSettled: 9,
  taskReopened: 10,
  agentCreated: 32,
  agentRemoved: 33,
  agentFailed: 34,
  agentLearned: 35,
} as const);

/** How an attempt ended: [number, agent, startedMs, endedMs, status, error]. */
export type AttemptTuple = readonly [
  attempt: number,
  agent: number,
  startedMs: number,
  endedMs: number,
  status: AttemptStatus,
  error: TaskError | null,
];

/** What the outcome of an attempt says, and about what; with the attempt it is all that is learned from it. */
export type LessonTuple = readonly [
  /** The action or type of the task: what agents get better at. */
  topic: string,
  /** What the agent had declared for it, 0 … 1; null when the task required nothing. */
  declared: number | null,
  /** Names of the capabilities that were practised. */
  capabilities: readonly string[],
];

/** What never changes about a task. Packed once; the agent's thread unpacks it, the hub only for a view. */
export type SpecTuple = readonly [
  id: string,
  createdMs: number,
  description: string,
  parameters: Readonly<Record<string, unknown>>,
  type: string,
  priority: number,
  action: string | null,
  mediaType: string | null,
  agent: string | null,
  capabilities: readonly RequiredCapability[],
  timeoutMs: number,
  maxRetries: number,
  deadlineMs: number,
  dependsOn: readonly string[],
  tags: readonly string[],
  idempotencyKey: string | null,
  bodyHash: string | null,
  callbackUrl: string | null,
];

/** How a task went so far: with its spec and its state it is the whole task. */
export type CourseTuple = readonly [
  attempts: readonly AttemptTuple[],
  attemptsBeforeReopen: number,
  matched: Uint8Array | null,
  firstStartedMs: number,
  progress: number,
];

/** Status a task starts in: 0 queued, 1 blocked, 2 scheduled. */
export type InitialStatusCode = 0 | 1 | 2;

export type TaskQueued = readonly [
  kind: typeof ENTRY.taskQueued,
  task: number,
  step: number,
  atMs: number,
  status: InitialStatusCode,
  spec: Uint8Array,
];
export type TaskReleased = readonly [
  kind: typeof ENTRY.taskReleased,
  task: number,
  step: number,
  atMs: number,
  blocked: boolean,
];
export type TaskAssigned = readonly [
  kind: typeof ENTRY.taskAssigned,
  task: number,
  step: number,
  atMs: number,
  agent: number,
  attempt: number,
  fence: number,
  /** The best five with their terms, packed by hub/match.ts. */
  matched: Uint8Array,
];
export type TaskStarted = readonly [kind: typeof ENTRY.taskStarted, task: number, step: number, atMs: number];
export type TaskAsked = readonly [kind: typeof ENTRY.taskAsked, task: number, step: number, atMs: number];
export type TaskAnswered = readonly [
  kind: typeof ENTRY.taskAnswered,
  task: number,
  step: number,
  atMs: number,
];
export type TaskRetrying = readonly [
  kind: typeof ENTRY.taskRetrying,
  task: number,
  step: number,
  atMs: number,
  dueMs: number,
  ended: AttemptStatus,
  error: TaskError | null,
  agent: number,
  /** Missing in entries of older hubs; null when the attempt says nothing. */
  lesson?: LessonTuple | null,
];
export type TaskRequeued = readonly [
  kind: typeof ENTRY.taskRequeued,
  task: number,
  step: number,
  atMs: number,
];
export type TaskSettled = readonly [
  kind: typeof ENTRY.taskSettled,
  task: number,
  step: number,
  atMs: number,
  status: SettledStatus,
  error: TaskError | null,
  /** The result, packed by the agent's thread; null when there is none. */
  result: Uint8Array | null,
  course: CourseTuple,
  /** Whether an attempt was under way: then it is the last of the course. */
  endsAttempt: boolean,
  /** Missing in entries of older hubs; null when the attempt says nothing. */
  lesson?: LessonTuple | null,
];
export type TaskReopened = readonly [
  kind: typeof ENTRY.taskReopened,
  task: number,
  step: number,
  atMs: number,
  blocked: boolean,
  from: SettledStatus,
  spec: Uint8Array,
  course: CourseTuple,
];
export type TaskEntry =
  | TaskQueued
  | TaskReleased
  | TaskAssigned
  | TaskStarted
  | TaskAsked
  | TaskAnswered
  | TaskRetrying
  | TaskRequeued
  | TaskSettled
  | TaskReopened;

/** A durable agent. `origin` says who wants it: the API, or a definition's `instances.min`. */
export interface AgentRecord {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly definition: string;
  readonly origin: "api" | "definition";
  readonly type?: string;
  readonly description?: string;
  readonly capabilities?: readonly {
    readonly name: string;
    readonly proficiency: number;
    readonly learning_rate: number;
  }[];
  readonly maxConcurrent?: number;
  readonly createdMs: number;
}

export type AgentCreated = readonly [kind: typeof ENTRY.agentCreated, agent: number, record: AgentRecord];
export type AgentRemoved = readonly [kind: typeof ENTRY.agentRemoved, agent: number, atMs: number];
export type AgentFailed = readonly [
  kind: typeof ENTRY.agentFailed,
  agent: number,
  atMs: number,
  reason: string,
];
/** Somebody told how an agent did: an outcome that no task of this hub had. */
export type AgentLearned = readonly [
  kind: typeof ENTRY.agentLearned,
  agent: number,
  atMs: number,
  lesson: LessonTuple,
  /** 0 a failure … 1 a success without fault. */
  value: number,
  latencyMs: number | null,
];
export type AgentEntry = AgentCreated | AgentRemoved | AgentFailed | AgentLearned;

/** Everything the hub writes into the journal. */
export type JournalEntry = TaskEntry | AgentEntry;

/** Whether an entry is about a task; otherwise it is about an agent. */
export function isTaskEntry(entry: JournalEntry): entry is TaskEntry {
  return entry[0] < ENTRY.agentCreated;
}
