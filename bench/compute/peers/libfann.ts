// libfann: compiled when the bench runs, as every peer in C++; the data goes to it in a file.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { build, builtPath } from "../../savina/peers/built.js";
import { LineProcess } from "../../savina/peers/line-process.js";
import type { NetworkProblem } from "../network-problem.js";

const SOURCE = resolve(import.meta.dirname, "../../../../bench/compute/peers/libfann.cc");
const BUILT = builtPath("compute/libfann");

/** Asks libfann for `times` passes or epochs; answers the milliseconds it took and what came out. */
export interface Libfann {
  ask(what: "forward" | "rprop" | "incremental", times: number): Promise<{ tookMs: number; result: number }>;
  close(): Promise<void>;
}

export async function openLibfann(problem: NetworkProblem): Promise<Libfann> {
  await compile();
  const file = builtPath(`compute/network-${process.pid}.bin`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytesOf(problem));
  const lines = new LineProcess({ system: "libfann", command: BUILT, args: [file] });
  return {
    ask: async (what, times) => {
      const [micros = Number.NaN, result = Number.NaN] = (await lines.ask(`${what} ${times}`))
        .split(" ")
        .map(Number);
      return { tookMs: micros / 1000, result };
    },
    close: () => lines.close(),
  };
}

function bytesOf({ network, rows, learningRate, inputs, targets }: NetworkProblem): Uint8Array {
  const { plan, parameters } = network;
  const widths = [plan.inputs, ...plan.layers.map(({ neurons }) => neurons)];
  return Buffer.concat(
    [
      ...[Uint32Array.from([widths.length, ...widths, rows]), Float32Array.from([learningRate])],
      ...[parameters, inputs, targets],
    ].map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  );
}

async function compile(): Promise<void> {
  try {
    await build(BUILT, [SOURCE], ["g++", "-std=c++17", "-O3", "-o", BUILT, SOURCE, "-lfloatfann"]);
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    const absent = code === "ENOENT" || message.includes("floatfann.h");
    throw new Error(absent ? "not installed: `scripts/bench-peers libfann-dev`, and g++" : message, {
      cause: error,
    });
  }
}
