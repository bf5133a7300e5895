// Is it there, is it well, can it take work: `/`, `/health`, `/livez`, `/readyz`. All are open, also while draining.
// Why the plain answer is kept for a millisecond: a balancer asks thousands of times a second, and health cannot change
// faster than that.

import type { Clock } from "../base/ports.js";
import { plain, type Reply, type Route } from "./exchange.js";
import type { HubFace, HubHealth, SystemFace } from "./faces.js";

export interface HealthDeps {
  readonly hub: HubFace;
  readonly system: SystemFace;
  readonly clock: Clock;
  readonly version: string;
  /** What `system_info` says of the machine: engines, bell, cores. */
  readonly systemInfo: () => Readonly<Record<string, unknown>>;
  readonly isDraining: () => boolean;
}

const KEEP_MS = 1;

/** Components that must work before the hub takes requests. */
const READINESS: readonly string[] = ["store", "threads"];

function isWell(component: { readonly status: string } | undefined): boolean {
  return component?.status === "healthy" || component?.status === "degraded";
}

/** The hub's health and that of its threads; the worst component decides. */
function wholeHealth(hub: HubFace, system: SystemFace): HubHealth {
  const { status, components } = hub.health();
  const threads = system.threads();
  const running = threads.filter(({ state }) => state === "running" || state === "draining").length;
  const threadStatus = running === threads.length ? "healthy" : running > 0 ? "degraded" : "unhealthy";
  const worst = WORSE.find((one) => one === status || one === threadStatus) ?? "healthy";
  return {
    status: worst,
    components: { ...components, threads: { status: threadStatus, running, total: threads.length } },
  };
}

const WORSE = ["unhealthy", "degraded"] as const;

function details({ hub, isDraining }: HealthDeps): Readonly<Record<string, unknown>> {
  return {
    draining: isDraining(),
    hive: hub.status(),
    resources: hub.resources(),
    compute: hub.compute(),
  };
}

export function healthRoutes(deps: HealthDeps): readonly Route[] {
  const { hub, system, clock, version } = deps;
  let kept: Reply | undefined;
  let keptUntilMs = 0;

  const health = (detailed: boolean): Reply => {
    const startedMs = clock.nowMs();
    const { status, components } = wholeHealth(hub, system);
    const body = {
      status,
      timestamp: new Date(clock.wallMs()).toISOString(),
      response_time_ms: Math.round((clock.nowMs() - startedMs) * 1000) / 1000,
      version,
      components,
      system_info: deps.systemInfo(),
      ...(detailed ? details(deps) : {}),
    };
    return plain(status === "unhealthy" ? 503 : 200, body);
  };

  const readiness = (): { ready: boolean; checks: Record<string, unknown> } => {
    const { components } = wholeHealth(hub, system);
    const checks: Record<string, unknown> = { draining: { ok: !deps.isDraining() } };
    for (const name of READINESS) checks[name] = { ok: isWell(components[name]), ...components[name] };
    return { ready: Object.values(checks).every((check) => (check as { ok: boolean }).ok), checks };
  };

  const open = { method: "GET", access: "open", whileDraining: true } as const;
  const banner = plain(200, {
    name: "hive",
    version,
    health: "/health",
    api: "/api",
    events: "/ws",
    documentation: "README.md",
  });
  return [
    { ...open, pattern: "/", handle: () => banner },
    {
      ...open,
      pattern: "/health",
      handle: (exchange) => {
        if (exchange.hasQuery && exchange.query.get("detailed") === "true") return health(true);
        const nowMs = clock.nowMs();
        if (kept === undefined || nowMs >= keptUntilMs) {
          const { status, body } = health(false);
          kept = { status, body: Buffer.from(body as string) };
          keptUntilMs = nowMs + KEEP_MS;
        }
        return kept;
      },
    },
    { ...open, pattern: "/livez", handle: () => plain(200, { status: "alive" }) },
    {
      ...open,
      pattern: "/readyz",
      handle: (exchange) => {
        const { ready, checks } = readiness();
        const body = exchange.query.has("verbose") ? { ready, checks } : { ready };
        return plain(ready ? 200 : 503, body);
      },
    },
  ];
}
