// The machine and the process: processor, memory, event loop, sampled on a timer so that a reader gets numbers of the
// last seconds and their trend, whoever asked last.

import { availableParallelism, cpus, freemem, loadavg, totalmem, uptime } from "node:os";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock, TimerHandle, Timers } from "../base/ports.js";
import { gauge, type Series } from "./series.js";

const SAMPLE_EVERY_MS = 5_000;
/** Five minutes of samples. */
const SAMPLES_MAX = 60;
const LOOP_RESOLUTION_MS = 20;
const NANOSECONDS_PER_MS = 1e6;
const PERCENT = 100;

export interface ProcessSample {
  readonly atMs: number;
  /** All processors of the machine, 0..100. */
  readonly cpuPercent: number;
  /** This process, in percent of one processor. */
  readonly processCpuPercent: number;
  readonly memoryPercent: number;
  readonly rssBytes: number;
  readonly loopLagP99Ms: number;
}

interface CpuTimes {
  readonly busyMs: number;
  readonly totalMs: number;
  readonly processMs: number;
  readonly atMs: number;
}

function memoryPercent(): number {
  return (1 - freemem() / totalmem()) * PERCENT;
}

export class ProcessProbe {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #loop: IntervalHistogram;
  readonly #samples: ProcessSample[] = [];
  #before: CpuTimes;
  #timer: TimerHandle | undefined;
  #closed = false;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
    this.#loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    this.#before = this.#cpuTimes();
  }

  start(): void {
    this.#loop.enable();
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#loop.disable();
  }

  /** The youngest sample; one is taken now when there is none yet. */
  latest(): ProcessSample {
    return this.#samples.at(-1) ?? this.#sample();
  }

  system(): Readonly<Record<string, unknown>> {
    const sample = this.latest();
    return {
      cpu_usage_percent: round(sample.cpuPercent),
      process_cpu_percent: round(sample.processCpuPercent),
      memory_usage_percent: round(sample.memoryPercent),
      event_loop_lag_p99_ms: round(sample.loopLagP99Ms),
      load_average: loadavg().map(round),
      cpu_count: availableParallelism(),
      uptime_seconds: Math.floor(uptime()),
      process_uptime_seconds: Math.floor(process.uptime()),
    };
  }

  memory(): Readonly<Record<string, number>> {
    const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
    return {
      rss_bytes: rss,
      heap_used_bytes: heapUsed,
      heap_total_bytes: heapTotal,
      external_bytes: external,
      array_buffers_bytes: arrayBuffers,
      system_total_bytes: totalmem(),
      system_free_bytes: freemem(),
      usage_percent: round(memoryPercent()),
    };
  }

  /** How the last minutes moved: from the oldest sample kept to the youngest. */
  trends(): Readonly<Record<string, unknown>> {
    const last = this.latest();
    const first = this.#samples[0] ?? last;
    return {
      window_seconds: Math.round((last.atMs - first.atMs) / 1000),
      samples: this.#samples.length,
      cpu_usage_percent_change: round(last.cpuPercent - first.cpuPercent),
      memory_usage_percent_change: round(last.memoryPercent - first.memoryPercent),
      rss_bytes_change: last.rssBytes - first.rssBytes,
      event_loop_lag_p99_ms_change: round(last.loopLagP99Ms - first.loopLagP99Ms),
    };
  }

  series(): readonly Series[] {
    const sample = this.latest();
    return [
      gauge("hive_cpu_usage_ratio", "Share of the machine's processors in use", sample.cpuPercent / PERCENT),
      gauge(
        "hive_memory_usage_ratio",
        "Share of the machine's memory in use",
        sample.memoryPercent / PERCENT,
      ),
      gauge(
        "hive_event_loop_lag_p99_seconds",
        "Delay of the main thread's event loop",
        sample.loopLagP99Ms / 1000,
      ),
    ];
  }

  #schedule(): void {
    this.#timer = this.#timers.after(SAMPLE_EVERY_MS, () => {
      if (this.#closed) return;
      this.#sample();
      this.#schedule();
    });
  }

  #cpuTimes(): CpuTimes {
    let busyMs = 0;
    let totalMs = 0;
    for (const { times } of cpus()) {
      const sumMs = times.user + times.nice + times.sys + times.idle + times.irq;
      totalMs += sumMs;
      busyMs += sumMs - times.idle;
    }
    const { user, system } = process.cpuUsage();
    return { busyMs, totalMs, processMs: (user + system) / 1000, atMs: this.#clock.nowMs() };
  }

  #sample(): ProcessSample {
    const now = this.#cpuTimes();
    const before = this.#before;
    const share = (part: number, whole: number): number => (whole > 0 ? (part / whole) * PERCENT : 0);
    const lagMs = this.#loop.percentile(99) / NANOSECONDS_PER_MS - LOOP_RESOLUTION_MS;
    const sample: ProcessSample = {
      atMs: now.atMs,
      cpuPercent: share(now.busyMs - before.busyMs, now.totalMs - before.totalMs),
      processCpuPercent: share(now.processMs - before.processMs, now.atMs - before.atMs),
      memoryPercent: memoryPercent(),
      rssBytes: process.memoryUsage.rss(),
      loopLagP99Ms: Number.isFinite(lagMs) ? Math.max(0, lagMs) : 0,
    };
    this.#before = now;
    this.#loop.reset();
    this.#samples.push(sample);
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
    return sample;
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
