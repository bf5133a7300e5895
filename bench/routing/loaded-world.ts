// R3: tasks come whether or not somebody is free, agents are of different speed and slower under load, and who is late
// has failed. Success is that of R1 without changes; the rest of the world is here:
//
//   agents     20 with 4 slots each; a task is begun by an agent with a free slot, else it waits in one line
//   service    median m of an agent ~ e^(0.5·N); a task takes m · e^(0.5·N) · (1 + load), the load with the task in it
//   arrivals   Poisson, 70 % of what all do when all slots are busy: Σ slots / (m · e^(0.125) · 2)
//   deadline   4 units of time after the arrival; the median of a median agent without load takes 1.25

import { type Random, seededRandom } from "../../src/base/random.js";
import { sampleNormal } from "../../src/compute/explore.js";
import { drawDeclared, drawGap, drawSuccess } from "./chance.js";
import type { MakeRouter, Router } from "./router.js";

const AGENTS = 20;
const KINDS = 8;
const SLOTS = 4;
const SHARE_OF_CAPACITY = 0.7;
const DEADLINE = 4;
const SIGMA = 0.5;
/** Until beliefs and lines have settled, nothing is counted. */
const COUNTED_FROM_SHARE = 0.25;

export interface LoadedResult {
  /** Share of tasks that were done after their deadline. */
  readonly late: number;
  /** Share of tasks that were late or failed. */
  readonly failed: number;
  readonly decisionUs: Float64Array;
}

interface Job {
  readonly kind: number;
  readonly arrived: number;
  readonly serial: number;
  agent: number;
  began: number;
  ends: number;
}

export function liveLoaded(seed: number, tasks: number, make: MakeRouter): LoadedResult {
  return new LoadedWorld(seed, tasks, make).live();
}

class LoadedWorld {
  readonly #random: Random;
  readonly #tasks: number;
  readonly #success: Float64Array;
  readonly #medians: Float64Array;
  readonly #router: Router;
  readonly #held = new Int32Array(AGENTS);
  readonly #busy = new Uint8Array(AGENTS);
  readonly #running: Job[] = [];
  readonly #waiting: Job[] = [];
  readonly #decisionUs: Float64Array;
  #decisions = 0;
  #counted = 0;
  #late = 0;
  #failed = 0;

  constructor(seed: number, tasks: number, make: MakeRouter) {
    this.#random = seededRandom(seed);
    this.#tasks = tasks;
    this.#success = Float64Array.from({ length: AGENTS * KINDS }, () => drawSuccess(this.#random));
    const declared = this.#success.map((p) => drawDeclared(this.#random, p));
    this.#medians = Float64Array.from({ length: AGENTS }, () => Math.exp(SIGMA * sampleNormal(this.#random)));
    const random = seededRandom(seed + 1_000_000_007);
    this.#router = make({ agents: AGENTS, kinds: KINDS, declared, random });
    this.#decisionUs = new Float64Array(tasks);
  }

  live(): LoadedResult {
    const mean = Math.exp((SIGMA * SIGMA) / 2) * 2;
    const rate = SHARE_OF_CAPACITY * this.#medians.reduce((sum, median) => sum + SLOTS / (median * mean), 0);
    let arrives = drawGap(this.#random, rate);
    for (let serial = 0; serial < this.#tasks; ) {
      const next = this.#nextToEnd();
      if (next !== undefined && next.ends <= arrives) {
        this.#end(next);
        continue;
      }
      this.#waiting.push({
        kind: this.#random.below(KINDS),
        arrived: arrives,
        serial,
        agent: -1,
        began: 0,
        ends: 0,
      });
      this.#begin(arrives);
      arrives += drawGap(this.#random, rate);
      serial += 1;
    }
    for (let next = this.#nextToEnd(); next !== undefined; next = this.#nextToEnd()) this.#end(next);
    const decisionUs = this.#decisionUs.subarray(0, this.#decisions);
    return { late: this.#late / this.#counted, failed: this.#failed / this.#counted, decisionUs };
  }

  #nextToEnd(): Job | undefined {
    let next: Job | undefined;
    for (const job of this.#running) if (next === undefined || job.ends < next.ends) next = job;
    return next;
  }

  /** Begins what waits, the oldest first, while somebody has a free slot. */
  #begin(now: number): void {
    while (this.#waiting.length > 0 && this.#busy.includes(0)) {
      const job = this.#waiting.shift() as Job;
      const began = performance.now();
      const { agent } = this.#router.choose(job.kind, this.#busy);
      this.#decisionUs[this.#decisions++] = (performance.now() - began) * 1000;
      this.#hold(agent, 1);
      const load = this.#held[agent]! / SLOTS;
      const duration = this.#medians[agent]! * Math.exp(SIGMA * sampleNormal(this.#random)) * (1 + load);
      this.#running.push(Object.assign(job, { agent, began: now, ends: now + duration }));
    }
  }

  #end(job: Job): void {
    this.#running.splice(this.#running.indexOf(job), 1);
    this.#hold(job.agent, -1);
    const isLate = job.ends - job.arrived > DEADLINE;
    const isGood = this.#random.next() < this.#success[job.agent * KINDS + job.kind]!;
    this.#router.timed?.(job.agent, job.ends - job.began);
    this.#router.learn(job.kind, job.agent, isGood && !isLate ? 1 : 0);
    if (job.serial >= this.#tasks * COUNTED_FROM_SHARE) {
      this.#counted += 1;
      if (isLate) this.#late += 1;
      if (isLate || !isGood) this.#failed += 1;
    }
    this.#begin(job.ends);
  }

  #hold(agent: number, more: number): void {
    this.#held[agent]! += more;
    this.#busy[agent] = this.#held[agent]! >= SLOTS ? 1 : 0;
    this.#router.loaded?.(agent, this.#held[agent]! / SLOTS);
  }
}
