// Judges what was measured by what was wanted. An answer that did not verify meets nothing. Where a question names what
// bounds us, an unmet goal that the bound alone does not meet either says so: nobody on this machine could.

import { short } from "./figures.js";
import type { Goal, Question } from "./question.js";
import type { Row } from "./row.js";

export interface GoalVerdict {
  readonly question: string;
  readonly goal: string;
  readonly measured: number | null;
  readonly met: boolean;
  /** What bounds us does not meet it either. */
  readonly bound?: { readonly system: string; readonly measured: number };
}

type Verdict = Omit<GoalVerdict, "question" | "bound">;

/** Judges every goal of a question by its rows. */
export function judge(question: Question, rows: readonly Row[]): readonly GoalVerdict[] {
  return question.goals.map((goal) => {
    const ours = { question: question.name, ...verdict(goal, question, rows, "hive") };
    const system = question.bound;
    if (ours.met || ours.measured === null || system === undefined) return ours;
    const { met, measured } = verdict(goal, question, rows, system);
    return met || measured === null ? ours : { ...ours, bound: { system, measured } };
  });
}

function verdict(goal: Goal, question: Question, rows: readonly Row[], whose: string): Verdict {
  const ours = rows.find(({ system }) => system === whose);
  const own = ours?.verified === true ? ours.value : null;
  if (goal.kind === "at-least") {
    const text = `≥ ${short(goal.atLeast)} ${question.unit}`;
    return { goal: text, measured: own, met: own !== null && own >= goal.atLeast };
  }
  if (goal.kind === "at-most") {
    const text = `≤ ${short(goal.atMost)} ${question.unit}`;
    return { goal: text, measured: own, met: own !== null && own <= goal.atMost };
  }
  if (goal.kind === "verified") return { goal: "verified", measured: own, met: own !== null };
  if (goal.kind === "at-most-times") return timesOfBest(goal.peers, goal.atMost, own, rows);
  const theirs = rows.find(({ system }) => system === goal.peer)?.value ?? null;
  const times = own === null || theirs === null || theirs === 0 ? null : own / theirs;
  return {
    goal: `≥ ${goal.atLeast}× ${goal.peer}`,
    measured: times,
    met: times !== null && times >= goal.atLeast,
  };
}

function timesOfBest(
  peers: readonly string[],
  atMost: number,
  own: number | null,
  rows: readonly Row[],
): Verdict {
  const theirs = rows.flatMap(({ system, value }) =>
    peers.includes(system) && value !== null ? [value] : [],
  );
  const best = Math.min(...theirs);
  const times = own === null || theirs.length === 0 || best === 0 ? null : own / best;
  const whom = peers.length === 1 ? peers[0] : `the best of ${peers.length} others`;
  return { goal: `≤ ${atMost}× ${whom}`, measured: times, met: times !== null && times <= atMost };
}
