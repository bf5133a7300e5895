// The gateway of a hub: everything a client outside can reach, put together. The ways in:
//   HTTP       server > http-front > *-routes > the hub
//   events     server > socket-front > sockets > event-socket, event-stream < the hub's events
//   actors     server > socket-front > sockets > actor-socket > the actor system
// Proven by test/gateway and test/ways/task.test.ts.

import type { Gate } from "../access/gate.js";
import type { Clock, Log, Scheduler, Timers } from "../base/ports.js";
import type { Metrics } from "../observe/metrics.js";
import { counter, gauge, labelled, type Series } from "../observe/series.js";
import { actorRoutes } from "./actor-routes.js";
import { adminRoutes } from "./admin-routes.js";
import { agentRoutes } from "./agent-routes.js";
import { agentTaskRoutes } from "./agent-task-routes.js";
import { blobRoutes } from "./blob-routes.js";
import { EventStream } from "./event-stream.js";
import type { Reply } from "./exchange.js";
import type { HubFace, SystemFace } from "./faces.js";
import { healthRoutes } from "./health-routes.js";
import { ActorBook } from "./reach-actor.js";
import { openServer, type Server } from "./server.js";
import { upgradeRoute } from "./socket-front.js";
import { Sockets } from "./sockets.js";
import { statusRoutes } from "./status-routes.js";
import { taskRoutes } from "./task-routes.js";

export interface GatewayOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly requestTimeoutMs: number;
  readonly bodyLimitBytes: number;
  readonly maxSockets: number;
  readonly corsOrigins: readonly string[];
  readonly version: string;
  /** What `/health` says of the machine under `system_info`. */
  readonly systemInfo: () => Readonly<Record<string, unknown>>;
}

export const GATEWAY_DEFAULTS = Object.freeze({
  host: "127.0.0.1",
  port: 8080,
  requestTimeoutMs: 30_000,
  bodyLimitBytes: 1024 * 1024,
  maxSockets: 500,
  corsOrigins: [] as readonly string[],
}) satisfies Partial<GatewayOptions>;

export interface GatewayDeps {
  readonly hub: HubFace;
  readonly system: SystemFace;
  /** Decides who may call. */
  readonly access: Gate;
  readonly metrics: Metrics;
  readonly options: GatewayOptions;
  readonly log: Log;
  readonly ports: { readonly clock: Clock; readonly timers: Timers; readonly scheduler: Scheduler };
}

export interface Gateway {
  /** Where it answers, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  /** Refuses new work with 503 from now on; health and metrics still answer. */
  drain(): void;
  /** Drains, waits for requests in progress up to `timeoutMs`, closes everything. Closing twice is fine. */
  close(timeoutMs?: number): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 5_000;

/** Opens the gateway. Rejects with PORT_TAKEN or GATEWAY_UNSUPPORTED. */
export async function openGateway(deps: GatewayDeps): Promise<Gateway> {
  const { hub, system, access, metrics, options, log, ports } = deps;
  const { clock, timers } = ports;
  let server: Server | undefined;
  let draining = false;
  const stream = new EventStream(
    hub.events,
    (topic, message) => server?.publish(topic, message),
    ports.scheduler.soon,
  );
  const book = new ActorBook(system);
  const { corsOrigins: origins, maxSockets } = options;
  const sockets = new Sockets({ hub, book, gate: access, stream, maxSockets, origins, clock, timers, log });
  const isDraining = (): boolean => draining;
  const { version, systemInfo, requestTimeoutMs } = options;
  metrics.addProbe(() => [...gatewaySeries(server, system), ...hubSeries(hub)]);
  metrics.addSection("threads", () => system.threads());
  metrics.addSection("hive", () => hub.status());
  metrics.addSection("database", () => hub.health().components.store);
  try {
    server = await openServer({
      host: options.host,
      port: options.port,
      bodyLimitBytes: options.bodyLimitBytes,
      routes: [
        ...healthRoutes({ hub, system, clock, version, systemInfo, isDraining }),
        ...statusRoutes({ hub, metrics }),
        ...agentRoutes(hub),
        ...taskRoutes(hub),
        ...agentTaskRoutes({ hub, requestTimeoutMs }),
        ...blobRoutes(hub),
        ...actorRoutes(book),
        ...adminRoutes(system),
        upgradeRoute(sockets.path),
      ],
      gate: (kind, authorization, host) => access.admit(kind, authorization, host),
      originHeaders: (origin) => originHeaders(origins, origin),
      sockets,
      clock,
      timers,
      log,
      observe: (label, method, status, elapsedMs) => metrics.http.record(label, method, status, elapsedMs),
    });
  } catch (error) {
    sockets.close();
    throw error;
  }
  const bound = server;
  const drain = (): void => {
    draining = true;
    bound.drain();
  };
  return {
    port: bound.port,
    url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${bound.port}`,
    drain,
    close: async (timeoutMs = CLOSE_TIMEOUT_MS) => {
      drain();
      await bound.close(timeoutMs);
      sockets.close();
      stream.close();
    },
  };
}

function originHeaders(allowed: readonly string[], origin: string): Reply["headers"] {
  if (!allowed.includes("*") && !allowed.includes(origin)) return undefined;
  return [
    ["access-control-allow-origin", origin],
    ["access-control-expose-headers", "location, retry-after"],
    ["vary", "origin"],
  ];
}

function gatewaySeries(server: Server | undefined, system: SystemFace): readonly Series[] {
  const threads = system.threads();
  const states: Record<string, number> = {};
  for (const { state } of threads) states[state] = (states[state] ?? 0) + 1;
  return [
    gauge("hive_gateway_sockets", "Open WebSockets", server?.socketCount ?? 0),
    gauge("hive_gateway_requests_in_progress", "Requests being answered", server?.requestCount ?? 0),
    labelled("hive_threads", "Worker threads by state", "gauge", "state", states),
  ];
}

function hubSeries(hub: HubFace): readonly Series[] {
  const { agents, tasks } = hub.status();
  const { queue, executor, metrics } = tasks;
  return [
    labelled("hive_agents", "Agents by state", "gauge", "state", agents.by_state),
    labelled("hive_tasks", "Tasks by status", "gauge", "status", queue.by_status),
    gauge("hive_tasks_waiting", "Tasks in the queue", queue.waiting),
    gauge("hive_tasks_parked", "Waiting tasks that nobody can do now", queue.parked),
    gauge("hive_attempts_running", "Attempts in progress", executor.running),
    gauge("hive_attempt_slots", "Attempts that could be in progress at once", executor.slots),
    gauge("hive_load_ratio", "Share of the slots in use", executor.load),
    counter("hive_tasks_submitted_total", "Tasks accepted", metrics.submitted),
    counter("hive_tasks_settled_total", "Tasks settled", metrics.settled),
    counter("hive_task_retries_total", "Attempts that were tried again", metrics.retries),
  ];
}
