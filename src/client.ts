// The client entry: what a program outside imports as "hive/client". Browser-safe.

export type { RemoteStream, RemoteStreamOptions } from "./client/actor-streams.js";
export type { ActorMethods, AnyMethods, MethodsOf, RemoteActor, RemoteAskOptions } from "./client/actors.js";
export type { AgentCalls } from "./client/agents.js";
export type { BlobCalls, BlobContent, StoredBlob } from "./client/blobs.js";
export type { HiveClient, Invariants } from "./client/connect.js";
export { connect } from "./client/connect.js";
export type { ConnectOptions } from "./client/connect-options.js";
export { CLIENT_DEFAULTS } from "./client/connect-options.js";
export { ClientError } from "./client/errors.js";
export type { EventGap, EventWish } from "./client/event-feed.js";
export type { EventOptions, GapEvent } from "./client/events.js";
export type { WaitOptions } from "./client/settlement-watch.js";
export type { CallOptions, Created, CreateOptions, NewTask, TaskCalls } from "./client/tasks.js";
export type { TellOutcome } from "./wire/actor-protocol.js";
export type { ActorOverview, ActorQuery, ActorView, ThreadView } from "./wire/actor-shapes.js";
export type { Agent, AgentPage, AgentQuery, CreateAgent } from "./wire/agent-shapes.js";
export type { EventTopic, EventType, HubEvent } from "./wire/event-shapes.js";
export type { FieldError } from "./wire/http-shapes.js";
export type {
  CreateTask,
  Explanation,
  MatchPreview,
  Priority,
  Task,
  TaskError,
  TaskPage,
  TaskQuery,
  TaskStatus,
} from "./wire/task-shapes.js";
