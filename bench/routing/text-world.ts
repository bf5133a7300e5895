// R2: what a task is about stands in its text and nowhere else. 40 topics (task-texts.ts), of which routers are told
// nothing; p ~ Beta(2, 1.5) for each agent and topic, 8,000 tasks of uniform topic, everybody busy with probability
// 0.3, outcome Bernoulli(p). An agent declares one proficiency for all of it: clamp(mean p + N(0, 0.2)).

import { type Random, seededRandom } from "../../src/base/random.js";
import { BUSY, drawDeclared, drawSuccess } from "./chance.js";
import type { MakeRouter } from "./router.js";
import { TextWriter, TOPICS } from "./task-texts.js";

const AGENTS = 20;

export interface TextTask {
  readonly text: string;
  /** For those who are told. */
  readonly topic: number;
}

export interface TextRouter {
  /** The chosen agent; `busy[agent]` is 1 for those that cannot be, somebody is free. */
  choose(task: TextTask, busy: Uint8Array): number;
  /** How it went: 0 or 1. */
  learn(task: TextTask, agent: number, outcome: number): void;
}

export interface TextSetting {
  readonly agents: number;
  /** By agent. */
  readonly declared: Float64Array;
  readonly random: Random;
}

export type MakeTextRouter = (setting: TextSetting) => TextRouter;

export interface TextResult {
  /** Mean over all tasks of how much the best free agent would have done better. */
  readonly regret: number;
  /** Microseconds of each choice, the embedding included. */
  readonly decisionUs: Float64Array;
}

export function liveTexts(seed: number, tasks: number, make: MakeTextRouter): TextResult {
  const random = seededRandom(seed);
  const writer = new TextWriter(random);
  const success = Float64Array.from({ length: AGENTS * TOPICS }, () => drawSuccess(random));
  const declared = Float64Array.from({ length: AGENTS }, (_, agent) => {
    const own = success.subarray(agent * TOPICS, (agent + 1) * TOPICS);
    return drawDeclared(random, own.reduce((sum, p) => sum + p, 0) / TOPICS);
  });
  const router = make({ agents: AGENTS, declared, random: seededRandom(seed + 1_000_000_007) });
  const busy = new Uint8Array(AGENTS);
  const decisionUs = new Float64Array(tasks);
  let regret = 0;
  for (let serial = 0; serial < tasks; serial++) {
    const topic = random.below(TOPICS);
    const task = { text: writer.write(random, topic), topic };
    let best = -1;
    for (let agent = 0; agent < AGENTS; agent++) {
      busy[agent] = random.next() < BUSY ? 1 : 0;
      if (busy[agent] === 0) best = Math.max(best, success[agent * TOPICS + topic]!);
    }
    const luck = random.next();
    if (best < 0) continue;
    const began = performance.now();
    const agent = router.choose(task, busy);
    decisionUs[serial] = (performance.now() - began) * 1000;
    const chosen = success[agent * TOPICS + topic]!;
    router.learn(task, agent, luck < chosen ? 1 : 0);
    regret += best - chosen;
  }
  return { regret: regret / tasks, decisionUs };
}

/** A router of kinds that takes all texts for one kind. */
export function withoutTexts(make: MakeRouter): MakeTextRouter {
  return ofKinds(make, 1, () => 0);
}

/** A router of kinds that is told what each text is about. */
export function toldTopics(make: MakeRouter): MakeTextRouter {
  return ofKinds(make, TOPICS, ({ topic }) => topic);
}

function ofKinds(make: MakeRouter, kinds: number, kindOf: (task: TextTask) => number): MakeTextRouter {
  return ({ agents, declared, random }) => {
    const spread = Float64Array.from(
      { length: agents * kinds },
      (_, at) => declared[Math.floor(at / kinds)]!,
    );
    const router = make({ agents, kinds, declared: spread, random });
    return {
      choose: (task, busy) => router.choose(kindOf(task), busy).agent,
      learn: (task, agent, outcome) => router.learn(kindOf(task), agent, outcome),
    };
  };
}
