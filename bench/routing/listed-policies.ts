// The policies that the specification lists, beside which Hive's router is measured. Their posterior starts as four
// outcomes of the declared proficiency and halves its evidence every 100 outcomes of an agent at a kind: of the
// settings that were tried (2, 4, 8; never, 50, 100, 200) on other seeds, the one that served them best together.

import { seededRandom } from "../../src/base/random.js";
import { sampleBeta } from "../../src/compute/explore.js";
import type { MakeRouter, Setting } from "./router.js";

const STRENGTH = 4;
const KEPT = 0.5 ** (1 / 100);
const EPSILON = 0.05;

/** What a policy gives to an agent; the highest is chosen. */
type Value = (belief: {
  alpha: number;
  beta: number;
  declared: number;
  done: number;
  asked: number;
}) => number;

function mean(alpha: number, beta: number): number {
  return alpha / (alpha + beta);
}

function policy(valueOf: (setting: Setting) => Value): MakeRouter {
  return (setting) => {
    const { agents, kinds, declared } = setting;
    const value = valueOf(setting);
    const start = declared.map((share) => Math.min(0.98, Math.max(0.02, share)));
    const good = new Float64Array(agents * kinds);
    const bad = new Float64Array(agents * kinds);
    const done = new Float64Array(agents * kinds);
    const asked = new Float64Array(kinds);
    const beliefAt = (at: number, kind: number) => ({
      alpha: STRENGTH * start[at]! + good[at]!,
      beta: STRENGTH * (1 - start[at]!) + bad[at]!,
      declared: declared[at]!,
      done: done[at]!,
      asked: asked[kind]!,
    });
    return {
      choose(kind, busy) {
        let agent = -1;
        let most = Number.NEGATIVE_INFINITY;
        for (let one = 0; one < agents; one++) {
          if (busy[one] === 1) continue;
          const worth = value(beliefAt(one * kinds + kind, kind));
          if (agent >= 0 && worth <= most) continue;
          agent = one;
          most = worth;
        }
        const { alpha, beta } = beliefAt(agent * kinds + kind, kind);
        return { agent, expected: mean(alpha, beta) };
      },
      learn(kind, agent, outcome) {
        const at = agent * kinds + kind;
        good[at] = good[at]! * KEPT + outcome;
        bad[at] = bad[at]! * KEPT + 1 - outcome;
        done[at]! += 1;
        asked[kind]! += 1;
      },
    };
  };
}

/** One in twenty choices is anybody's. */
const epsilonGreedy: MakeRouter = (setting) => {
  const greedy = LISTED_POLICIES["greedy on the posterior"]!(setting);
  const random = seededRandom(setting.random.below(2 ** 31));
  return {
    choose(kind, busy) {
      const decision = greedy.choose(kind, busy);
      if (random.next() >= EPSILON) return decision;
      let agent = random.below(setting.agents);
      while (busy[agent] === 1) agent = (agent + 1) % setting.agents;
      return { agent, expected: decision.expected };
    },
    learn: (kind, agent, outcome) => greedy.learn(kind, agent, outcome),
  };
};

/** Join the shortest queue: whoever has most free slots, by chance among equals. */
export const joinShortest: MakeRouter = ({ agents, random }) => {
  const load = new Float64Array(agents);
  return {
    choose(_kind, busy) {
      let agent = -1;
      let least = Number.POSITIVE_INFINITY;
      for (let one = 0; one < agents; one++) {
        const worth = load[one]! + 1e-6 * random.next();
        if (busy[one] === 1 || worth >= least) continue;
        agent = one;
        least = worth;
      }
      return { agent, expected: 0.5 };
    },
    loaded(agent, share) {
      load[agent] = share;
    },
    learn: () => undefined,
  };
};

export const LISTED_POLICIES: Readonly<Record<string, MakeRouter>> = {
  random: policy(
    ({ random }) =>
      () =>
        random.next(),
  ),
  "declared proficiency": policy(
    () =>
      ({ declared }) =>
        declared,
  ),
  "greedy on the posterior": policy(
    () =>
      ({ alpha, beta }) =>
        mean(alpha, beta),
  ),
  "epsilon-greedy 5 %": epsilonGreedy,
  UCB1: policy(
    () =>
      ({ alpha, beta, done, asked }) =>
        mean(alpha, beta) + Math.sqrt((2 * Math.log(1 + asked)) / (STRENGTH + done)),
  ),
  Thompson: policy(
    ({ random }) =>
      ({ alpha, beta }) =>
        sampleBeta(random, alpha, beta),
  ),
  "Thompson, half the spread": policy(({ random }) => ({ alpha, beta }) => {
    const expected = mean(alpha, beta);
    return expected + 0.5 * (sampleBeta(random, alpha, beta) - expected);
  }),
};
