// Scores of many tasks for many agents, in tiles of a size that every device takes.
//
//   scores[t,a] = (base[kindOf[t], a] + offsets[t]) + Σ_c shares[t,c] · proficiency[c,a]
//   −Infinity where eligible[a] = 0, or proficiency[c,a] < minima[t,c] for some c
//
// A task requires few of the capabilities: the kernel is given a list of them for each task, as long as the longest
// one; what fills up the others has a share and a minimum of 0.
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

/** What the tasks require: `required` entries of each, row after row, in the order of the capabilities. */
interface Tasks {
  readonly required: number;
  readonly columns: Float32Array;
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
    const shares = input.floats(tasks * capabilities);
    const minima = input.floats(tasks * capabilities);
    const offsets = input.floats(tasks);
    const kindOf = Float32Array.from(input.counts(tasks));
    const given = { ...requirementsOf(tasks, capabilities, shares, minima), offsets, kindOf };
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
    { tasks, agents }: ScoreWork,
    { required, columns, shares, minima, offsets, kindOf }: Tasks,
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
        rowsOf(columns, task, end, required, height),
        rowsOf(shares, task, end, required, height),
        rowsOf(minima, task, end, required, height),
        { values: grown(offsets.subarray(task, end), height), width: height, height: 1 },
        { values: grown(kindOf.subarray(task, end), height), width: height, height: 1 },
        proficiency,
        base,
        required,
      );
      for (let row = task; row < end; row++)
        copyScores(tile, (row - task) * width, count, scores, row * agents + first);
    }
  }
}

function requirementsOf(
  tasks: number,
  capabilities: number,
  shares: Float32Array,
  minima: Float32Array,
): Pick<Tasks, "required" | "columns" | "shares" | "minima"> {
  const lists = Array.from({ length: tasks }, (_, task) => {
    const list: number[] = [];
    for (let capability = 0; capability < capabilities; capability++) {
      const at = task * capabilities + capability;
      if (shares[at] !== 0 || minima[at] !== 0) list.push(capability);
    }
    return list;
  });
  const required = roomFor(lists.reduce((most, list) => Math.max(most, list.length), 1));
  const length = tasks * required;
  const compact = {
    required,
    columns: new Float32Array(length),
    shares: new Float32Array(length),
    minima: new Float32Array(length),
  };
  for (const [task, list] of lists.entries()) {
    for (const [place, capability] of list.entries()) {
      const to = task * required + place;
      compact.columns[to] = capability;
      compact.shares[to] = shares[task * capabilities + capability]!;
      compact.minima[to] = minima[task * capabilities + capability]!;
    }
  }
  return compact;
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
  return { values: grown(values.subarray(from * width, end * width), height * width), width, height };
}

function grown(values: Float32Array, length: number): Float32Array {
  if (values.length === length) return values;
  const longer = new Float32Array(length);
  longer.set(values);
  return longer;
}
