// How well work finds those who do it well: Hive's router and the usual policies in simulated worlds whose numbers the
// specification fixes. The figures are shares and means over seeds; the times beside them are of one choice.

import { type Contender, type Goal, hive, type Question, type Scale } from "../question.js";
import type { WorldResult } from "./changing-world.js";
import { joinShortest, LISTED_POLICIES } from "./listed-policies.js";
import type { LoadedResult } from "./loaded-world.js";
import type { MakeRouter } from "./router.js";
import { SEEDS, seededSession } from "./seeds.js";
import type { MakeTextRouter } from "./text-world.js";
import { toldPolicies } from "./told-policies.js";

const TASKS = 8_000;
const LISTED = Object.keys(LISTED_POLICIES);

const WITHOUT_LOAD = "Hive without load and speed";
const JOIN_SHORTEST = "join the shortest queue";
const WITHOUT_EMBEDDING = "Hive without embedding";
const TOLD_TOPICS = "Hive told the topics";

type Figure = (result: WorldResult) => number;

async function openChanging(scale: Scale, changes: boolean, figure: Figure, make: MakeRouter) {
  const { liveChanging } = await import("./changing-world.js");
  return seededSession(SEEDS.slice(0, scale.pieces(SEEDS.length)), (seed) => {
    const result = liveChanging(seed, changes, TASKS, make);
    return { figure: figure(result), decisionUs: result.decisionUs };
  });
}

function changingContenders(changes: boolean, figure: Figure) {
  return (scale: Scale): readonly Contender[] => [
    hive({ tasks: TASKS }, async () =>
      openChanging(scale, changes, figure, (await import("./hive-router.js")).hiveRouter()),
    ),
    ...Object.entries({ ...LISTED_POLICIES, ...toldPolicies(changes) }).map(([system, make]) => {
      return { system, open: () => openChanging(scale, changes, figure, make) };
    }),
  ];
}

function changingQuestion(
  question: Pick<Question, "name" | "asks" | "unit" | "higherIsBetter">,
  changes: boolean,
  figure: Figure,
  goals: readonly Goal[],
): Question {
  return {
    ...question,
    group: "routing",
    params: { agents: 20, kinds: 8, busy: 0.3, changes, threads: "main", durability: "memory" },
    where: "kept-process",
    goals,
    contenders: changingContenders(changes, figure),
  };
}

function loadedQuestion(
  question: Pick<Question, "name" | "asks">,
  goals: readonly Goal[],
  figure: (result: LoadedResult) => number,
): Question {
  const open = (make: () => Promise<MakeRouter>) => async (scale: Scale) => {
    const { liveLoaded } = await import("./loaded-world.js");
    const router = await make();
    return seededSession(SEEDS.slice(0, scale.pieces(SEEDS.length)), (seed) => {
      const result = liveLoaded(seed, TASKS, router);
      return { figure: figure(result), decisionUs: result.decisionUs };
    });
  };
  const routers: Readonly<Record<string, () => Promise<MakeRouter>>> = {
    [WITHOUT_LOAD]: async () => {
      const { hiveRouter, SUCCESS_ONLY } = await import("./hive-router.js");
      return hiveRouter("index", SUCCESS_ONLY);
    },
    [JOIN_SHORTEST]: async () => joinShortest,
    random: async () => LISTED_POLICIES.random as MakeRouter,
  };
  return {
    ...question,
    group: "routing",
    unit: "share of tasks",
    higherIsBetter: false,
    params: { agents: 20, slots: 4, kinds: 8, arrivals: "70 %", threads: "main", durability: "memory" },
    where: "kept-process",
    goals,
    contenders: (scale) => [
      hive({ tasks: TASKS }, () => open(async () => (await import("./hive-router.js")).hiveRouter())(scale)),
      ...Object.entries(routers).map(([system, make]) => ({ system, open: () => open(make)(scale) })),
    ],
  };
}

/** R2. Those who are told the topics show how much of what there is to know the texts give away. */
function textQuestion(): Question {
  const open = (scale: Scale, make: () => Promise<MakeTextRouter>) => async () => {
    const { liveTexts } = await import("./text-world.js");
    const router = await make();
    return seededSession(SEEDS.slice(0, scale.pieces(SEEDS.length)), (seed) => {
      const { regret: figure, decisionUs } = liveTexts(seed, TASKS, router);
      return { figure, decisionUs };
    });
  };
  const blind = (make: MakeRouter) => async () => (await import("./text-world.js")).withoutTexts(make);
  const hiveBy = (adapt: "withoutTexts" | "toldTopics") => async () => {
    const { hiveRouter } = await import("./hive-router.js");
    return (await import("./text-world.js"))[adapt](hiveRouter());
  };
  return {
    name: "regret-texts",
    asks: "when only a task's text says what it is about, how much success a task is lost against the best free agent?",
    group: "routing",
    unit: "success/task",
    higherIsBetter: false,
    params: { agents: 20, topics: 40, busy: 0.3, threads: "main", durability: "memory" },
    where: "kept-process",
    goals: [{ kind: "at-most-times", peers: [WITHOUT_EMBEDDING], atMost: 0.6 }],
    contenders: (scale) => [
      hive({ tasks: TASKS }, () =>
        open(scale, async () => (await import("./hive-text-router.js")).hiveTextRouter)(),
      ),
      { system: WITHOUT_EMBEDDING, open: open(scale, hiveBy("withoutTexts")) },
      { system: TOLD_TOPICS, open: open(scale, hiveBy("toldTopics")) },
      ...Object.entries(LISTED_POLICIES).map(([system, make]) => {
        return { system, open: open(scale, blind(make)) };
      }),
    ],
  };
}

const nearBest: Figure = (result) => result.nearBest;
const regret: Figure = (result) => result.regret;
const calibration: Figure = (result) => result.calibration;

export const routingQuestions: readonly Question[] = [
  changingQuestion(
    {
      name: "near-best",
      asks: "while agents change, how many tasks go to one that is within 0.05 of the best free one?",
      unit: "share of tasks",
      higherIsBetter: true,
    },
    true,
    nearBest,
    [{ kind: "at-least", atLeast: 0.88 }],
  ),
  changingQuestion(
    {
      name: "regret",
      asks: "while agents change, how much success a task is lost against the best free agent?",
      unit: "success/task",
      higherIsBetter: false,
    },
    true,
    regret,
    [{ kind: "at-most-times", peers: LISTED, atMost: 0.75 }],
  ),
  changingQuestion(
    {
      name: "calibration",
      asks: "while agents change, how far is the expected success from what comes (ECE, 10 bins)?",
      unit: "error",
      higherIsBetter: false,
    },
    true,
    calibration,
    [{ kind: "at-most", atMost: 0.02 }],
  ),
  changingQuestion(
    {
      name: "near-best-still",
      asks: "when nobody changes, how many tasks go to an agent within 0.05 of the best free one?",
      unit: "share of tasks",
      higherIsBetter: true,
    },
    false,
    nearBest,
    [{ kind: "at-least", atLeast: 0.95 }],
  ),
  changingQuestion(
    {
      name: "regret-still",
      asks: "when nobody changes, how much success a task is lost against the best free agent?",
      unit: "success/task",
      higherIsBetter: false,
    },
    false,
    regret,
    [{ kind: "verified" }],
  ),
  textQuestion(),
  loadedQuestion(
    { name: "late", asks: "at 70 % of capacity, how many tasks are done after their deadline?" },
    [
      { kind: "at-most-times", peers: [JOIN_SHORTEST], atMost: 0.8 },
      { kind: "at-most-times", peers: [WITHOUT_LOAD], atMost: 0.8 },
    ],
    ({ late }) => late,
  ),
  loadedQuestion(
    { name: "late-or-failed", asks: "at 70 % of capacity, how many tasks are not done well in time?" },
    [{ kind: "at-most-times", peers: [JOIN_SHORTEST, WITHOUT_LOAD], atMost: 1 }],
    ({ failed }) => failed,
  ),
];
