// Counts of HTTP requests by route pattern, method and status, and how long they took.
// Why not the metric library's own counters: one request would cost a microsecond of label hashing; here it costs two
// array increments, and the numbers take their final form when somebody collects them.
// Why pattern and not path: labels must be few, and ids must not become labels.

import type { Series } from "./series.js";

/** Upper edges of the duration buckets, in milliseconds. */
export const DURATION_EDGES_MS: readonly number[] = [
  0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
];

/** Methods that are counted by name; any other one counts as OTHER, since a caller may invent them. */
const METHODS: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]);

class RouteTraffic {
  /** Requests by `method status`. */
  readonly counts = new Map<string, Map<number, number>>();
  readonly buckets = new Float64Array(DURATION_EDGES_MS.length + 1);
  sumMs = 0;
  total = 0;
}

export class HttpTraffic {
  readonly #routes = new Map<string, RouteTraffic>();

  /** Counts one finished request; `status` 0 means that the caller went away before the answer. */
  record(route: string, method: string, status: number, elapsedMs: number): void {
    let traffic = this.#routes.get(route);
    if (traffic === undefined) {
      traffic = new RouteTraffic();
      this.#routes.set(route, traffic);
    }
    const name = METHODS.has(method) ? method : "OTHER";
    let statuses = traffic.counts.get(name);
    if (statuses === undefined) {
      statuses = new Map();
      traffic.counts.set(name, statuses);
    }
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    let bucket = 0;
    while (bucket < DURATION_EDGES_MS.length && elapsedMs > (DURATION_EDGES_MS[bucket] as number)) bucket++;
    traffic.buckets[bucket] = (traffic.buckets[bucket] as number) + 1;
    traffic.sumMs += elapsedMs;
    traffic.total++;
  }

  /** Requests so far, those answered with 5xx, and the mean time of an answer. */
  summary(): {
    requests_total: number;
    errors_total: number;
    mean_duration_ms: number;
    by_route: Record<string, number>;
  } {
    let requests = 0;
    let errors = 0;
    let sumMs = 0;
    const byRoute: Record<string, number> = {};
    for (const [route, traffic] of this.#routes) {
      requests += traffic.total;
      sumMs += traffic.sumMs;
      byRoute[route] = traffic.total;
      for (const statuses of traffic.counts.values()) {
        for (const [status, count] of statuses) if (status >= 500) errors += count;
      }
    }
    const meanMs = requests === 0 ? 0 : sumMs / requests;
    return { requests_total: requests, errors_total: errors, mean_duration_ms: meanMs, by_route: byRoute };
  }

  series(): readonly Series[] {
    return [this.#requestSeries(), this.#durationSeries()];
  }

  #requestSeries(): Series {
    const samples = [...this.#routes].flatMap(([route, traffic]) =>
      [...traffic.counts].flatMap(([method, statuses]) =>
        [...statuses].map(([status, value]) => ({
          labels: { route, method, status: String(status) },
          value,
        })),
      ),
    );
    return {
      name: "hive_http_requests_total",
      help: "HTTP requests answered; status 0: the caller left",
      kind: "counter",
      samples,
    };
  }

  #durationSeries(): Series {
    const name = "hive_http_request_duration_seconds";
    const samples: Series["samples"][number][] = [];
    for (const [route, traffic] of this.#routes) {
      let running = 0;
      for (let index = 0; index < traffic.buckets.length; index++) {
        running += traffic.buckets[index] as number;
        const edgeMs = DURATION_EDGES_MS[index];
        const le = edgeMs === undefined ? "+Inf" : String(edgeMs / 1000);
        samples.push({ name: `${name}_bucket`, labels: { route, le }, value: running });
      }
      samples.push({ name: `${name}_sum`, labels: { route }, value: traffic.sumMs / 1000 });
      samples.push({ name: `${name}_count`, labels: { route }, value: traffic.total });
    }
    return { name, help: "Time from a request's arrival to its answer", kind: "histogram", samples };
  }
}
