import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock, systemTimers } from "../../src/base/clock.js";
import { HttpTraffic } from "../../src/observe/http-traffic.js";
import { type Metrics, openMetrics } from "../../src/observe/metrics.js";
import { counter, gauge, labelled } from "../../src/observe/series.js";

describe("metrics", () => {
  let metrics: Metrics;
  beforeEach(() => {
    metrics = openMetrics({ clock: systemClock(), timers: systemTimers() });
  });
  afterEach(() => metrics.close());

  it("read their probes when they are collected, as Prometheus text", async () => {
    let tasks = 1;
    metrics.addProbe(() => [
      gauge("hive_tasks_open", "Open tasks", tasks),
      counter("hive_tasks_submitted_total", "Tasks", 7),
      labelled("hive_tasks", "Tasks by status", "gauge", "status", { queued: 2, running: 3 }),
    ]);
    expect((await metrics.text()).text).toMatch(/^hive_tasks_open 1$/m);
    tasks = 2;
    const { text, mediaType } = await metrics.text();
    expect(mediaType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toMatch(/^# TYPE hive_tasks_open gauge\nhive_tasks_open 2$/m);
    expect(text).toMatch(/^# TYPE hive_tasks_submitted_total counter\nhive_tasks_submitted_total 7$/m);
    expect(text).toMatch(/^hive_tasks\{status="running"\} 3$/m);
    expect(text).toMatch(/^process_cpu_user_seconds_total /m);
    expect(text).toMatch(/^hive_event_loop_lag_p99_seconds /m);
  });

  it("have a JSON form with the sections that were added", () => {
    metrics.addSection("database", () => ({ state: "open" }));
    const json = JSON.parse(JSON.stringify(metrics.json()));
    expect(json.current_metrics.system.cpu_usage_percent).toBeTypeOf("number");
    expect(json.current_metrics.database).toEqual({ state: "open" });
    expect(json.memory_stats.rss_bytes).toBeGreaterThan(1_000_000);
    expect(json.trends.window_seconds).toBeTypeOf("number");
  });

  it("count requests by route, method and status in cumulative buckets", async () => {
    metrics.http.record("/a/{id}", "GET", 200, 3);
    metrics.http.record("/a/{id}", "GET", 200, 400_000);
    metrics.http.record("/a/{id}", "BREW", 500, 0.2);
    const { text } = await metrics.text();
    expect(text).toMatch(/^hive_http_requests_total\{route="\/a\/\{id\}",method="GET",status="200"\} 2$/m);
    expect(text).toMatch(/^hive_http_requests_total\{route="\/a\/\{id\}",method="OTHER",status="500"\} 1$/m);
    expect(text).toMatch(/^hive_http_request_duration_seconds_bucket\{route="\/a\/\{id\}",le="0.0005"\} 1$/m);
    expect(text).toMatch(/^hive_http_request_duration_seconds_bucket\{route="\/a\/\{id\}",le="0.005"\} 2$/m);
    expect(text).toMatch(/^hive_http_request_duration_seconds_bucket\{route="\/a\/\{id\}",le="\+Inf"\} 3$/m);
    expect(text).toMatch(/^hive_http_request_duration_seconds_count\{route="\/a\/\{id\}"\} 3$/m);
    expect(text.match(/# TYPE hive_http_request_duration_seconds histogram/g)).toHaveLength(1);
  });
});

describe("http traffic", () => {
  it("sums up", () => {
    const traffic = new HttpTraffic();
    expect(traffic.summary()).toMatchObject({ requests_total: 0, mean_duration_ms: 0 });
    traffic.record("/a", "GET", 200, 10);
    traffic.record("/b", "POST", 503, 20);
    expect(traffic.summary()).toEqual({
      requests_total: 2,
      errors_total: 1,
      mean_duration_ms: 15,
      by_route: { "/a": 1, "/b": 1 },
    });
  });
});
