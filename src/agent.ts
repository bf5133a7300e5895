// What an agent is written with. Safe to load in any thread.
// Why not beside actors: agents check their inputs by schemas, and a thread with actors alone need not load those.

export type { AgentContext, AgentTaskInfo, BlobInput } from "./hub/agent-context.js";
export { blobInput } from "./hub/agent-context.js";
export type {
  ActionDefinition,
  AgentDefinition,
  AgentHealth,
  AgentSpecification,
} from "./hub/agent-definition.js";
export { defineAgent } from "./hub/agent-definition.js";
export type { AgentErrorDetails } from "./hub/agent-error.js";
export { AgentError } from "./hub/agent-error.js";
