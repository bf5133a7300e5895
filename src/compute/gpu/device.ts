// gpu.js, and the only file that knows it: opens it in the first mode that computes rightly, and makes kernels for it.
// Loaded by the compute process alone (main.ts).
//
//   webgpu   a graphics card, through Dawn; the `webgpu` package that gpu.js brings has it for each platform
//   webasm   WebAssembly with vector instructions, on all cores from 4,096 results on
//   cpu      plain JavaScript, which always works
//
// Why a probe: a mode that loads need not work. Each computes a small product first, and the result is compared.

import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import type { IGPUKernelSettings } from "gpu.js";
import * as gpuJs from "gpu.js";
import type { GpuMode, RefusedMode } from "./protocol.js";

/** A matrix or, with one row, a vector: rows of `width` numbers one after the other. */
export interface Matrix {
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
}

export interface Kernel {
  /** Computes `width` × `height` results, row after row. */
  run(width: number, height: number, ...given: readonly (Matrix | number)[]): Promise<Float32Array>;
  /** Gives back what it holds on the device. */
  close(): void;
}

export interface Device {
  readonly mode: GpuMode;
  /** Of which make it is. */
  readonly adapter: string;
  /**
   * A kernel from the source of a function. Constants stay on the device: matrices are copied there once.
   * Why source and not a function: what a compiler or bundler makes of a function need not be what gpu.js reads.
   */
  kernel(source: string, constants?: Readonly<Record<string, Matrix | number>>): Kernel;
}

/** Of each size that a kernel was run with gpu.js keeps a module and its memory: so many, the latest. */
const KEPT_SIZES = 3;

const ERROR_SCOPES = ["out-of-memory", "validation"] as const;

const PROBE = `function probe(left, right) {
  let sum = 0;
  for (let i = 0; i < 3; i++) sum += left[this.thread.y][i] * right[i][this.thread.x];
  return sum;
}`;
const PROBE_RESULT = [22, 28, 49, 64];

/** What gpu.js does not declare. */
interface Undeclared {
  readonly input: (values: Float32Array, size: readonly number[]) => object;
  readonly WebGPUContext: { acquire(): Promise<{ readonly device: ScopedDevice }> };
}

interface Adapter {
  /** It computes on the processor. */
  readonly isFallbackAdapter?: boolean;
  readonly info?: { readonly vendor?: string; readonly device?: string; readonly description?: string };
}

interface ScopedDevice {
  pushErrorScope(filter: string): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
}

/** What is said of the device, and how a kernel is run on it. */
interface Opened {
  readonly adapter: string;
  guard<Result>(run: () => Promise<Result>): Promise<Result>;
}

interface RawKernel {
  (...given: readonly unknown[]): Promise<Float32Array | Float32Array[]>;
  setOutput(size: readonly number[]): unknown;
  destroy(): void;
  readonly kernel: { moduleCacheLimit?: number; readonly constructor: { readonly mode: string } };
}

const { input, WebGPUContext } = gpuJs as unknown as Undeclared;

/** Opens the first mode that works; throws when none does. Tells `onTrying` before each. */
export async function openDevice(
  modes: readonly GpuMode[],
  onTrying: (mode: GpuMode) => Promise<void>,
): Promise<{ readonly device: Device; readonly refused: readonly RefusedMode[] }> {
  const refused: RefusedMode[] = [];
  for (const mode of modes) {
    await onTrying(mode);
    try {
      const device = await openMode(mode, modes.length === 1);
      await probe(device);
      return { device, refused };
    } catch (error) {
      refused.push({ mode, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  throw new Error(`no mode works: ${refused.map(({ mode, reason }) => `${mode}: ${reason}`).join("; ")}`);
}

async function openMode(mode: GpuMode, isOnly: boolean): Promise<Device> {
  const { adapter, guard } = mode === "webgpu" ? await openWebGpu(isOnly) : openProcessor(mode);
  const gpu = new gpuJs.GPU({ mode: mode as "cpu" });
  return {
    mode,
    adapter,
    kernel(source, constants = {}) {
      const raw = gpu.createKernel(source, settingsFor(mode, constants)) as unknown as RawKernel;
      raw.kernel.moduleCacheLimit = KEPT_SIZES;
      return {
        async run(width, height, ...given) {
          raw.setOutput([width, height]);
          const rows = await guard(() => raw(...given.map((one) => forGpu(mode, one))));
          checkMode(mode, raw.kernel.constructor.mode);
          return flat(rows as Float32Array[], width, height);
        },
        close: () => raw.destroy(),
      };
    },
  };
}

function openProcessor(mode: GpuMode): Opened {
  return { adapter: `${mode} on ${availableParallelism()} cores`, guard: (run) => run() };
}

/**
 * Puts `navigator.gpu` where gpu.js looks for it, which nothing in Node does, and asks for a device. A software
 * renderer is refused unless nothing else may be taken: measured with Mesa's, webasm is two to ten times as fast.
 */
async function openWebGpu(takesSoftware: boolean): Promise<Opened> {
  const fromGpuJs = createRequire(createRequire(import.meta.url).resolve("gpu.js"));
  const { create, globals } = (await import(pathToFileURL(fromGpuJs.resolve("webgpu")).href)) as {
    create(flags: readonly string[]): { requestAdapter(): Promise<Adapter | null> };
    globals: { readonly GPUDevice: { readonly prototype: object } };
  };
  Object.assign(globalThis, globals);
  // Why: gpu.js sets a listener for errors on each device, and this Dawn (webgpu 0.2.9) throws at whatever is set.
  Object.defineProperty(globals.GPUDevice.prototype, "onuncapturederror", { value: null, writable: true });
  const gpu = create([]);
  const { navigator } = globalThis as { navigator?: object };
  if (navigator !== undefined) Object.defineProperty(navigator, "gpu", { value: gpu });
  else Object.defineProperty(globalThis, "navigator", { value: { gpu } });
  // Before a device is asked for: from then on Dawn keeps a core busy for as long as the process lives.
  const adapter = await gpu.requestAdapter();
  const { vendor, device: name, description } = adapter?.info ?? {};
  const title = [vendor, name, description].filter(Boolean).join(" ") || "a graphics card without a name";
  if (adapter?.isFallbackAdapter === true && !takesSoftware)
    throw new Error(`only a software renderer answers: ${title}`);
  const { device } = await WebGPUContext.acquire();
  return {
    adapter: title,
    guard: (run) => inScopes(device, run),
  };
}

/** Why: what a card refuses is reported beside the results, which are zeros then. */
async function inScopes<Result>(device: ScopedDevice, run: () => Promise<Result>): Promise<Result> {
  for (const scope of ERROR_SCOPES) device.pushErrorScope(scope);
  const result = await run();
  const errors = await Promise.all(ERROR_SCOPES.map(() => device.popErrorScope()));
  const error = errors.find((one) => one !== null);
  if (error !== undefined) throw new Error(`the device reports an error: ${error?.message}`);
  return result;
}

function settingsFor(mode: GpuMode, constants: Readonly<Record<string, Matrix | number>>) {
  const given = Object.entries(constants).map(([name, value]) => [name, forGpu(mode, value)] as const);
  const settings = {
    constants: Object.fromEntries(given),
    constantTypes: Object.fromEntries(given.map(([name, value]) => [name, typeOf(value)] as const)),
    output: [1, 1],
    dynamicOutput: true,
    dynamicArguments: true,
    asyncMode: true,
    precision: "single",
  };
  return settings as object as IGPUKernelSettings;
}

function typeOf(given: unknown): "Integer" | "Array" | "Input" {
  if (typeof given === "number") return "Integer";
  return Array.isArray(given) ? "Array" : "Input";
}

/** Why rows in `cpu` mode: gpu.js 2.24.1 takes a flat matrix there to be as wide as the result. */
function forGpu(mode: GpuMode, given: Matrix | number): unknown {
  if (typeof given === "number") return given;
  const { values, width, height } = given;
  if (mode !== "cpu") return input(values, [width, height]);
  return Array.from({ length: height }, (_, row) => values.subarray(row * width, (row + 1) * width));
}

/** gpu.js goes on with `cpu` when a mode cannot do a kernel; then what we say of ourselves would be wrong. */
function checkMode(asked: GpuMode, used: string): void {
  if (used !== asked) throw new Error(`gpu.js computed with ${used} where ${asked} was asked for`);
}

/** The rows are parts of one array, unless gpu.js computed in plain JavaScript. */
function flat(rows: readonly Float32Array[], width: number, height: number): Float32Array {
  const { buffer, byteOffset } = rows[0]!;
  if (byteOffset === 0 && buffer.byteLength === Float32Array.BYTES_PER_ELEMENT * width * height)
    return new Float32Array(buffer);
  const values = new Float32Array(width * height);
  for (const [index, row] of rows.entries()) values.set(row, index * width);
  return values;
}

async function probe(device: Device): Promise<void> {
  const kernel = device.kernel(PROBE);
  const left: Matrix = { values: Float32Array.of(1, 2, 3, 4, 5, 6), width: 3, height: 2 };
  const right: Matrix = { values: Float32Array.of(1, 2, 3, 4, 5, 6), width: 2, height: 3 };
  const product = await kernel.run(2, 2, left, right);
  kernel.close();
  if (PROBE_RESULT.some((value, index) => product[index] !== value))
    throw new Error(`computed ${product.join(", ")} where ${PROBE_RESULT.join(", ")} is right`);
}
