// How each contender finds the best agents for a task, and that they find agents of the same scores.

import type { Addon } from "../../src/base/addon.js";
import { ELIGIBLE, ELIGIBLE_ALL } from "../../src/compute/agent-table.js";
import { createScorer } from "../../src/compute/scorer.js";
import type { Measured, Session } from "../question.js";
import { type CrewShape, makeCrew, makeTasks, tableOf } from "./crew.js";
import { topKOfObjects } from "./object-loop.js";

export interface TopKShape extends CrewShape {
  readonly required: number;
  readonly k: number;
}

const TASKS = 8;
const ERROR_MAX = 1e-5;
const BYTES_PER_VALUE = 4;
/** Columns of every row that a ranking reads beside those of the capabilities: bits, load, success, latency. */
const COLUMNS = 4;

function sceneOf(shape: TopKShape) {
  return { crew: makeCrew(shape), tasks: makeTasks(TASKS, shape.required, shape.capabilities) };
}

/** With the addon our engine, without it our reference. */
export async function openScorerTopK(
  shape: TopKShape,
  rounds: number,
  addon: Addon | undefined,
): Promise<Session> {
  const { crew, tasks } = sceneOf(shape);
  const scorer = createScorer(tableOf(crew, ELIGIBLE.idle, ELIGIBLE_ALL), addon);
  const expected = tasks.map((needs) => topKOfObjects(crew, needs, shape.k).map(({ score }) => score));
  const run = async (): Promise<Measured> => {
    const startedMs = performance.now();
    for (let round = 0; round < rounds; round++) scorer.rank(tasks[round % TASKS]!, shape.k);
    const tookS = (performance.now() - startedMs) / 1000;
    const verified = tasks.every((needs, at) => {
      const count = scorer.rank(needs, shape.k);
      const wanted = expected[at]!;
      return (
        count === wanted.length &&
        wanted.every((score, place) => Math.abs(scorer.scoreAt(place) / score - 1) < ERROR_MAX)
      );
    });
    return { value: rounds / tookS, verified };
  };
  return { run, close: async () => undefined };
}

export async function openObjectTopK(shape: TopKShape, rounds: number): Promise<Session> {
  const { crew, tasks } = sceneOf(shape);
  const run = async (): Promise<Measured> => {
    let found = 0;
    const startedMs = performance.now();
    for (let round = 0; round < rounds; round++) {
      found += topKOfObjects(crew, tasks[round % TASKS]!, shape.k).length;
    }
    return { value: (1000 * rounds) / (performance.now() - startedMs), verified: found === rounds * shape.k };
  };
  return { run, close: async () => undefined };
}

/**
 * Reads as many bytes as a ranking, by the C library's memchr: a search for a byte that is not there. What it reaches
 * is the bandwidth of whatever cache or memory holds so many bytes.
 */
export async function openMemoryRead({ agents, required }: TopKShape, rounds: number): Promise<Session> {
  const bytes = Buffer.alloc(agents * BYTES_PER_VALUE * (COLUMNS + required), 1);
  const run = async (): Promise<Measured> => {
    let missed = 0;
    const startedMs = performance.now();
    for (let round = 0; round < rounds; round++) if (bytes.indexOf(2) < 0) missed++;
    return { value: (1000 * rounds) / (performance.now() - startedMs), verified: missed === rounds };
  };
  return { run, close: async () => undefined };
}
