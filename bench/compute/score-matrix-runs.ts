// How each contender fills a matrix of scores, and that they fill it with the same.

import type { ScoreMatrixEngine, ScoreMatrixInput } from "../../src/compute/score-matrix.js";
import { makeSharedFloats } from "../../src/compute/shared-floats.js";
import type { TaskNeeds } from "../../src/compute/task-needs.js";
import type { Measured, Session } from "../question.js";
import { type CrewAgent, capabilityName, makeCrew, makeTasks } from "./crew.js";
import { matrixOfObjects, medianOf } from "./object-loop.js";

export interface MatrixShape {
  readonly tasks: number;
  readonly agents: number;
  readonly capabilities: number;
  readonly required: number;
}

const HELD_SHARE = 0.5;
const CHECKED_EVERY = 997;
const ERROR_MAX = 1e-5;

function sceneOf({ tasks, agents, capabilities, required }: MatrixShape) {
  const crew = makeCrew({ agents, capabilities, held: capabilities * HELD_SHARE });
  const needs = makeTasks(tasks, required, capabilities);
  return { crew, needs, median: medianOf(crew.map(({ latencyMs }) => latencyMs)) };
}

export async function openObjectMatrix(shape: MatrixShape): Promise<Session> {
  const { crew, needs, median } = sceneOf(shape);
  const scores = new Float32Array(shape.tasks * shape.agents);
  const run = async (): Promise<Measured> => {
    const startedMs = performance.now();
    matrixOfObjects(crew, needs, median, scores);
    return { value: perSecond(scores.length, startedMs), verified: scores.some(Number.isFinite) };
  };
  return { run, close: async () => undefined };
}

export async function openEngineMatrix(shape: MatrixShape, engine: ScoreMatrixEngine): Promise<Session> {
  const { crew, needs, median } = sceneOf(shape);
  const input = inputOf(crew, needs, median, shape);
  const scores = makeSharedFloats(shape.tasks * shape.agents);
  const expected = new Float32Array(scores.length);
  matrixOfObjects(crew, needs, median, expected);
  const run = async (): Promise<Measured> => {
    scores.fill(Number.NaN);
    const startedMs = performance.now();
    await engine.scoreMatrix(input, scores);
    return { value: perSecond(scores.length, startedMs), verified: agree(scores, expected) };
  };
  return { run, close: async () => undefined };
}

function perSecond(values: number, startedMs: number): number {
  return values / 1e6 / ((performance.now() - startedMs) / 1000);
}

function agree(scores: Float32Array, expected: Float32Array): boolean {
  for (let at = 0; at < scores.length; at += CHECKED_EVERY) {
    if (scores[at] === expected[at]) continue;
    if (!(Math.abs(scores[at]! / expected[at]! - 1) < ERROR_MAX)) return false;
  }
  return true;
}

const WEIGHTS = { fitness: 0.4 / 0.9, success: 0.25 / 0.9, headroom: 0.15 / 0.9, speed: 0.1 / 0.9 };
const ENERGY_MIN = 0.1;
const SMALLEST = 2 ** -126;

function inputOf(
  crew: readonly CrewAgent[],
  needs: readonly TaskNeeds[],
  median: number,
  { tasks, agents, capabilities }: MatrixShape,
): ScoreMatrixInput {
  const input = {
    tasks,
    agents,
    capabilities,
    kinds: 1,
    shares: makeSharedFloats(tasks * capabilities),
    minima: makeSharedFloats(tasks * capabilities),
    offsets: new Float32Array(tasks),
    kindOf: new Uint32Array(tasks),
    proficiency: makeSharedFloats(capabilities * agents),
    base: makeSharedFloats(agents),
    eligible: new Uint32Array(agents),
  };
  for (const [row, agent] of crew.entries()) {
    input.eligible[row] = agent.isFree && agent.energy > ENERGY_MIN ? 1 : 0;
    input.base[row] =
      (WEIGHTS.success * agent.alpha) / (agent.alpha + agent.beta) +
      WEIGHTS.headroom * (1 - agent.load) +
      WEIGHTS.speed / (1 + agent.latencyMs / median);
    for (let index = 0; index < capabilities; index++) {
      input.proficiency[index * agents + row] = agent.capabilities.get(capabilityName(index)) ?? 0;
    }
  }
  for (const [row, task] of needs.entries()) {
    const total = task.capabilities.reduce((sum, { weight = 1 }) => sum + weight, 0);
    for (const { capability, min, weight = 1 } of task.capabilities) {
      const at = row * capabilities + Number(capability.split("-")[1]);
      input.shares[at] = (WEIGHTS.fitness * weight) / total;
      input.minima[at] = Math.max(min, SMALLEST);
    }
  }
  return input;
}
