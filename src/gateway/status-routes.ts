// The state of the whole: status, resources, invariants, metrics. Reads that are open on loopback, except the audit.

import type { Metrics } from "../observe/metrics.js";
import { answer, plain, type Reply, type Route } from "./exchange.js";
import type { HubFace } from "./faces.js";

export interface StatusDeps {
  readonly hub: HubFace;
  readonly metrics: Metrics;
}

/** True for scrapers and for those who ask for it by name. */
function wantsText(accept: string, format: string | null): boolean {
  if (format !== null) return format === "prometheus";
  return /text\/plain|openmetrics/i.test(accept);
}

export function statusRoutes(deps: StatusDeps): readonly Route[] {
  const { hub, metrics } = deps;
  const read = { method: "GET", access: "read" } as const;
  return [
    { ...read, pattern: "/api/hive/status", handle: (exchange) => answer(exchange, 200, hub.status()) },
    { ...read, pattern: "/api/resources", handle: (exchange) => answer(exchange, 200, hub.resources()) },
    {
      method: "GET",
      access: "client",
      pattern: "/api/audit/invariants",
      handle: (exchange) => {
        const report = hub.invariants();
        return answer(exchange, 200, { ok: report.holds, ...report });
      },
    },
    {
      ...read,
      pattern: "/metrics",
      headers: ["accept"],
      whileDraining: true,
      handle: async (exchange): Promise<Reply> => {
        if (wantsText(exchange.header("accept"), exchange.query.get("format"))) {
          const { mediaType, text } = await metrics.text();
          return { status: 200, mediaType, body: text };
        }
        const body = metrics.json();
        // Why twice: some readers of the documents look under `data`, others at the top.
        return plain(200, { data: body, ...body, collection_timestamp: new Date().toISOString() });
      },
    },
  ];
}
