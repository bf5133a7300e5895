// What the hub's process and the compute process (main.ts) say to each other. Words go over the IPC channel as JSON;
// numbers go through a file that both have open and that has no name (number-file.ts), because copies of megabytes
// through a channel would hold up the event loop of the hub.
//
//   hub                                         compute process
//   start { modes }                        ->
//                                          <-   trying { mode }          before each one, so that its death names it
//                                          <-   ready { mode, adapter, refused }
//   numbers into the file, run { id, work } ->
//                                          <-   done { id, count }, numbers in the file
//                                          <-   failed { id, message }   instead of done
//
// One piece of work at a time. The file holds, one after the other from its beginning, 32 bits each:
//
//   score     in   shares, minima, offsets, kindOf, proficiency, base, eligible     out  scores
//   similar   in   the matrix unless it is kept there, query                       out  k rows, k scores
//   forward   in   the parameters unless they are kept there, inputs              out  outputs
//
// What lies in an array that is used again (`keep`: a number for it) goes over once and stays on the device until
// `forget` names it.

export const GPU_MODES = ["webgpu", "webasm", "cpu"] as const;
/** In the order of preference: a graphics card, WebAssembly, plain JavaScript. */
export type GpuMode = (typeof GPU_MODES)[number];

export const GPU_ACTIVATIONS = ["linear", "sigmoid", "tanh", "relu"] as const;
export type GpuActivation = (typeof GPU_ACTIVATIONS)[number];

/** How many values an embedding has. */
export const VECTOR_VALUES = 256;

/** Where the compute process finds the file: after standard input, output, error and the channel. */
export const NUMBER_FILE_DESCRIPTOR = 4;

export interface ScoreWork {
  readonly kind: "score";
  readonly tasks: number;
  readonly agents: number;
  readonly capabilities: number;
  readonly kinds: number;
}

export interface SimilarWork {
  readonly kind: "similar";
  readonly rows: number;
  readonly k: number;
  readonly isUnit: boolean;
  readonly keep: Keep;
}

export interface ForwardWork {
  readonly kind: "forward";
  readonly rows: number;
  readonly inputs: number;
  readonly layers: readonly GpuLayer[];
  readonly parameters: number;
  readonly keep: Keep;
}

export interface GpuLayer {
  readonly inputs: number;
  readonly neurons: number;
  readonly activation: GpuActivation;
  readonly weightsAt: number;
  readonly biasesAt: number;
}

/** An array that is used again. `isHere`: the compute process has it already, so it is not in the file. */
export interface Keep {
  readonly key: number;
  readonly isHere: boolean;
}

export type Work = ScoreWork | SimilarWork | ForwardWork;

export type ToCompute =
  | { readonly type: "start"; readonly modes: readonly GpuMode[] }
  | { readonly type: "run"; readonly id: number; readonly work: Work; readonly forget: readonly number[] };

/** A mode that did not answer, and why. */
export interface RefusedMode {
  readonly mode: GpuMode;
  readonly reason: string;
}

export type FromCompute =
  | { readonly type: "trying"; readonly mode: GpuMode }
  | {
      readonly type: "ready";
      readonly mode: GpuMode;
      readonly adapter: string;
      readonly refused: readonly RefusedMode[];
    }
  | { readonly type: "done"; readonly id: number; readonly count: number }
  | { readonly type: "failed"; readonly id: number; readonly message: string };

/** What a compute process said, or undefined when it makes no sense: then nothing else from there is believed. */
export function readAnswer(given: unknown): FromCompute | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const said = given as Record<string, unknown>;
  const isMode = GPU_MODES.includes(said.mode as GpuMode);
  if (said.type === "trying") return isMode ? (given as FromCompute) : undefined;
  if (said.type === "ready")
    return isMode && typeof said.adapter === "string" && Array.isArray(said.refused)
      ? (given as FromCompute)
      : undefined;
  if (!Number.isInteger(said.id)) return undefined;
  if (said.type === "done") return isCount(said.count) ? (given as FromCompute) : undefined;
  if (said.type === "failed") return typeof said.message === "string" ? (given as FromCompute) : undefined;
  return undefined;
}

function isCount(given: unknown): boolean {
  return Number.isInteger(given) && (given as number) >= 0;
}
