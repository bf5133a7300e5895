// The parent of a hub process: starts it, listens to its heartbeat, kills it when it is stuck, respawns it when it
// dies, stops it gracefully. It holds no port and no store, so it has nothing to lose and little to crash on.
// The way: `start` forks; beats arrive in `hear`; `check` asks cli/respawn.ts for life; `buried` asks it for what next.
// Why a process and not a thread: native code, out-of-memory and `kill -9` take a whole process, and everything
// acknowledged is on disk, so a fresh process is the one cure that always fits.

import type { ChildProcess } from "node:child_process";
import type { Clock, Log } from "../base/ports.js";
import { BEAT_INTERVAL_MS, type HubMessage, type ParentMessage } from "./parent-protocol.js";
import {
  type DeathCause,
  decideRespawn,
  describeDeath,
  judgeLife,
  type RespawnPolicy,
  type WatchPolicy,
} from "./respawn.js";
import type { Settings } from "./settings-shape.js";

export interface HubReady {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** 0 for the first hub of this parent. */
  readonly respawns: number;
}

export interface ParentOptions {
  readonly settings: Settings;
  /** Forks the hub process with an IPC channel. */
  readonly forkHub: () => ChildProcess;
  readonly respawn: RespawnPolicy;
  readonly watch: WatchPolicy;
  /** A start that takes longer is talked about, each time that this much more has gone by. */
  readonly slowStartMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Called each time a hub is ready. */
  readonly onReady?: (ready: HubReady) => void;
}

interface Child {
  readonly process: ChildProcess;
  readonly startedMs: number;
  lastBeatMs: number;
  commitPendingMs: number;
  isReady: boolean;
  /** How often the log said that it is still starting. */
  slowNotices: number;
  /** Set before the parent kills it or when the hub refused; else its exit speaks for itself. */
  cause: DeathCause | undefined;
}

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly child: Child }
  | { readonly kind: "waiting"; readonly timer: NodeJS.Timeout }
  | { readonly kind: "stopping"; readonly child: Child; readonly deadline: NodeJS.Timeout }
  | { readonly kind: "done"; readonly exitCode: number };

/** Beyond the time for running tasks: closing sockets, flushing the store, ending threads. */
const STOP_SLACK_MS = 15_000;
/** For a hub that is still starting: nobody can call it, and what hangs in a start seldom lets go. */
const STARTING_STOP_MS = 4_000;
/** For a killed process to go. One that waits for a broken disk may never, and nobody should wait with it. */
const BURIAL_MS = 1_000;

export class HubParent {
  readonly #options: ParentOptions;
  readonly #exited: Promise<number>;
  #settleExit: (exitCode: number) => void = () => undefined;
  #state: State = { kind: "idle" };
  #watch: NodeJS.Timeout | undefined;
  #checkedMs = 0;
  #quickDeaths = 0;
  #respawns = 0;
  #everReady = false;
  #port: number;

  constructor(options: ParentOptions) {
    this.#options = options;
    this.#port = options.settings.server.port;
    this.#exited = new Promise((resolve) => {
      this.#settleExit = resolve;
    });
  }

  /** The exit code of `hive start`, once there is no hub any more and none will come. */
  get exited(): Promise<number> {
    return this.#exited;
  }

  get respawns(): number {
    return this.#respawns;
  }

  /** Starts the first hub. */
  start(): void {
    if (this.#state.kind !== "idle") return;
    this.#watch = setInterval(() => this.#check(), BEAT_INTERVAL_MS / 2);
    this.#checkedMs = this.#options.clock.nowMs();
    this.#fork();
  }

  /**
   * Stops gracefully: running tasks get `timeoutMs`. A hub that is still starting is ended after a few seconds instead.
   * Calling it again changes nothing.
   */
  stop(timeoutMs: number): void {
    const state = this.#state;
    if (state.kind === "waiting") clearTimeout(state.timer);
    if (state.kind === "idle" || state.kind === "waiting") this.#finish(0);
    if (state.kind !== "running") return;
    const { child } = state;
    const limitMs = child.isReady ? timeoutMs + STOP_SLACK_MS : STARTING_STOP_MS;
    const deadline = setTimeout(() => this.#overdue(child, limitMs), limitMs);
    this.#state = { kind: "stopping", child, deadline };
    this.#send(child, { type: "stop", timeoutMs });
  }

  #overdue(child: Child, limitMs: number): void {
    const late = `the hub did not stop within ${limitMs} ms and is killed`;
    const starting = `the hub was still starting, ${this.#whatStarts()}, and is killed: nobody could call it yet`;
    this.#options.log.log(child.isReady ? "error" : "warn", child.isReady ? late : starting);
    child.process.kill("SIGKILL");
    const deadline = setTimeout(() => {
      const advice = "it waits in the system, probably for its disk; look at that before the next start";
      this.#options.log.log("error", `the hub process ${child.process.pid} cannot be killed: ${advice}`);
      // Its exit would hold this process open.
      child.process.unref();
      if (child.process.connected) child.process.disconnect();
      this.#finish(1);
    }, BURIAL_MS);
    this.#state = { kind: "stopping", child, deadline };
  }

  /** What a hub does until it is ready, in words for the log. */
  #whatStarts(): string {
    return `opening and recovering the data directory ${this.#options.settings.data.dir}`;
  }

  /** Ends the hub at once. What it had acknowledged is on disk. */
  kill(): void {
    const state = this.#state;
    if (state.kind === "waiting") clearTimeout(state.timer);
    if (state.kind === "running" || state.kind === "stopping") state.child.process.kill("SIGKILL");
    if (state.kind !== "done") this.#finish(1);
  }

  #fork(): void {
    const { clock, settings, forkHub } = this.#options;
    const nowMs = clock.nowMs();
    const child: Child = {
      process: forkHub(),
      startedMs: nowMs,
      lastBeatMs: nowMs,
      commitPendingMs: 0,
      isReady: false,
      slowNotices: 0,
      cause: undefined,
    };
    this.#state = { kind: "running", child };
    child.process.on("message", (message) => this.#hear(child, message as HubMessage));
    child.process.once("error", (error) => {
      child.cause ??= {
        kind: "refused",
        exitCode: 1,
        message: `the hub process cannot be started: ${error.message}`,
      };
      if (child.process.pid === undefined) this.#buried(child, { kind: "exit", code: 1 });
    });
    child.process.once("exit", (code, signal) => {
      this.#buried(child, signal === null ? { kind: "exit", code: code ?? 1 } : { kind: "signal", signal });
    });
    this.#send(child, { type: "start", settings, port: this.#port });
  }

  #send(child: Child, message: ParentMessage): void {
    if (!child.process.connected) return;
    // Why the error is dropped: a channel that breaks means the child is ending, and its exit is on its way.
    child.process.send(message, () => undefined);
  }

  #hear(child: Child, message: HubMessage): void {
    child.lastBeatMs = this.#options.clock.nowMs();
    if (message.type === "beat") child.commitPendingMs = message.commitPendingMs;
    if (message.type === "refused") {
      child.cause = { kind: "refused", exitCode: message.exitCode, message: message.message };
    }
    // A hub that gets ready while it is being stopped is nobody's to call.
    if (message.type !== "ready" || this.#state.kind !== "running") return;
    child.isReady = true;
    this.#everReady = true;
    // A free port was asked for: the one that was found is kept, so that clients find the next hub where this one was.
    this.#port = message.port;
    const pid = child.process.pid ?? 0;
    this.#options.onReady?.({ url: message.url, port: message.port, pid, respawns: this.#respawns });
  }

  #check(): void {
    const state = this.#state;
    const nowMs = this.#options.clock.nowMs();
    const lateMs = nowMs - this.#checkedMs - BEAT_INTERVAL_MS / 2;
    this.#checkedMs = nowMs;
    if (state.kind !== "running" && state.kind !== "stopping") return;
    const { child } = state;
    // A parent that was itself held up has beats waiting unread: it must not judge before it has listened.
    if (lateMs > BEAT_INTERVAL_MS) child.lastBeatMs = nowMs;
    if (child.cause !== undefined) return;
    const { isReady, commitPendingMs } = child;
    if (state.kind === "running" && !isReady) this.#tellSlowStart(child, nowMs);
    const silentMs = nowMs - child.lastBeatMs;
    const cause = judgeLife(this.#options.watch, { isReady, commitPendingMs, silentMs });
    if (cause === undefined) return;
    child.cause = cause;
    child.process.kill("SIGKILL");
  }

  /** A start may rightly take long, so it has no limit while the hub gives signs of life; but it is not silent. */
  #tellSlowStart(child: Child, nowMs: number): void {
    const takenMs = nowMs - child.startedMs;
    if (takenMs < (child.slowNotices + 1) * this.#options.slowStartMs) return;
    child.slowNotices += 1;
    const seconds = Math.round(takenMs / 1_000);
    const what = `the hub has been starting for ${seconds} s and is not ready yet: it is ${this.#whatStarts()}`;
    const advice = "if this goes on, look at the disk; SIGTERM or Ctrl-C ends it";
    this.#options.log.log("warn", `${what}; ${advice}`, {
      dir: this.#options.settings.data.dir,
      ms: takenMs,
    });
  }

  #buried(child: Child, seen: DeathCause): void {
    const state = this.#state;
    if (state.kind === "done" || !("child" in state) || state.child !== child) return;
    const cause = child.cause ?? seen;
    if (state.kind === "stopping") {
      clearTimeout(state.deadline);
      if (!child.isReady && seen.kind === "signal") return this.#finish(0);
      const wasClean = seen.kind === "exit" && seen.code === 0;
      if (!wasClean) this.#options.log.log("error", `while stopping, the hub ${describeDeath(cause)}`);
      return this.#finish(wasClean ? 0 : 1);
    }
    const livedMs = this.#options.clock.nowMs() - child.startedMs;
    const death = { cause, livedMs, everReady: this.#everReady };
    const verdict = decideRespawn(this.#options.respawn, this.#quickDeaths, death);
    if (verdict.kind === "give-up") {
      this.#options.log.log("fatal", verdict.message, { exit_code: verdict.exitCode });
      return this.#finish(verdict.exitCode);
    }
    this.#quickDeaths = verdict.quickDeaths;
    this.#options.log.log("error", `the hub ${describeDeath(cause)}; the next one starts`, {
      in_ms: verdict.delayMs,
      quick_deaths: verdict.quickDeaths,
    });
    const timer = setTimeout(() => {
      this.#respawns += 1;
      this.#fork();
    }, verdict.delayMs);
    this.#state = { kind: "waiting", timer };
  }

  #finish(exitCode: number): void {
    clearInterval(this.#watch);
    if (this.#state.kind === "stopping") clearTimeout(this.#state.deadline);
    this.#state = { kind: "done", exitCode };
    this.#settleExit(exitCode);
  }
}
