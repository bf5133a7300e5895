// The metrics of a process, as Prometheus reads them and as JSON. The only file that knows prom-client.
// Numbers live where they are made; probes read them when somebody collects, so that counting costs nothing extra and
// counters of other threads can stay in shared memory.

import { collectDefaultMetrics, type MetricObjectWithValues, type MetricValue, Registry } from "prom-client";
import type { Clock, Timers } from "../base/ports.js";
import { HttpTraffic } from "./http-traffic.js";
import { ProcessProbe } from "./process-probe.js";
import type { Probe, Series } from "./series.js";

export interface MetricsOptions {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** A section of the JSON form, read at each collection. */
export type Section = () => unknown;

export interface Metrics {
  readonly http: HttpTraffic;
  /** Adds numbers to the Prometheus form. */
  addProbe(probe: Probe): void;
  /** Adds a section to `current_metrics` of the JSON form. */
  addSection(name: string, section: Section): void;
  /** The Prometheus text and its media type. Scrapers that prefer OpenMetrics read it as well. */
  text(): Promise<{ readonly mediaType: string; readonly text: string }>;
  /** `{current_metrics, memory_stats, trends}`. */
  json(): Readonly<Record<string, unknown>>;
  close(): void;
}

type Collected = MetricObjectWithValues<MetricValue<string>>;

/** A series in the shape that the library's registry collects from. */
class SeriesMetric {
  readonly name: string;
  series: Series;

  constructor(series: Series) {
    this.name = series.name;
    this.series = series;
  }

  get(): Promise<Collected> {
    const { name, help, kind, samples } = this.series;
    const values = samples.map((sample) => ({
      value: sample.value,
      labels: sample.labels ?? {},
      ...(sample.name === undefined ? {} : { metricName: sample.name }),
    }));
    return Promise.resolve({ name, help, type: kind, values, aggregator: "sum" } as unknown as Collected);
  }
}

/** Starts sampling; `close` stops it. */
export function openMetrics(options: MetricsOptions): Metrics {
  const http = new HttpTraffic();
  const own = new ProcessProbe(options.clock, options.timers);
  own.start();
  const probes: Probe[] = [() => http.series(), () => own.series()];
  const sections = new Map<string, Section>([
    ["system", () => own.system()],
    ["http", () => http.summary()],
  ]);
  const defaults = new Registry();
  collectDefaultMetrics({ register: defaults });

  return {
    http,
    addProbe: (probe) => void probes.push(probe),
    addSection: (name, section) => void sections.set(name, section),
    text: async () => {
      const registry = new Registry();
      for (const metric of defaults.getMetricsAsArray()) registry.registerMetric(metric as never);
      for (const probe of probes) {
        for (const series of probe()) registry.registerMetric(new SeriesMetric(series) as never);
      }
      return { mediaType: registry.contentType, text: await registry.metrics() };
    },
    json: () => ({
      current_metrics: Object.fromEntries([...sections].map(([name, section]) => [name, section()])),
      memory_stats: own.memory(),
      trends: own.trends(),
    }),
    close: () => own.close(),
  };
}
