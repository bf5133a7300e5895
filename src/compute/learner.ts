// What the hub has learned of its agents: a belief (belief.ts) for each agent at each kind of task that it did, and
// what declared proficiencies are worth (learning-prior.ts).
//
// A learner is a fold: the same outcomes in the same order give the same numbers to the last bit, which is how the
// journal brings it back; `dump` and `restore` are for checkpoints. Nothing here reads a clock.
// Forgetting: half of a belief has gone after `halfLifeExecutions` executions of the kind, by whomever, or after
// `halfLifeDays`; both together forget faster. What is forgotten gives way to the prior of the crowd.

import {
  absorb,
  atMsOf,
  BELIEF_NUMBERS,
  type Belief,
  declaredOf,
  executionsOf,
  newBelief,
  oldestOf,
  type Stand,
  stamp,
  standOf,
  standOfPrior,
} from "./belief.js";
import { LearningPrior } from "./learning-prior.js";

export interface LearnerSettings {
  /** Executions of a kind after which half of what is believed of its agents is forgotten. */
  readonly halfLifeExecutions: number;
  readonly halfLifeDays: number;
  /** How many outcomes a declared proficiency is worth at first. */
  readonly priorStrength: number;
}

export const LEARNER_DEFAULTS: LearnerSettings = Object.freeze({
  halfLifeExecutions: 3_000,
  halfLifeDays: 30,
  priorStrength: 6,
});

/** What is known of an agent at a kind of task, as people see it. */
export interface LearnedStand {
  /** Of the Beta distribution that has the belief's mean and spread. */
  readonly alpha: number;
  readonly beta: number;
  readonly mean: number;
}

/** One outcome, as the journal tells of it. */
export interface LearnedOutcome {
  readonly kind: string;
  readonly agent: number;
  /** What the agent declared for it, 0 … 1; NaN when nothing. Counts at the first outcome only. */
  readonly declared: number;
  /**
   * The kind that this one is a subject of (subject-learner.ts): `declared` is then what is believed of the agent at
   * the whole kind, and what that is worth is learned apart.
   */
  readonly within?: string;
  /** 0 a failure … 1 a success without fault. */
  readonly value: number;
  readonly atMs: number;
}

/** A learner as a checkpoint keeps it. */
export interface LearnerState {
  readonly prior: Uint8Array;
  /** Absent, as a kind's last element is, in checkpoints from before there were subjects. */
  readonly priorWithin?: Uint8Array;
  readonly kinds: readonly (readonly [
    kind: string,
    executions: number,
    agents: readonly number[],
    beliefs: Uint8Array,
    within?: string | null,
  ])[];
}

interface KindRecord {
  executions: number;
  readonly within: string | undefined;
  readonly beliefs: Map<number, Belief>;
}

/** Kinds remembered; beyond it the one that was done least recently is forgotten. */
const KINDS_MAX = 10_000;
const DAY_MS = 86_400_000;

export class Learner {
  readonly settings: LearnerSettings;
  /** What declared proficiencies are worth. */
  readonly #prior: LearningPrior;
  /** What success at a whole kind is worth for one of its subjects. */
  readonly #priorWithin: LearningPrior;
  /** In the order of their last execution. */
  readonly #kinds = new Map<string, KindRecord>();

  constructor(settings: LearnerSettings = LEARNER_DEFAULTS) {
    this.settings = settings;
    this.#prior = new LearningPrior(settings.priorStrength);
    this.#priorWithin = new LearningPrior(settings.priorStrength);
  }

  /** Executions of a kind so far. */
  executions(kind: string): number {
    return this.#kinds.get(kind)?.executions ?? 0;
  }

  /** Whether an agent has outcomes of a kind. */
  knows(kind: string, agent: number): boolean {
    return this.#kinds.get(kind)?.beliefs.has(agent) === true;
  }

  learn({ kind, agent, declared, value, atMs, within }: LearnedOutcome): void {
    const record = this.#touch(kind, within);
    const prior = this.#priorOf(record);
    let belief = record.beliefs.get(agent);
    if (belief === undefined) {
      belief = newBelief(declared, record.executions, atMs);
      record.beliefs.set(agent, belief);
      prior.meet(declared);
    }
    const forgotten = this.#forgotten(belief, record.executions, atMs);
    const own = prior.declared(declaredOf(belief));
    const oldest = oldestOf(belief);
    if (oldest !== undefined) {
      const weight = oldest.weight * (1 - forgotten);
      prior.learn(declaredOf(belief), value, weight, oldest.good, oldest.bad);
    }
    absorb(belief, value, forgotten, own, prior.crowd);
    // Why before it is counted: its own executions are occasions to change as well.
    stamp(belief, record.executions, Math.max(atMs, atMsOf(belief)));
    record.executions += 1;
  }

  /** What is believed of an agent at a kind, now. `declared` is for one that has no outcome yet. */
  stand(kind: string, agent: number, declared: number, nowMs: number, out: Stand): Stand {
    const record = this.#kinds.get(kind);
    const prior = this.#priorOf(record);
    const belief = record?.beliefs.get(agent);
    if (record === undefined || belief === undefined) {
      return standOfPrior(prior.declared(declared), out);
    }
    const forgotten = this.#forgotten(belief, record.executions, nowMs);
    return standOf(belief, forgotten, prior.declared(declaredOf(belief)), prior.crowd, out);
  }

  /** The kinds, but no subjects, that an agent has outcomes of, least recently done first, by anybody. */
  kindsOf(agent: number): readonly string[] {
    return [...this.#kinds].flatMap(([kind, { beliefs, within }]) => {
      return within === undefined && beliefs.has(agent) ? [kind] : [];
    });
  }

  /** Forgets all that is believed of agents at a kind. */
  forgetKind(kind: string): void {
    this.#kinds.delete(kind);
  }

  /** Two kinds turned out to be one: what is believed of agents that only `from` has outcomes of is kept in `into`. */
  joinKinds(into: string, from: string): void {
    const gone = this.#kinds.get(from);
    const record = this.#kinds.get(into);
    this.#kinds.delete(from);
    if (gone === undefined || record === undefined) return;
    for (const [agent, belief] of gone.beliefs) {
      if (record.beliefs.has(agent)) continue;
      stamp(belief, record.executions, atMsOf(belief));
      record.beliefs.set(agent, belief);
    }
  }

  /** The agent is gone for good. */
  forget(agent: number): void {
    for (const { beliefs } of this.#kinds.values()) beliefs.delete(agent);
  }

  dump(): LearnerState {
    return {
      prior: bytesOf(this.#prior.dump()),
      priorWithin: bytesOf(this.#priorWithin.dump()),
      kinds: [...this.#kinds].map(([kind, { executions, beliefs, within }]) => {
        const numbers = new Float64Array(beliefs.size * BELIEF_NUMBERS);
        let at = 0;
        for (const belief of beliefs.values()) {
          numbers.set(belief, at);
          at += BELIEF_NUMBERS;
        }
        return [kind, executions, [...beliefs.keys()], bytesOf(numbers), within ?? null] as const;
      }),
    };
  }

  restore(state: LearnerState): void {
    this.#prior.restore(numbersOf(state.prior));
    if (state.priorWithin !== undefined) this.#priorWithin.restore(numbersOf(state.priorWithin));
    this.#kinds.clear();
    for (const [kind, executions, agents, bytes, within] of state.kinds) {
      const numbers = numbersOf(bytes);
      const beliefs = new Map(
        agents.map((agent, index) => {
          return [agent, numbers.slice(index * BELIEF_NUMBERS, (index + 1) * BELIEF_NUMBERS) as Belief];
        }),
      );
      this.#kinds.set(kind, { executions, within: within ?? undefined, beliefs });
    }
  }

  #priorOf(record: KindRecord | undefined): LearningPrior {
    return record?.within === undefined ? this.#prior : this.#priorWithin;
  }

  #touch(kind: string, within: string | undefined): KindRecord {
    const known = this.#kinds.get(kind);
    if (known !== undefined) this.#kinds.delete(kind);
    const record = known ?? { executions: 0, within, beliefs: new Map() };
    this.#kinds.set(kind, record);
    if (this.#kinds.size > KINDS_MAX) {
      for (const oldest of this.#kinds.keys()) {
        this.#kinds.delete(oldest);
        break;
      }
    }
    return record;
  }

  /** The share of a belief that is gone. A clock that was set back forgets nothing. */
  #forgotten(belief: Belief, executions: number, nowMs: number): number {
    const { halfLifeExecutions, halfLifeDays } = this.settings;
    const byUse = (executions - executionsOf(belief)) / halfLifeExecutions;
    const byTime = Math.max(0, nowMs - atMsOf(belief)) / (halfLifeDays * DAY_MS);
    return 1 - 2 ** -(byUse + byTime);
  }
}

/** The Beta distribution of this mean and spread. */
export function betaOf({ mean, spread }: Stand): LearnedStand {
  const size = Math.max(1e-3, (mean * (1 - mean)) / (spread * spread) - 1);
  return { alpha: mean * size, beta: (1 - mean) * size, mean };
}

/** Little-endian, as every machine that Hive runs on. */
function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function numbersOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytes.slice().buffer);
}
