// The outcome predictor in the hub (compute/predictor.ts): every attempt that ends teaches it, and once it has proved
// to know more than what is believed of the agents, it has a say in who gets a task. There is one unless `neural.mode`
// is basic.
//
//   ranking    hub/match.ts asks for an outlook on the task at hand; compute/chooser.ts mixes it into success
//   learning   hub/settle.ts tells how an attempt ended; what was known at its assignment is in the ranking kept of it
//   training   after so many outcomes, as a job on the pool of the process (hub/training.ts); the new network then
//              takes the place of the old one by one assignment
//   keeping    a file of the data directory, replaced after each training and when the hub closes
//
// Why a file and not the journal: what it knows is replaced as a whole and can be learnt anew, and a lesson in every
// entry would be paid for by every task. After a kill it lacks the outcomes since its last training, and nothing else.
// Why no outlook while its weight is 0: then it would change nothing, and not asking costs nothing.

import type { Clock, Log } from "../base/ports.js";
import type { Candidate, Outlook } from "../compute/chooser.js";
import type { NetworkEngine } from "../compute/network-engine.js";
import { OutcomePredictor } from "../compute/predictor.js";
import type { Calibration } from "../compute/predictor-calibration.js";
import type { OutcomeFeatures } from "../compute/predictor-features.js";
import type { TrainingPool } from "../compute/predictor-job.js";
import { readIfThere, replaceFile } from "../store/kept-file.js";
import type { AttemptTuple } from "../wire/entries.js";
import type { AgentRow } from "./agent-row.js";
import { outcomeOf } from "./agent-row.js";
import type { TaskAtHand } from "./match.js";
import { firstMatched } from "./matched.js";
import type { TaskRecord } from "./task-record.js";

export interface ForecastParts {
  readonly engine: NetworkEngine;
  readonly pool: TrainingPool;
  readonly clock: Clock;
  readonly log: Log;
  /** Where it is kept; undefined: it begins anew with each start. */
  readonly file: string | undefined;
}

/** What people see of it. */
export interface ForecastStatus {
  /** There is a network to predict by. */
  readonly ready: boolean;
  /** Those that the next training learns from. */
  readonly outcomes: number;
  readonly trainings: number;
  /** How much of a prediction enters the ranking, 0 … 1, and what that rests on. */
  readonly weight: number;
  readonly calibration_error: number;
  readonly brier_score: number;
  readonly brier_score_of_belief: number;
  readonly last_error?: string;
}

/** Highest level of a task; the load rule may ask for no more. */
const PRIORITY_MAX = 3;
const FILE_BYTES_MAX = 4 * 1024 * 1024;
/** Where words say nothing of an agent, or cannot tell it from others. */
const SIMILARITY_UNKNOWN = 0.5;

type MutableFeatures = { -readonly [Name in keyof OutcomeFeatures]: OutcomeFeatures[Name] };

export class Forecaster implements Outlook {
  readonly #parts: ForecastParts;
  readonly #predictor: OutcomePredictor;
  /** Of the candidates at hand, reused. */
  readonly #features: MutableFeatures[] = [];
  #task: TaskAtHand = { priority: 0, attempt: 0 };
  #saving: Promise<void> = Promise.resolve();
  #trainings = 0;
  #lastError: string | undefined;
  #closed = false;

  constructor(parts: ForecastParts) {
    this.#parts = parts;
    this.#predictor = new OutcomePredictor({ engine: parts.engine, pool: parts.pool });
  }

  /** Goes on from what an earlier run kept. What cannot be read is told and left behind: it can be learnt anew. */
  async open(): Promise<void> {
    const { file, log } = this.#parts;
    if (file === undefined) return;
    try {
      const bytes = await readIfThere(file, FILE_BYTES_MAX);
      if (bytes !== undefined) this.#predictor.restore(bytes);
    } catch (error) {
      const reason = messageOf(error);
      log.log("warn", "what the outcome predictor had learnt cannot be read; it begins anew", {
        file,
        reason,
      });
    }
  }

  /** What it foresees for a task, until it is asked for the next; undefined where it knows nothing better. */
  outlookOn(task: TaskAtHand): Outlook | undefined {
    if (this.#predictor.weight === 0) return undefined;
    this.#task = task;
    return this;
  }

  get weight(): number {
    return this.#predictor.weight;
  }

  foresee(candidates: readonly Candidate[], energy: Float32Array, expected: Float32Array): void {
    const { priority, attempt } = this.#task;
    const atMs = this.#parts.clock.wallMs();
    for (let place = 0; place < candidates.length; place++) {
      const { row, terms } = candidates[place] as Candidate;
      const features = (this.#features[place] ??= noFeatures());
      features.fitness = share(terms[0]!);
      features.load = share(1 - terms[2]!);
      features.energy = share(energy[row]!);
      features.similarity = Number.isNaN(terms[4]!) ? SIMILARITY_UNKNOWN : share(terms[4]!);
      features.priority = Math.min(PRIORITY_MAX, priority);
      features.attempt = attempt + 1;
      features.atMs = atMs;
    }
    this.#predictor.predictSuccesses(this.#features, candidates.length, expected);
  }

  /** Learns from an attempt that ended. One that was cut off from outside, or whose terms are gone, says nothing. */
  learn({ matched, priority }: TaskRecord, agent: AgentRow, tuple: AttemptTuple): void {
    const [attempt, , startedMs, endedMs, status] = tuple;
    const success = outcomeOf(status);
    const chosen = matched === null ? undefined : firstMatched(matched);
    if (success === undefined || chosen === undefined || chosen.agent !== agent.number) return;
    const { fitness, headroom, semantic = SIMILARITY_UNKNOWN } = chosen.terms;
    const features = {
      fitness,
      load: share(1 - headroom),
      energy: share(agent.energy),
      priority: Math.min(PRIORITY_MAX, priority),
      attempt,
      similarity: semantic,
      atMs: startedMs,
    };
    const believed = chosen.learned?.mean ?? chosen.terms.success;
    this.#predictor.record(features, { success, latencyMs: Math.max(0, endedMs - startedMs), believed });
    if (this.#predictor.isDue) void this.#train();
  }

  status(): ForecastStatus {
    const { isReady, outcomes } = this.#predictor;
    const calibration = this.#predictor.calibration();
    return {
      ready: isReady,
      outcomes,
      trainings: this.#trainings,
      weight: round(calibration.weight),
      ...figuresOf(calibration),
      ...(this.#lastError === undefined ? {} : { last_error: this.#lastError }),
    };
  }

  /** Keeps what it knows. A training that goes on is given up. Closing twice is fine. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#save();
  }

  async #train(): Promise<void> {
    const { log, clock } = this.#parts;
    const beganMs = clock.nowMs();
    try {
      const { epochs } = await this.#predictor.train();
      if (this.#closed) return;
      this.#trainings += 1;
      this.#lastError = undefined;
      const ms = Math.round(clock.nowMs() - beganMs);
      log.log("debug", "the outcome predictor is trained", {
        outcomes: this.#predictor.outcomes,
        epochs,
        ms,
      });
    } catch (error) {
      if (this.#closed) return;
      // Why only said: it goes on predicting by the network it has, and the next training comes with more outcomes.
      this.#lastError = messageOf(error);
      log.log("warn", "a training of the outcome predictor failed", { reason: this.#lastError });
      return;
    }
    await this.#save();
  }

  /** One after the other, so that the latest is what stays. */
  #save(): Promise<void> {
    const { file, log } = this.#parts;
    if (file === undefined) return this.#saving;
    const bytes = this.#predictor.save();
    this.#saving = this.#saving
      .then(() => replaceFile(file, bytes))
      .catch((error: unknown) => {
        const reason = messageOf(error);
        log.log("warn", "what the outcome predictor learnt cannot be kept", { file, reason });
      });
    return this.#saving;
  }
}

function figuresOf(calibration: Calibration) {
  return {
    calibration_error: round(calibration.calibrationError),
    brier_score: round(calibration.brierScore),
    brier_score_of_belief: round(calibration.brierScoreOfBelief),
  };
}

function noFeatures(): MutableFeatures {
  const unknown = { fitness: 0, load: 0, energy: 0, priority: 0, attempt: 1, atMs: 0 };
  return { ...unknown, similarity: SIMILARITY_UNKNOWN };
}

/** 32-bit sums may lie a little beside 0 … 1. */
function share(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
