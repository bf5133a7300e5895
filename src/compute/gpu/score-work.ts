// Scores of many tasks for many agents, in tiles of a size that every device takes.
//
//   scores[t,a] = (base[kindOf[t], a] + offsets[t]) + Σ_c shares[t,c] · proficiency[c,a]
//   −Infinity where eligible[a] = 0, or proficiency[c,a] < minima[t,c] for some c
//
// Why sizes are rounded up: a kernel is built anew for each size it is run with, and an hour's agents and tasks come in
// every number there is.

import type { Device, Kernel, Matrix } from "./device.js";
import { NO_SCORE, SCORE, SCORES_ABOVE } from "./kernels.js";
import type { NumberStream } from "./number-file.js";
import type { ScoreWork } from "./protocol.js";
import { roomFor } from "./sizes.js";

/** Agents of a tile: a card starts at most 65,535 groups of 8 abreast. */
const TILE_AGENTS = 2 ** 18;
/** Scores of a tile: 64 MiB, half of what every card takes in one piece. */
const TILE_SCORES = 2 ** 24;

interface Tasks {
  readonly shares: Float32Array;
  readonly minima: Float32Array;
  readonly offsets: Float32Array;
  readonly kindOf: Float32Array;
}

/** `count` agents from `first` on, and room for some more. */
interface Columns {
  readonly first: number;
  readonly count: number;
  readonly proficiency: Matrix;
  readonly base: Matrix;
}

export class ScoreDesk {
  readonly #kernel: Kernel;

  constructor(device: Device) {
    this.#kernel = device.kernel(SCORE);
  }

  /** Reads the input, computes, and leaves the scores in the file. */
  async run(work: ScoreWork, input: NumberStream, output: NumberStream): Promise<void> {
    const { tasks, agents, capabilities, kinds } = work;
    const given = {
      shares: input.floats(tasks * capabilities),
      minima: input.floats(tasks * capabilities),
      offsets: input.floats(tasks),
      kindOf: Float32Array.from(input.counts(tasks)),
    };
    const proficiency = input.floats(capabilities * agents);
    const base = input.floats(kinds * agents);
    barIneligible(base, input.counts(agents));
    const scores = new Float32Array(tasks * agents);
    for (let first = 0; first < agents; first += TILE_AGENTS) {
      const count = Math.min(TILE_AGENTS, agents - first);
      const columns = {
        first,
        count,
        proficiency: columnsOf(proficiency, agents, first, count, Math.max(1, capabilities)),
        base: columnsOf(base, agents, first, count, kinds),
      };
      await this.#scoreAgents(work, given, columns, scores);
    }
    output.write(scores);
  }

  async #scoreAgents(
    { tasks, agents, capabilities }: ScoreWork,
    { shares, minima, offsets, kindOf }: Tasks,
    { first, count, proficiency, base }: Columns,
    scores: Float32Array,
  ): Promise<void> {
    const { width } = base;
    const step = Math.max(1, Math.floor(TILE_SCORES / width));
    for (let task = 0; task < tasks; task += step) {
      const end = Math.min(task + step, tasks);
      const height = Math.min(step, roomFor(end - task));
      const tile = await this.#kernel.run(
        width,
        height,
        rowsOf(shares, task, end, capabilities, height),
        rowsOf(minima, task, end, capabilities, height),
        { values: grown(offsets.subarray(task, end), height), width: height, height: 1 },
        { values: grown(kindOf.subarray(task, end), height), width: height, height: 1 },
        proficiency,
        base,
        Math.max(1, capabilities),
      );
      for (let row = task; row < end; row++)
        copyScores(tile, (row - task) * width, count, scores, row * agents + first);
    }
  }
}

/** Writes NO_SCORE into each row of `base` where an agent is not eligible. */
function barIneligible(base: Float32Array, eligible: Uint32Array): void {
  const agents = eligible.length;
  for (let agent = 0; agent < agents; agent++) {
    if (eligible[agent] !== 0) continue;
    for (let at = agent; at < base.length; at += agents) base[at] = NO_SCORE;
  }
}

function copyScores(tile: Float32Array, from: number, count: number, scores: Float32Array, to: number): void {
  for (let index = 0; index < count; index++) {
    const score = tile[from + index]!;
    scores[to + index] = score > SCORES_ABOVE ? score : Number.NEGATIVE_INFINITY;
  }
}

/** Columns `first` … of a matrix of `rows` rows, as wide as there is room for. */
function columnsOf(values: Float32Array, width: number, first: number, count: number, rows: number): Matrix {
  const room = Math.min(TILE_AGENTS, roomFor(count));
  const copy = new Float32Array(room * rows);
  for (let row = 0; row * width < values.length; row++)
    copy.set(values.subarray(row * width + first, row * width + first + count), row * room);
  return { values: copy, width: room, height: rows };
}

function rowsOf(values: Float32Array, from: number, end: number, width: number, height: number): Matrix {
  const wide = Math.max(1, width);
  return { values: grown(values.subarray(from * width, end * width), height * wide), width: wide, height };
}

function grown(values: Float32Array, length: number): Float32Array {
  if (values.length === length) return values;
  const longer = new Float32Array(length);
  longer.set(values);
  return longer;
}
