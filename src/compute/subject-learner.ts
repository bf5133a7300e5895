// Experience shared between texts that are alike: a learner whose kinds have subjects (subjects.ts).
//
//   kind      what the task says of itself: its action or type          everything of the kind is learned here, always
//   subject   what its text is about: a kind within that kind            and here, once there is an outcome of the like
//
// An agent that is new to a subject is expected to do there as at the whole kind; how much that is worth is learned
// from all subjects together, as the worth of declared proficiencies is (learning-prior.ts). Where agents that are good
// at one text are good at all, subjects begin with much of what is known, and where not, with little of it.
//
// How a hub uses it, with `embedding` that of the task's description:
//
//   choose   name = subjects.kindOf(kind, embedding), then chooser.choose(name, …, subjects.crewOf(kind, name, …), …)
//   learn    name = subjects.learn(outcome, embedding), then chooser.learned(kind, …) and chooser.learned(name, …)
//
// All of it is a fold over the outcomes and the texts of their tasks, so a journal that has both brings it back; the
// lesson of an attempt needs no more than it has. A text is embedded anew then, to the same bits.

import { makeStand } from "./belief.js";
import type { Crew } from "./chooser.js";
import type { LearnedOutcome, Learner } from "./learner.js";
import type { SimilarEngine } from "./similar.js";
import { Subjects, type SubjectsState } from "./subjects.js";

/** As a checkpoint keeps it, beside the learner's own state. */
export type SubjectLearnerState = readonly (readonly [kind: string, subjects: SubjectsState])[];

/** Kinds with subjects; beyond it those of the kind that was done least recently are forgotten. 256 KB each at most. */
const KINDS_MAX = 100;
/** Subjects whose crews are kept, for each crew of a kind. */
const CREWS_MAX = 1_000;
/** No action and no type has it. */
const SEPARATOR = "\u0000";

interface SubjectCrew extends Crew {
  /** When it was asked for last. */
  nowMs: number;
}

export class SubjectLearner {
  readonly #learner: Learner;
  readonly #similar: SimilarEngine;
  /** In the order of their last outcome. */
  readonly #kinds = new Map<string, Subjects>();
  readonly #stand = makeStand();
  /** By the crew of the kind and the name of the subject. */
  readonly #crews = new WeakMap<Crew, Map<string, SubjectCrew>>();

  /** The learner is shared with whoever learns of tasks without text. */
  constructor(learner: Learner, similar: SimilarEngine) {
    this.#learner = learner;
    this.#similar = similar;
  }

  /** The kind by which to choose for a task with this text: its subject, or `kind` where it is of none yet. */
  kindOf(kind: string, embedding: Float32Array): string {
    const subject = this.#kinds.get(kind)?.find(embedding);
    return subject === undefined ? kind : nameOf(kind, subject);
  }

  /**
   * The crew of `kind` as one of its subjects sees it: what an agent declares there is how it does at the kind. It is
   * the same one each time, since a chooser keeps what it knows by crew.
   */
  crewOf(kind: string, subject: string, crew: Crew, nowMs: number): Crew {
    if (subject === kind) return crew;
    let crews = this.#crews.get(crew);
    if (crews === undefined) this.#crews.set(crew, (crews = new Map()));
    let known = crews.get(subject);
    if (known === undefined) {
      if (crews.size >= CREWS_MAX) crews.clear();
      const declaredAt = (row: number): number =>
        this.#expected(kind, crew.agentAt(row), crew.declaredAt(row), made.nowMs);
      const made: SubjectCrew = { agentAt: (row) => crew.agentAt(row), declaredAt, nowMs };
      crews.set(subject, (known = made));
    }
    known.nowMs = nowMs;
    return known;
  }

  /** Learns an outcome of a task with this text. Answers the name of its subject, that of the kind without words. */
  learn(outcome: LearnedOutcome, embedding: Float32Array): string {
    const { kind, agent, declared, atMs } = outcome;
    const expected = this.#expected(kind, agent, declared, atMs);
    this.#learner.learn(outcome);
    if (embedding.every((value) => value === 0)) return kind;
    const { subject, joined, forgotten } = this.#touch(kind).take(embedding);
    const name = nameOf(kind, subject);
    if (forgotten !== undefined) this.#learner.forgetKind(nameOf(kind, forgotten));
    if (joined !== undefined) this.#learner.joinKinds(name, nameOf(kind, joined));
    this.#learner.learn({ ...outcome, kind: name, declared: expected, within: kind });
    return name;
  }

  dump(): SubjectLearnerState {
    return [...this.#kinds].map(([kind, subjects]) => [kind, subjects.dump()] as const);
  }

  restore(state: SubjectLearnerState): void {
    this.#kinds.clear();
    for (const [kind, subjects] of state) this.#touch(kind).restore(subjects);
  }

  #expected(kind: string, agent: number, declared: number, nowMs: number): number {
    return this.#learner.stand(kind, agent, declared, nowMs, this.#stand).mean;
  }

  #touch(kind: string): Subjects {
    const subjects = this.#kinds.get(kind) ?? new Subjects(this.#similar);
    this.#kinds.delete(kind);
    this.#kinds.set(kind, subjects);
    if (this.#kinds.size > KINDS_MAX) {
      const [[oldest, forgotten] = [kind, subjects]] = this.#kinds;
      for (const number of forgotten.numbers) this.#learner.forgetKind(nameOf(oldest, number));
      this.#kinds.delete(oldest);
    }
    return subjects;
  }
}

function nameOf(kind: string, subject: number): string {
  return kind + SEPARATOR + subject;
}
