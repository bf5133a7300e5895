// `createHub`: everything in one process, composed. Opened in this order, closed in the reverse one:
//
//   log > actor system (threads) > database > journal > blobs > definitions > hub > metrics > gateway
//
// Each part says in which phase of the system's shutdown it ends (base/shutdown): new work is refused, running attempts
// and requests finish, then hub, actors, store, threads. When something fails to open, what was opened before ends so.

import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createGate } from "./access/gate.js";
import { openSecret } from "./access/secret.js";
import { openTokens, type Scope, type Tokens } from "./access/tokens.js";
import { systemClock, systemScheduler, systemTimers } from "./base/clock.js";
import { openLog } from "./base/log.js";
import type { Log, LogLevel, ThreadPorts } from "./base/ports.js";
import { systemRandom } from "./base/random.js";
import type { ShutdownReport } from "./base/shutdown.js";
import type { Exploration } from "./compute/chooser.js";
import { GATEWAY_DEFAULTS, type Gateway, openGateway } from "./gateway/gateway.js";
import type { AgentDefinition } from "./hub/agent-definition.js";
import { type Compute, CROSSOVERS_FILE, openCompute } from "./hub/compute.js";
import { Definitions, loadDefinitions } from "./hub/definitions.js";
import type { DrainReport, Hub } from "./hub/hub.js";
import { HUB_DEFAULTS, openHub } from "./hub/hub.js";
import type { HubSettings, NeuralMode } from "./hub/parts.js";
import { type MatchingOptions, termWeights } from "./hub/term-weights.js";
import { openMetrics } from "./observe/metrics.js";
import { createSystem } from "./runtime/create-system.js";
import type { ActorSystem } from "./runtime/system.js";
import { openBlobs } from "./store/blobs.js";
import { makeDataDirectory } from "./store/data-directory.js";
import { openDatabase } from "./store/database.js";
import type { Journal } from "./store/journal.js";
import { openJournal } from "./store/journal.js";
import type { JournalEntry } from "./wire/entries.js";

export type { ShutdownProblem, ShutdownReport } from "./base/shutdown.js";
export type { AgentDefinition } from "./hub/agent-definition.js";
export type { ComputeStatus, GpuHealth } from "./hub/compute.js";
export type { HubErrorCode } from "./hub/errors.js";
export { HubError } from "./hub/errors.js";
export type { ForecastStatus } from "./hub/forecast.js";
export type { DrainReport, Hub } from "./hub/hub.js";
export type { InvariantCheck, InvariantReport } from "./hub/invariants.js";
export type { NeuralMode } from "./hub/parts.js";
export type { HubHealth, HubResources, HubStatus } from "./hub/status.js";
export type { Created, WaitOptions } from "./hub/tasks-face.js";
export type { Agent, AgentPage, AgentQuery, CreateAgent } from "./wire/agent-shapes.js";
export type { HubEvent } from "./wire/event-shapes.js";
export type { FieldError } from "./wire/http-shapes.js";
export type { AgentPerformance, Learn, LearnAnswer, LearnedBelief } from "./wire/learn-shapes.js";
export type { CreateTask, Explanation, Task, TaskError, TaskPage, TaskQuery } from "./wire/task-shapes.js";

/** Settings of a hub by section, named as in the settings files. What is left out takes its default. */
export interface HubOptions {
  readonly data?: {
    /** Where everything durable lies. One hub per directory. Default `./hive-data`. */
    readonly dir?: string;
  };
  readonly runtime?: {
    /** Worker threads. 0 or left out: one less than the processor has, at least one. */
    readonly threads?: number;
  };
  readonly tasks?: {
    readonly aging_seconds?: number;
    readonly load_priority?: boolean;
    readonly max_open?: number;
    readonly default_timeout_seconds?: number;
    readonly max_retries?: number;
  };
  readonly agents?: {
    /** Modules, directories of modules, and `shipped` for the agents that come with Hive. Default: shipped. */
    readonly paths?: readonly string[];
    readonly max_concurrent_tasks?: number;
  };
  /** What counts when an agent is chosen for a task. */
  readonly matching?: MatchingOptions;
  readonly learning?: {
    /** How others than the best are tried: by what it is worth to know them, by chance, or not. Default index. */
    readonly exploration?: Exploration;
    /** Executions of a kind of task after which half of what is believed of its agents is forgotten. Default 3,000. */
    readonly half_life_executions?: number;
    /** Default 30. */
    readonly half_life_days?: number;
    /** How many outcomes a declared proficiency is worth until the hub knows better. Default 6. */
    readonly prior_strength?: number;
  };
  readonly neural?: {
    /**
     * `basic`: no network. `advanced`: a network learns from settled tasks how likely an agent succeeds at one, and
     * has a say in the ranking. `gpu`: the same, and what is large may be computed by a graphics card. Default basic.
     */
    readonly mode?: NeuralMode;
    /** Written by `hive calibrate`. Default `crossovers.json` in the data directory. */
    readonly crossovers_file?: string;
  };
  readonly server?: {
    /** Default 127.0.0.1: this machine only. */
    readonly host?: string;
    /** 0 takes any free port. Default 8080. */
    readonly port?: number;
    /** How long `POST /api/v1/agents/{name}/tasks` waits for a result. Default 30. */
    readonly request_timeout_secs?: number;
    /** Bodies other than blobs. Default 1 MiB. */
    readonly body_limit_bytes?: number;
    readonly max_sockets?: number;
    /** Origins of pages that may call; `*` for all. Default none. */
    readonly cors_origins?: readonly string[];
  };
  readonly security?: {
    /** Reads of state need no token while bound to loopback. Default true. */
    readonly open_on_loopback?: boolean;
    /** Made at the first start. Default `secret` in the data directory. */
    readonly secret_file?: string;
    /** How long tokens last. Default 30 days. */
    readonly token_ttl_seconds?: number;
  };
  readonly logging?: { readonly level?: LogLevel };
  /** Where log lines go. Default: JSON lines on stderr. */
  readonly log?: Log;
  /** Definitions beside those that the paths name. */
  readonly definitions?: readonly AgentDefinition[];
  /** Called when the journal will take nothing more. The process should end; the next start recovers. */
  readonly onLost?: (error: Error) => void;
}

/** Who a token is for. */
export interface TokenRequest {
  /** Default `owner`. */
  readonly subject?: string;
  /** `client` for everything but administration, `admin` for all. Default admin. */
  readonly scopes?: readonly Scope[];
  /** At most and by default security.token_ttl_seconds. */
  readonly ttlSeconds?: number;
}

/** A running hub. */
export interface HubHandle {
  readonly hub: Hub;
  readonly system: ActorSystem;
  readonly log: Log;
  /** Where the gateway answers, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  /** Signs a token for this hub; an admin's unless told otherwise. */
  token(request?: TokenRequest): Promise<string>;
  /** How long the oldest unfinished commit has been on its way to the disk; 0 when none is. */
  commitPendingMs(): number;
  /** Takes nothing new and lets running attempts finish for `timeoutMs` (default 30 s). */
  drain(timeoutMs?: number): Promise<DrainReport>;
  /**
   * Lets running attempts finish for `timeoutMs` (default 30 s), then ends everything, phase by phase; resolves with
   * what failed or was cut off. Closing twice is fine.
   */
  close(timeoutMs?: number): Promise<ShutdownReport>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What running attempts get to finish when a hub closes. */
const DRAIN_TIMEOUT_MS = 30_000;
/** Beyond that: attempts that ignore their signal, and requests that wait for them. */
const FINISH_SLACK_MS = 11_000;
/** For the last checkpoint. */
const HUB_CLOSE_MS = 10_000;
const SHIPPED = "shipped";
const PREDICTOR_FILE = "predictor";
const DEFAULT_DIR = "./hive-data";
const DEFAULT_TOKEN_TTL_SECONDS = 30 * 86_400;

const { version } = createRequire(import.meta.url)("hive/package.json") as { version: string };

/** Opens a hub. Rejects with the reason, and then nothing is left open. */
export async function createHub(options: HubOptions = {}): Promise<HubHandle> {
  const own =
    options.log === undefined ? openLog({ level: options.logging?.level ?? "warn", fd: 2 }) : undefined;
  const log = options.log ?? (own as Log);
  const dir = resolve(options.data?.dir ?? DEFAULT_DIR);
  await makeDataDirectory(dir);
  const { threads = 0 } = options.runtime ?? {};
  const system = await createSystem({ ...(threads > 0 ? { threads } : {}), log });
  if (own !== undefined) system.onShutdown("close", "log", () => own.flush());
  try {
    return await compose(options, { dir, system, log });
  } catch (error) {
    await system.shutdown();
    throw error;
  }
}

async function compose(
  options: HubOptions,
  { dir, system, log }: { dir: string; system: ActorSystem; log: Log },
): Promise<HubHandle> {
  const ports = {
    clock: systemClock(),
    timers: systemTimers(),
    random: systemRandom(),
    scheduler: systemScheduler(),
    log,
  };
  const database = await openDatabase({ dir, timers: ports.timers, log });
  system.onShutdown("close", "database", () => database.close());
  const journal = await openJournal<JournalEntry>(database, ports);
  system.onShutdown("flush-store", "journal", () => journal.close());
  const blobs = openBlobs({ dir });
  const definitions = new Definitions([
    ...(options.definitions ?? []),
    ...(await loadDefinitions(agentPaths(options.agents?.paths))),
  ]);
  const lost = (error: Error): void => {
    log.log("fatal", "the journal is lost to this process; restart it", { reason: error.message });
    options.onLost?.(error);
  };
  const { addon } = system;
  const { mode = HUB_DEFAULTS.neural.mode, crossovers_file: crossoversFile } = options.neural ?? {};
  const compute = await openCompute({
    mode,
    addon,
    ports,
    crossoversFile: crossoversFile || join(dir, CROSSOVERS_FILE),
  });
  system.onShutdown("stop-hub", "compute process", () => compute.close());
  const predictorFile = join(dir, PREDICTOR_FILE);
  const foundation = {
    system,
    journal,
    blobs,
    ports,
    compute,
    definitions,
    predictorFile,
    identity: dir,
    lost,
  };
  const hub = await openHub(foundation, hubSettings(options));
  system.onShutdown("stop-hub", "hub", () => hub.close(), { timeoutMs: HUB_CLOSE_MS });
  const door = await openDoor(options, { dir, hub, system, compute, ports });
  const { gateway } = door;
  system.onShutdown("stop-intake", "gateway", () => gateway.drain());
  const finish = async (limitMs: number): Promise<void> => {
    try {
      await hub.drain(Math.max(0, limitMs - FINISH_SLACK_MS));
    } finally {
      await gateway.close();
    }
  };
  const limits = { timeoutMs: DRAIN_TIMEOUT_MS + FINISH_SLACK_MS };
  system.onShutdown("finish-requests", "running tasks and requests", finish, limits);
  return new OpenHub({ hub, system, journal, log, ...door });
}

/** Metrics, tokens and the gateway: what callers outside meet. */
async function openDoor(
  options: HubOptions,
  inside: {
    dir: string;
    hub: Hub;
    system: ActorSystem;
    compute: Compute;
    ports: Pick<ThreadPorts, "clock" | "timers" | "scheduler" | "log">;
  },
): Promise<{ gateway: Gateway; tokens: Tokens }> {
  const { dir, hub, system, compute, ports } = inside;
  const { server = {}, security = {} } = options;
  const { host, port, bodyLimitBytes, maxSockets, corsOrigins, requestTimeoutMs } = GATEWAY_DEFAULTS;
  const bound = server.host ?? host;
  const secret = await openSecret(security.secret_file || join(dir, "secret"));
  const ttlSeconds = security.token_ttl_seconds ?? DEFAULT_TOKEN_TTL_SECONDS;
  const tokens = openTokens({ secret, ttlSeconds, clock: ports.clock });
  const metrics = openMetrics(ports);
  system.onShutdown("stop-hub", "metrics", () => metrics.close());
  const timeoutSeconds = server.request_timeout_secs;
  const machine = systemInfo(system);
  const gateway = await openGateway({
    hub,
    system,
    access: createGate({ tokens, host: bound, openOnLoopback: security.open_on_loopback ?? true }),
    metrics,
    options: {
      host: bound,
      port: server.port ?? port,
      requestTimeoutMs: timeoutSeconds === undefined ? requestTimeoutMs : timeoutSeconds * 1_000,
      bodyLimitBytes: server.body_limit_bytes ?? bodyLimitBytes,
      maxSockets: server.max_sockets ?? maxSockets,
      corsOrigins: server.cors_origins ?? corsOrigins,
      version,
      systemInfo: () => ({ ...machine, gpu_optional: compute.status().gpu_optional.mode === "webgpu" }),
    },
    log: ports.log,
    ports,
  });
  return { gateway, tokens };
}

/** What the machine offers and which of it is in use. */
function systemInfo({ native }: ActorSystem): Readonly<Record<string, unknown>> {
  return {
    cpu_native: native.loaded,
    ...(native.reason === undefined ? {} : { cpu_native_reason: native.reason }),
    bell: native.loaded ? "native" : "message-port",
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpu_cores: availableParallelism(),
  };
}

interface OpenParts {
  readonly hub: Hub;
  readonly system: ActorSystem;
  readonly journal: Journal<JournalEntry>;
  readonly log: Log;
  readonly gateway: Gateway;
  readonly tokens: Tokens;
}

class OpenHub implements HubHandle {
  readonly hub: Hub;
  readonly system: ActorSystem;
  readonly log: Log;
  readonly url: string;
  readonly port: number;
  readonly #parts: OpenParts;

  constructor(parts: OpenParts) {
    this.hub = parts.hub;
    this.system = parts.system;
    this.log = parts.log;
    this.url = parts.gateway.url;
    this.port = parts.gateway.port;
    this.#parts = parts;
  }

  token({ subject = "owner", scopes = ["admin"], ttlSeconds }: TokenRequest = {}): Promise<string> {
    const holder = { subject, scopes };
    return this.#parts.tokens.issue(ttlSeconds === undefined ? holder : { ...holder, ttlSeconds });
  }

  commitPendingMs(): number {
    const since = this.#parts.journal.pendingSinceMs;
    return since === undefined ? 0 : systemClock().nowMs() - since;
  }

  drain(timeoutMs = DRAIN_TIMEOUT_MS): Promise<DrainReport> {
    this.#parts.gateway.drain();
    return this.hub.drain(timeoutMs);
  }

  close(timeoutMs = DRAIN_TIMEOUT_MS): Promise<ShutdownReport> {
    return this.system.shutdown({ timeoutMs: { "finish-requests": timeoutMs + FINISH_SLACK_MS } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function agentPaths(paths: readonly string[] = [SHIPPED]): readonly string[] {
  const shipped = fileURLToPath(new URL("../actors", import.meta.url));
  return paths.map((path) => (path === SHIPPED ? shipped : path));
}

function hubSettings(options: HubOptions): Partial<HubSettings> {
  const { tasks = {}, agents = {}, matching, learning = {}, neural = {} } = options;
  const settings: Record<string, unknown> = {
    agingSeconds: tasks.aging_seconds,
    loadPriority: tasks.load_priority,
    maxOpen: tasks.max_open,
    defaultTimeoutSeconds: tasks.default_timeout_seconds,
    maxRetries: tasks.max_retries,
    maxConcurrentTasks: agents.max_concurrent_tasks,
    weights: termWeights(matching),
    learning: {
      exploration: learning.exploration ?? HUB_DEFAULTS.learning.exploration,
      halfLifeExecutions: learning.half_life_executions ?? HUB_DEFAULTS.learning.halfLifeExecutions,
      halfLifeDays: learning.half_life_days ?? HUB_DEFAULTS.learning.halfLifeDays,
      priorStrength: learning.prior_strength ?? HUB_DEFAULTS.learning.priorStrength,
    },
    neural: { mode: neural.mode ?? HUB_DEFAULTS.neural.mode },
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
