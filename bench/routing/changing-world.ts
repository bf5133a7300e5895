// R1: who is best at a kind of task, when everybody says something of himself, some are busy, and now and then somebody
// changes. The numbers are those of the specification, so that nobody tunes the question.

import { type Random, seededRandom } from "../../src/base/random.js";
import { BUSY, drawDeclared, drawSuccess } from "./chance.js";
import type { MakeRouter, Router } from "./router.js";

const AGENTS = 20;
const KINDS = 8;
const CHANGE_EVERY_TASKS = 500;
const CHANGE_CHANCE = 0.3;
const JUDGED_TASKS = 2_000;
const NEAR = 0.05;
const BINS = 10;

export interface WorldResult {
  /** Share of the last tasks whose agent was within 0.05 of the best free one. */
  readonly nearBest: number;
  /** Mean over all tasks of how much the best free one would have done better. */
  readonly regret: number;
  /** Expected calibration error of the success that the router expected, over the last tasks. */
  readonly calibration: number;
  /** Microseconds of each choice. */
  readonly decisionUs: Float64Array;
}

/** One life of the world: `tasks` tasks, 8,000 where it counts. */
export function liveChanging(seed: number, changes: boolean, tasks: number, make: MakeRouter): WorldResult {
  const random = seededRandom(seed);
  const success = Float64Array.from({ length: AGENTS * KINDS }, () => drawSuccess(random));
  const declared = success.map((p) => drawDeclared(random, p));
  const router = make({ agents: AGENTS, kinds: KINDS, declared, random: seededRandom(seed + 1_000_000_007) });
  const busy = new Uint8Array(AGENTS);
  const decisionUs = new Float64Array(tasks);
  const calibration = new Calibration();
  let near = 0;
  let judged = 0;
  let regret = 0;
  for (let task = 0; task < tasks; task++) {
    if (changes && task > 0 && task % CHANGE_EVERY_TASKS === 0) change(random, success, router);
    const kind = random.below(KINDS);
    const best = drawBusy(random, busy, success, kind);
    const luck = random.next();
    if (best < 0) continue;
    const began = performance.now();
    const { agent, expected } = router.choose(kind, busy);
    decisionUs[task] = (performance.now() - began) * 1000;
    const chosen = success[agent * KINDS + kind]!;
    const outcome = luck < chosen ? 1 : 0;
    router.learn(kind, agent, outcome);
    regret += best - chosen;
    if (task < tasks - JUDGED_TASKS) continue;
    judged += 1;
    if (best - chosen <= NEAR) near += 1;
    calibration.note(expected, outcome);
  }
  return { nearBest: near / judged, regret: regret / tasks, calibration: calibration.error(), decisionUs };
}

/** Draws who is busy; the success of the best free one, or −1 when all are busy. */
function drawBusy(random: Random, busy: Uint8Array, success: Float64Array, kind: number): number {
  let best = -1;
  for (let agent = 0; agent < AGENTS; agent++) {
    busy[agent] = random.next() < BUSY ? 1 : 0;
    if (busy[agent] === 0) best = Math.max(best, success[agent * KINDS + kind]!);
  }
  return best;
}

function change(random: Random, success: Float64Array, router: Router): void {
  for (let kind = 0; kind < KINDS; kind++) {
    if (random.next() >= CHANGE_CHANCE) continue;
    const agent = random.below(AGENTS);
    success[agent * KINDS + kind] = drawSuccess(random);
    router.changed?.(kind, agent);
  }
}

class Calibration {
  readonly #count = new Float64Array(BINS);
  readonly #gap = new Float64Array(BINS);

  note(expected: number, outcome: number): void {
    const bin = Math.min(BINS - 1, Math.floor(expected * BINS));
    this.#count[bin]! += 1;
    this.#gap[bin]! += expected - outcome;
  }

  error(): number {
    const all = this.#count.reduce((sum, count) => sum + count, 0);
    return this.#gap.reduce((sum, gap) => sum + Math.abs(gap), 0) / all;
  }
}
