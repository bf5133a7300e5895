// The hub: agents, tasks, and everything between them, on the main thread. This file opens the parts, introduces them
// to each other, and is what others call. What happens to a task is told in hub/intake.ts.

import { createHash } from "node:crypto";
import type { ThreadPorts } from "../base/ports.js";
import { LEARNED_TERM_WEIGHTS } from "../compute/chooser.js";
import { LEARNER_DEFAULTS, Learner } from "../compute/learner.js";
import type { ActorSystem } from "../runtime/system.js";
import type { Blobs } from "../store/blobs.js";
import type { Journal } from "../store/journal.js";
import type { JournalEntry } from "../wire/entries.js";
import { Agenda } from "./agenda.js";
import type { AgentArgs } from "./agent-context.js";
import { superviseAgent } from "./agent-supervisor.js";
import { Agents } from "./agents.js";
import { AgentsFace } from "./agents-face.js";
import { Archive } from "./archive.js";
import { ByteSlab } from "./byte-slab.js";
import { Checkpointer } from "./checkpoint.js";
import type { Compute, ComputeStatus } from "./compute.js";
import type { Definitions } from "./definitions.js";
import { Dependencies } from "./dependencies.js";
import { Desk } from "./desk.js";
import type { ProgressMessage } from "./desk-protocol.js";
import { Dispatcher, isCurrent } from "./dispatch.js";
import { EntryWriter } from "./entry-writer.js";
import { EventStream, firstSeqAt } from "./events.js";
import type { ForecastStatus } from "./forecast.js";
import { Forecaster } from "./forecast.js";
import { IdempotencyKeys } from "./idempotency.js";
import { Intake } from "./intake.js";
import type { InvariantReport } from "./invariants.js";
import { checkInvariants } from "./invariants.js";
import { Ledger } from "./ledger.js";
import { LoadPriority } from "./load-priority.js";
import { Matcher } from "./match.js";
import type { HubParts, HubSettings } from "./parts.js";
import { WaitingRoom } from "./queue.js";
import type { RecoveryReport } from "./recovery.js";
import { recoverHub } from "./recovery.js";
import type { ResumeReport } from "./resume.js";
import { resumeTasks } from "./resume.js";
import { BACKOFF } from "./retry.js";
import { Roster } from "./roster.js";
import { Settler } from "./settle.js";
import type { HubHealth, HubResources, HubStatus } from "./status.js";
import { hubHealth, hubResources, hubStatus } from "./status.js";
import { TaskKinds } from "./task-kind.js";
import { TasksFace } from "./tasks-face.js";
import { trainingOn } from "./training.js";

export const HUB_DEFAULTS: HubSettings = Object.freeze({
  agingSeconds: 60,
  loadPriority: true,
  maxOpen: 1_000_000,
  defaultTimeoutSeconds: 300,
  maxRetries: 3,
  maxConcurrentTasks: 10,
  backoff: BACKOFF,
  stopGraceMs: 5_000,
  learning: Object.freeze({ ...LEARNER_DEFAULTS, exploration: "index" as const }),
  weights: LEARNED_TERM_WEIGHTS,
  neural: Object.freeze({ mode: "basic" as const }),
  checkpointEntries: 100_000,
});

/** The ports of the main thread that a hub uses. */
export type HubPorts = Omit<ThreadPorts, "bell">;

/** What a hub is built on. Opened and closed by whoever composes it. */
export interface HubFoundation {
  readonly system: ActorSystem;
  /** Not recovered yet: that is the hub's to do. */
  readonly journal: Journal<JournalEntry>;
  readonly blobs: Blobs;
  readonly ports: HubPorts;
  /** Opened on this machine by hub/compute.ts, closed by whoever opened it. */
  readonly compute: Compute;
  readonly definitions: Definitions;
  /** Where the outcome predictor is kept; without it, it begins anew with each start. */
  readonly predictorFile?: string;
  /** Names this hub among others; the data directory does. */
  readonly identity: string;
  /** The journal will take nothing more: the process must end and recover. */
  readonly lost: (error: Error) => void;
}

const STOP_SLACK_MS = 100;

/** What is left when a hub was drained. */
export interface DrainReport {
  /** Attempts that ended by themselves in time. */
  readonly finished: number;
  /** Attempts that were told to stop, and will be tried again after the next start. */
  readonly stopped: number;
}

export class Hub {
  readonly tasks: TasksFace;
  readonly agents: AgentsFace;
  readonly blobs: Blobs;
  readonly events: EventStream;
  readonly id: string;
  readonly #foundation: HubFoundation;
  readonly #parts: HubParts;
  readonly #dispatcher: Dispatcher;
  readonly #settler: Settler;
  readonly #dependencies: Dependencies;
  readonly #keeper: Agents;
  readonly #checkpointer: Checkpointer;
  readonly #loadPriority: LoadPriority;
  readonly #startedMs: number;
  #recovered: RecoveryReport | undefined = undefined;
  #resumed: ResumeReport | undefined = undefined;
  readonly #unsubscribe: () => void;
  #closing: Promise<void> | undefined = undefined;

  constructor(foundation: HubFoundation, settings: HubSettings) {
    const parts = makeParts(foundation, settings);
    this.#foundation = foundation;
    this.#parts = parts;
    this.#settler = new Settler(parts);
    this.#dispatcher = new Dispatcher(parts, (lease, outcome, fault) =>
      this.#settler.answered(lease, outcome, fault),
    );
    this.#settler.dispatcher = this.#dispatcher;
    parts.agenda.serve(this.#settler);
    this.#dependencies = new Dependencies(parts.ledger, parts.archive, this.#settler);
    this.#keeper = this.#makeKeeper();
    this.#checkpointer = new Checkpointer(parts, foundation.journal, {
      ...foundation.ports,
      nextFence: () => this.#dispatcher.nextFence,
    });
    this.#loadPriority = new LoadPriority(parts, foundation.ports.timers);
    const intake = new Intake(parts, this.#dispatcher, this.#dependencies, foundation.definitions);
    this.tasks = new TasksFace(parts, intake, this.#settler, this.#dispatcher, this.#dependencies);
    this.agents = new AgentsFace(parts, this.#keeper);
    this.blobs = foundation.blobs;
    this.events = parts.events;
    this.id = createHash("sha256").update(foundation.identity).digest("hex").slice(0, 16);
    this.#startedMs = parts.clock.wallMs();
    this.#unsubscribe = foundation.system.events.subscribe((event) => {
      if (event.type === "actor-restart") this.#keeper.noteRestart(event.path);
    });
  }

  /** Recovers what the journal holds, starts the agents, and goes on where the last run stopped. */
  async open(): Promise<void> {
    const { journal } = this.#foundation;
    const parts = this.#parts;
    this.#recovered = await recoverHub(parts, journal, (number, record) =>
      this.#keeper.makeRow(number, record),
    );
    await parts.forecast?.open();
    this.#dispatcher.reserveFence(this.#recovered.lastFence);
    await this.#keeper.startAll();
    this.#resumed = resumeTasks(parts, this.#dispatcher, this.#settler, this.#dependencies);
    if (parts.settings.loadPriority) this.#loadPriority.start();
    parts.log.log("info", "hub open", { ...this.#recovered, ...this.#resumed, agents: parts.roster.size });
  }

  /** What was recovered at the start. */
  get recovered(): (RecoveryReport & ResumeReport) | undefined {
    if (this.#recovered === undefined || this.#resumed === undefined) return undefined;
    return { ...this.#recovered, ...this.#resumed };
  }

  get isDraining(): boolean {
    return this.#dispatcher.isDraining;
  }

  status(): HubStatus {
    return hubStatus(this.#parts, this.#dispatcher, { hiveId: this.id, startedMs: this.#startedMs });
  }

  resources(): HubResources {
    return hubResources(this.#parts.clock.wallMs());
  }

  invariants(): InvariantReport {
    return checkInvariants(this.#parts, this.#dispatcher);
  }

  health(): HubHealth {
    return hubHealth(this.#parts, this.#dispatcher, this.#foundation.journal);
  }

  /** How the outcome predictor does; undefined in neural mode basic. */
  get forecast(): ForecastStatus | undefined {
    return this.#parts.forecast?.status();
  }

  /** The neural mode, the engines that compute, and what is known of their speed. */
  compute(): ComputeStatus {
    const { mode } = this.#parts.settings.neural;
    const { forecast } = this;
    const status = this.#foundation.compute.status();
    return { neural_mode: mode, ...status, ...(forecast === undefined ? {} : { predictor: forecast }) };
  }

  /** Writes a checkpoint now. */
  checkpoint(): Promise<void> {
    return this.#checkpointer.run();
  }

  /**
   * Takes nothing new and assigns nothing more, lets running attempts finish for `timeoutMs`, then tells them to stop.
   * What does not stop either is found running at the next start and tried again.
   */
  async drain(timeoutMs: number): Promise<DrainReport> {
    this.#dispatcher.drain();
    const before = this.#dispatcher.leases.size;
    await this.#leasesGone(timeoutMs);
    const left = [...this.#dispatcher.leases.values()];
    for (const lease of left) this.#dispatcher.stop(lease, "shutdown");
    // A little more than the grace, at whose end the incarnations of those that do not stop are ended.
    if (left.length > 0) await this.#leasesGone(this.#parts.settings.stopGraceMs + STOP_SLACK_MS);
    return { finished: before - left.length, stopped: left.length };
  }

  /** Stops agents, writes a last checkpoint. Drain first. Closing twice is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#dispatcher.drain();
    for (const lease of this.#dispatcher.leases.values()) this.#dispatcher.stop(lease, "shutdown");
    this.#loadPriority.close();
    this.#parts.agenda.close();
    this.#keeper.stopAll();
    if (this.#recovered !== undefined && this.#foundation.journal.state === "open") {
      await this.#foundation.journal.flushed();
      await this.#checkpointer.run();
    }
    await this.#checkpointer.close();
    await this.#parts.forecast?.close();
    this.#unsubscribe();
    this.#parts.writer.close();
  }

  #leasesGone(timeoutMs: number): Promise<void> {
    if (this.#dispatcher.leases.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#foundation.ports.timers.after(timeoutMs, () => {
        this.#dispatcher.whenEmpty(undefined);
        resolve();
      });
      this.#dispatcher.whenEmpty(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #makeKeeper(): Agents {
    const { system, blobs, definitions } = this.#foundation;
    const desk = system.spawn(Desk, {
      name: "hub-desk",
      args: { progress: (message: ProgressMessage) => this.#progressed(message) },
      on: "this",
    });
    const agentArgs: AgentArgs = { desk, blobsDir: blobs.dir };
    return new Agents(this.#parts, this.#dispatcher, definitions, (definition, agentId, life) =>
      superviseAgent(system, definition, agentId, agentArgs, life),
    );
  }

  #progressed([fence, fraction, message]: ProgressMessage): void {
    const lease = this.#dispatcher.leases.get(fence);
    if (lease === undefined || !isCurrent(lease) || lease.task.state.kind !== "running") return;
    const { task, agent } = lease;
    task.progress = fraction;
    task.progressMessage = message ?? undefined;
    const more = { progress: fraction, ...(message === null ? {} : { message }) };
    this.#parts.events.emitTask("task_progress", task, agent, lease.attempt, more);
  }
}

function makeParts(foundation: HubFoundation, settings: HubSettings): HubParts {
  const { journal, blobs, ports, compute, lost } = foundation;
  const { engines } = compute;
  const { clock, timers, scheduler, random, log } = ports;
  const kinds = new TaskKinds();
  const roster = new Roster();
  const learner = new Learner(settings.learning);
  const forecast = settings.neural.mode === "basic" ? undefined : makeForecaster(foundation);
  return {
    settings,
    clock,
    scheduler,
    timers,
    random,
    log,
    blobs,
    kinds,
    slab: new ByteSlab(),
    roster,
    writer: new EntryWriter(journal, { timers, log, lost }),
    ledger: new Ledger(),
    archive: new Archive(journal, kinds),
    keys: new IdempotencyKeys(),
    waiting: new WaitingRoom(settings.agingSeconds * 1000, (kind) => roster.eligible(kind)),
    learner,
    engines,
    forecast,
    matcher: new Matcher(engines, learner, {
      clock,
      random,
      exploration: settings.learning.exploration,
      weights: settings.weights,
      forecast,
    }),
    agenda: new Agenda(clock, timers),
    events: new EventStream(clock, firstSeqAt(clock.wallMs())),
  };
}

function makeForecaster({ system, ports, compute, predictorFile }: HubFoundation): Forecaster {
  const { clock, log } = ports;
  const engine = compute.engines.network;
  return new Forecaster({ engine, pool: trainingOn(system), clock, log, file: predictorFile });
}

/** Opens a hub on its foundation. Close it before the foundation. */
export async function openHub(foundation: HubFoundation, settings: Partial<HubSettings> = {}): Promise<Hub> {
  const hub = new Hub(foundation, Object.freeze({ ...HUB_DEFAULTS, ...settings }));
  await hub.open();
  return hub;
}
