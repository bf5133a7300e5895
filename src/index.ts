// The actor library: everything an actor or a program with actors needs. Safe to load in any thread, and light: each
// thread that has an actor loads it.

export type { SystemEvent } from "./actor/control-message.js";
export type { DeadLetter, DeadLetterReason, ReplayOutcome } from "./actor/dead-letters.js";
export type {
  ActorContext,
  ActorDefinition,
  ActorSpecification,
  Handlers,
  Placement,
  Protocol,
  RefOf,
  RestartType,
  SpawnOptions,
  StopReason,
} from "./actor/definition.js";
export { DefinitionError, defineActor } from "./actor/definition.js";
export {
  ActorStopped,
  AskCycle,
  AskTimeout,
  Cancelled,
  IntensityExceeded,
  LinkedExit,
  MailboxFull,
  NameTaken,
  NoActor,
  NoMethod,
  RestartRequested,
  StaleIncarnation,
  StashError,
  SystemFull,
  SystemStopped,
  ThreadLost,
  WrongCall,
} from "./actor/errors.js";
export type { Job } from "./actor/job.js";
export { defineJob } from "./actor/job.js";
export { Later } from "./actor/later.js";
export type { AskOptions, TellResult } from "./actor/ref.js";
export { ActorRef } from "./actor/ref.js";
export type { ServiceKey } from "./actor/registry.js";
export { serviceKey } from "./actor/registry.js";
export type { ActorRegistry, SystemRegistry } from "./actor/registry-face.js";
export type { MailboxOptions, Overflow } from "./actor/shaped-mailbox.js";
export type { ActorStream, StreamOptions } from "./actor/stream.js";
export type { Directive, SupervisionOptions } from "./actor/supervision.js";
export type { Topic, TopicPayload } from "./actor/topics.js";
export { topic } from "./actor/topics.js";
export type { TraceEntry } from "./actor/trace.js";
export { CodedError, RemoteError } from "./base/errors.js";
export type { ListenOptions } from "./base/listening.js";
export type { Log, LogLevel } from "./base/ports.js";
export type {
  ShutdownLimits,
  ShutdownPhase,
  ShutdownProblem,
  ShutdownReport,
  ShutdownTask,
} from "./base/shutdown.js";
export type { PoolSpecification } from "./routing/pool.js";
export { definePool } from "./routing/pool.js";
export type { PoolSize } from "./routing/pool-size.js";
export type { Router } from "./routing/router.js";
export { routerOf } from "./routing/router.js";
export type { Broadcast, PoolRouting, RoutingOptions } from "./routing/strategy.js";
export type { Consumer, WorkQueueStatus } from "./routing/work-ledger.js";
export type { Work, WorkQueueProtocol, WorkQueueSpecification } from "./routing/work-queue.js";
export { defineWorkQueue } from "./routing/work-queue.js";
export { createSystem } from "./runtime/create-system.js";
export type { DrainOptions, ThreadDrainReport } from "./runtime/drain.js";
export type { DeadLetterFilter, ReplayedLetter } from "./runtime/insight.js";
export type { InspectedActor, Inspection, InspectOptions } from "./runtime/inspection.js";
export type { ActorSystem, ThreadInfo } from "./runtime/system.js";
export type { FoundActor, System } from "./runtime/system-face.js";
export type { SystemOptions } from "./runtime/system-options.js";
export { EncodeError } from "./wire/codec.js";
