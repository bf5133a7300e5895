// The reference engine of score-matrix.ts, on the calling thread.
// Why: capability by capability over one task's row of scores, which stays in the first-level cache; a requirement
// matrix is sparse, so what is not required costs one look per task.

import { checkScoreMatrix, type ScoreMatrixEngine, type ScoreMatrixInput } from "./score-matrix.js";

/** Scores in plain TypeScript; the promise is settled when the call returns. */
export class JsScoreMatrixEngine implements ScoreMatrixEngine {
  readonly kind = "js";

  scoreMatrix(input: ScoreMatrixInput, scores: Float32Array): Promise<Float32Array> {
    checkScoreMatrix(input, scores);
    for (let task = 0; task < input.tasks; task++) {
      const row = scores.subarray(task * input.agents, (task + 1) * input.agents);
      startRow(input, task, row);
      addCapabilities(input, task, row);
    }
    return Promise.resolve(scores);
  }
}

function startRow(
  { agents, base, eligible, kindOf, offsets }: ScoreMatrixInput,
  task: number,
  row: Float32Array,
) {
  const from = kindOf[task]! * agents;
  const offset = offsets[task]!;
  for (let agent = 0; agent < agents; agent++) {
    row[agent] = eligible[agent] === 0 ? Number.NEGATIVE_INFINITY : base[from + agent]! + offset;
  }
}

function addCapabilities(input: ScoreMatrixInput, task: number, row: Float32Array): void {
  const { agents, capabilities, shares, minima, proficiency } = input;
  for (let capability = 0; capability < capabilities; capability++) {
    const share = shares[task * capabilities + capability]!;
    const minimum = minima[task * capabilities + capability]!;
    if (share === 0 && minimum === 0) continue;
    const from = capability * agents;
    for (let agent = 0; agent < agents; agent++) {
      const value = proficiency[from + agent]!;
      row[agent] = value < minimum ? Number.NEGATIVE_INFINITY : row[agent]! + Math.fround(share * value);
    }
  }
}
