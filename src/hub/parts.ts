// What the parts of the hub share: its books, its roster, its queue, its clock. Made once in hub/hub.ts, which opens
// and closes them; everything else is handed this and keeps no state that another part would need.

import type { Clock, Log, Scheduler, Timers } from "../base/ports.js";
import type { Random } from "../base/random.js";
import type { Exploration } from "../compute/chooser.js";
import type { Engines } from "../compute/engines.js";
import type { Learner, LearnerSettings } from "../compute/learner.js";
import type { TermWeights } from "../compute/scorer.js";
import type { Blobs } from "../store/blobs.js";
import type { Agenda } from "./agenda.js";
import type { Archive } from "./archive.js";
import type { ByteSlab } from "./byte-slab.js";
import type { EntryWriter } from "./entry-writer.js";
import type { EventStream } from "./events.js";
import type { Forecaster } from "./forecast.js";
import type { IdempotencyKeys } from "./idempotency.js";
import type { Ledger } from "./ledger.js";
import type { Matcher } from "./match.js";
import type { WaitingRoom } from "./queue.js";
import type { BackoffPolicy } from "./retry.js";
import type { Roster } from "./roster.js";
import type { TaskKinds } from "./task-kind.js";

/** Settings of the hub itself, with their defaults in hub/hub.ts. */
export interface HubSettings {
  readonly agingSeconds: number;
  readonly loadPriority: boolean;
  readonly maxOpen: number;
  readonly defaultTimeoutSeconds: number;
  readonly maxRetries: number;
  readonly maxConcurrentTasks: number;
  readonly backoff: BackoffPolicy;
  /** How long an attempt may go on after it was told to stop. */
  readonly stopGraceMs: number;
  readonly learning: LearningSettings;
  /** Of the terms of a score. */
  readonly weights: Required<TermWeights>;
  readonly neural: NeuralSettings;
  /** A checkpoint is written after so many entries. */
  readonly checkpointEntries: number;
}

export interface LearningSettings extends LearnerSettings {
  readonly exploration: Exploration;
}

/** `basic` without a network, `advanced` with the outcome predictor, `gpu` with large work done elsewhere, too. */
export const NEURAL_MODES = ["basic", "advanced", "gpu"] as const;
export type NeuralMode = (typeof NEURAL_MODES)[number];

export interface NeuralSettings {
  readonly mode: NeuralMode;
}

export interface HubParts {
  readonly settings: HubSettings;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  readonly writer: EntryWriter;
  readonly blobs: Blobs;
  readonly ledger: Ledger;
  readonly archive: Archive;
  readonly keys: IdempotencyKeys;
  readonly kinds: TaskKinds;
  readonly slab: ByteSlab;
  readonly roster: Roster;
  readonly waiting: WaitingRoom;
  readonly learner: Learner;
  readonly engines: Engines;
  /** Undefined in neural mode basic. */
  readonly forecast: Forecaster | undefined;
  readonly matcher: Matcher;
  readonly agenda: Agenda;
  readonly events: EventStream;
}
