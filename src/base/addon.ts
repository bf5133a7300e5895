// The only loader of the native addon (C++20, N-API; sources in native/, glue in native/addon.cc).
// Everything the addon does has a stand-in in TypeScript, so not having it is an answer with a reason, never an error.
//
// Where it is looked for:
//   1. the package of this platform, such as hive-linux-x64-gnu, which comes with the npm package (scripts/pack.mjs)
//   2. native/build/Release/hive.node below the package root, which scripts/build-native.mjs compiled on this machine
// What does not load there, or has another `abi`, is passed over, and its sentence is part of the reason.
// Why: the exported functions carry a number, `abi`. A binary compiled from older sources is refused with a sentence
// instead of being called with other arguments.
// Why: no environment variable is read here; whoever composes the system passes `disabled`.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The generation of the addon's functions that this source calls. */
const ADDON_ABI = 6;

/** A seat in the process-wide table of bells: group and thread in one small integer. */
export type BellAddress = number & { readonly __id: "bell-address" };

/** How it comes to be, in a checkout of Hive and in a project that has Hive as a dependency. */
const REBUILD = 'run "npm run install" in a checkout, "npm rebuild hive" in a project that uses it';

/**
 * The functions of the addon as C++ exports them. The typed wrappers check shapes and explain; C++ checks memory and
 * lengths once more (native/unwrap.h) and throws a TypeError with code ADDON_ARGUMENT, so that no call can crash.
 */
export interface Addon {
  readonly abi: number;
  /** Takes a group of seats for one system, or answers -1 when every group is taken. */
  bellOpenGroup(): number;
  /** Gives back a group this thread opened. A thread that ends gives back its own. */
  bellCloseGroup(group: number): void;
  /** Calls `wake` on this thread after rings to `address`; several rings may become one call. Keeps nothing alive. */
  bellListen(address: BellAddress, wake: () => void): void;
  /** Whether listening at `address` keeps this thread's event loop running. */
  bellKeepAlive(address: BellAddress, on: boolean): void;
  bellClose(address: BellAddress): void;
  /** Wakes whoever listens at `address`, from any thread; ignored when nobody does. */
  bellRing(address: BellAddress): void;
  /** How many bells hang in this process, over all systems. */
  bellCount(): number;
  /**
   * Ranks rows of a table of agents and answers how many it found; compute/native-engine.ts gives it its types.
   * `numbers`: in 0 rows, 1 bits that count, 2 what they have to be, 3 k, 4 base of fitness, 5 how many capabilities,
   * 6 the cost that is a share of 1; out 7 matched, 8 median.
   */
  rank(
    numbers: Float64Array,
    eligible: Uint32Array,
    load: Float32Array,
    success: Float32Array,
    latencyMs: Float32Array,
    idleSinceMs: Float64Array,
    proficiency: readonly Float32Array[],
    minima: Float32Array,
    shares: Float32Array,
    weights: Float32Array,
    semantic: Float32Array | undefined,
    cost: Float32Array | undefined,
    scratch: Float32Array,
    rowsOut: Uint32Array,
    scoresOut: Float32Array,
  ): number;
  /** Hands this thread's addon the letters and weights of compute/embed-features.ts, which it copies. */
  embedTables(blocks: Uint16Array, entries: Int32Array, weights: Int32Array): void;
  /** Embeds a text; refused before `embedTables`. `out` has room for 256 values. */
  embed(text: string, out: Float32Array): void;
  /** The same off this thread. `out` is written when the promise resolves; it rejects if `out` is gone by then. */
  embedAsync(text: string, out: Float32Array): Promise<void>;
  /** Finds the rows most like a query and answers how many; compute/similar-native.ts gives it its types. */
  similarTop(
    rows: number,
    k: number,
    isUnit: boolean,
    query: Float32Array,
    values: Float32Array,
    rowsOut: Uint32Array,
    scoresOut: Float32Array,
  ): number;
  /**
   * The same off this thread. `query` is read at once; `values` lies in a SharedArrayBuffer and is read meanwhile; the
   * last two are written when the promise resolves, and it rejects if they are gone by then.
   */
  similarTopAsync(
    rows: number,
    k: number,
    isUnit: boolean,
    query: Float32Array,
    values: Float32Array,
    rowsOut: Uint32Array,
    scoresOut: Float32Array,
  ): Promise<number>;
  /** Cosines of rows of unit vectors with one, mapped to 0 … 1, for rows whose bits are as wanted. */
  compareEmbeddings(
    rows: number,
    care: number,
    want: number,
    eligible: Uint32Array,
    embeddings: Float32Array,
    task: Float32Array,
    semanticOut: Float32Array,
  ): void;
  /**
   * Fills a matrix of scores on so many pool threads and resolves to it; compute/score-matrix.ts has the shapes. Arrays
   * in shared memory are worked on where they lie; any other is copied, at the call or at the end.
   */
  scoreMatrix(
    tasks: number,
    agents: number,
    capabilities: number,
    helpers: number,
    shares: Float32Array,
    minima: Float32Array,
    offsets: Float32Array,
    kindOf: Uint32Array,
    proficiency: Float32Array,
    base: Float32Array,
    eligible: Uint32Array,
    scores: Float32Array,
  ): Promise<Float32Array>;
  /** Fills `agentOf` with the best assignment; compute/assign.ts has the shapes, `numbers` and `counts` are scratch. */
  assign(
    tasks: number,
    agents: number,
    scores: Float32Array,
    capacity: Uint32Array,
    numbers: Float64Array,
    counts: Int32Array,
    agentOf: Int32Array,
  ): void;
  /** The same on a pool thread; resolves to `agentOf`. `scores` in shared memory is read where it lies, else copied. */
  assignAsync(
    tasks: number,
    agents: number,
    scores: Float32Array,
    capacity: Uint32Array,
    agentOf: Int32Array,
  ): Promise<Int32Array>;
  /** How many floats an epoch of a network of `layout` needs to work in. */
  networkScratch(layout: Uint32Array): number;
  /** Computes a batch; compute/network-native.ts gives it its types. */
  networkForward(
    layout: Uint32Array,
    parameters: Float32Array,
    inputs: Float32Array,
    rows: number,
    outputs: Float32Array,
  ): void;
  /** The same off this thread: `parameters` is shared memory, `inputs` are copied, `outputs` written at the end. */
  networkForwardLater(
    layout: Uint32Array,
    parameters: Float32Array,
    inputs: Float32Array,
    rows: number,
    outputs: Float32Array,
  ): Promise<void>;
  /**
   * An epoch of training off this thread; native/network_addon.cc lists what `numbers` are. All arrays of floats are
   * shared memory that it works in; `order` is copied, `numbers` written when it is done.
   */
  networkEpoch(
    layout: Uint32Array,
    numbers: Float64Array,
    parameters: Float32Array,
    gradient: Float32Array,
    first: Float32Array,
    second: Float32Array,
    inputs: Float32Array,
    targets: Float32Array,
    order: Uint32Array,
    scratch: Float32Array,
  ): Promise<void>;
}

export interface AddonOptions {
  /** True: do not even look; the reason says that it was switched off. Default false. */
  readonly disabled?: boolean;
  /** The directory that holds `native/`. Default: the nearest one above this file. */
  readonly packageDir?: string;
}

/** Either the addon and where it came from, or the reason, a sentence for people, why there is none. */
export type LoadedAddon =
  | { readonly addon: Addon; readonly path: string; readonly reason: undefined }
  | { readonly addon: undefined; readonly path: undefined; readonly reason: string };

/** Loads the addon on the calling thread. Each thread loads it for itself; the second time is cheap. */
export function loadAddon(options: AddonOptions = {}): LoadedAddon {
  if (options.disabled === true) return without("The native addon is switched off by the settings.");
  const packageDir = options.packageDir ?? findPackageDir(dirname(fileURLToPath(import.meta.url)));
  if (packageDir === undefined)
    return without("The native addon was not found: no native/ folder above Hive's code.");
  const built = join(packageDir, "native", "build", "Release", "hive.node");
  const candidates = [...platformBinaries(packageDir), ...(existsSync(built) ? [built] : [])];
  const complaints: string[] = [];
  for (const path of candidates) {
    const loaded = loadFrom(path);
    if (typeof loaded !== "string") return { addon: loaded, path, reason: undefined };
    complaints.push(loaded);
  }
  if (complaints.length > 0) return without(complaints.join(" "));
  const platform = `${process.platform}-${process.arch}`;
  return without(`The native addon is not built for ${platform}; ${REBUILD} with a C++ compiler present.`);
}

/**
 * The binaries that platform packages brought, as a module of the package at `packageDir` would find them.
 * Why both of Linux: npm installs the one whose `libc` fits, and finding out which that is costs more than to look.
 */
function platformBinaries(packageDir: string): string[] {
  const require = createRequire(join(packageDir, "package.json"));
  const ending = { linux: ["-gnu", "-musl"], win32: ["-msvc"] }[process.platform as string] ?? [""];
  return ending.flatMap((libc) => {
    try {
      return [require.resolve(`hive-${process.platform}-${process.arch}${libc}`)];
    } catch {
      return [];
    }
  });
}

function without(reason: string): LoadedAddon {
  return { addon: undefined, path: undefined, reason };
}

/** The addon at `path`, or a sentence that says why not. */
function loadFrom(path: string): Addon | string {
  try {
    const addon = createRequire(import.meta.url)(path) as Addon;
    if (addon.abi === ADDON_ABI) return addon;
    return `The native addon at ${path} has version ${addon.abi}, expected ${ADDON_ABI}; ${REBUILD}.`;
  } catch (error) {
    return `The native addon at ${path} does not load: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

/** The nearest directory at or above `startDir` that holds native/binding.gyp; built code lies at varying depth. */
function findPackageDir(startDir: string): string | undefined {
  for (let dir = startDir; ; dir = dirname(dir)) {
    if (existsSync(join(dir, "native", "binding.gyp"))) return dir;
    if (dirname(dir) === dir) return undefined;
  }
}
