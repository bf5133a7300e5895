// The Savina suite as questions: the micro programs beside their peers, all others by the time they take.

import { type Contender, type Goal, hive, type Question, type Scale } from "../question.js";
import { caf, cafKnows } from "./peers/caf.js";
import { erlang } from "./peers/erlang.js";
import { nactActors } from "./peers/nact.js";
import { plainContender } from "./peers/plain-programs.js";
import { xstateActors } from "./peers/xstate.js";
import { type AnyProgram, openProgram, type Work } from "./program.js";
import { MICRO_PROGRAMS, PROGRAMS } from "./programs.js";

const ONE_SCHEDULER = "Erlang, 1 scheduler";
const ALL_SCHEDULERS = "Erlang";

/** How many times Erlang, by program; it is met beside one scheduler and beside as many as there are cores. */
const ERLANG_GOALS: Readonly<Record<string, number>> = {
  pingpong: 3,
  threadring: 3,
  count: 1.5,
  "echo-pairs": 2,
};

function goalsOf({ name }: AnyProgram): readonly Goal[] {
  const atLeast = ERLANG_GOALS[name];
  const besideErlang = [ALL_SCHEDULERS, ONE_SCHEDULER].map((peer) => ({ peer, timesAtLeast: atLeast }));
  const besideLibraries = ["nact", "XState"].map((peer) => ({ peer, timesAtLeast: 2 }));
  return [...besideErlang, ...besideLibraries].flatMap(({ peer, timesAtLeast }): readonly Goal[] =>
    timesAtLeast === undefined ? [] : [{ kind: "times", peer, atLeast: timesAtLeast }],
  );
}

/** One run: the program at its size, as often as its rate wants, or a fifth of that when quick. */
function workOf(program: AnyProgram, scale: Scale): Work {
  const size = scale.quick ? program.quick : program.full;
  return { program, size, repeats: scale.pieces(program.rate?.repeats ?? 1) };
}

function ourselves(program: AnyProgram, scale: Scale): Contender {
  const work = workOf(program, scale);
  return hive(work.size, () => openProgram(work));
}

function microQuestion(program: AnyProgram): Question {
  return {
    group: "savina",
    name: program.name,
    asks: program.asks,
    unit: program.rate?.unit ?? "",
    higherIsBetter: true,
    params: { threads: "main", durability: "memory" },
    where: "kept-process",
    goals: goalsOf(program),
    contenders: (scale) => {
      const work = workOf(program, scale);
      return [
        ourselves(program, scale),
        erlang(ALL_SCHEDULERS, work, []),
        erlang(ONE_SCHEDULER, work, ["+S", "1:1"]),
        ...(cafKnows(program) ? [caf(work)] : []),
        plainContender("nact", nactActors, program),
        plainContender("XState", xstateActors, program),
      ];
    },
  };
}

function timedQuestion(program: AnyProgram): Question {
  return {
    group: "savina",
    name: program.name,
    asks: program.asks,
    unit: "ms",
    higherIsBetter: false,
    params: { threads: program.threads ?? "main", durability: "memory" },
    where: "kept-process",
    goals: [{ kind: "verified" }],
    contenders: (scale) => [ourselves(program, scale)],
  };
}

export const savinaQuestions: readonly Question[] = [
  ...MICRO_PROGRAMS.map(microQuestion),
  ...PROGRAMS.map(timedQuestion),
];
