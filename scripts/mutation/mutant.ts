// One mutant: a copy of the built product with one place patched, and the hunt for a seed that notices it.

import { spawn } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Mutation } from "./table.js";

const DIST = fileURLToPath(new URL("../../", import.meta.url));
/** Inside the checkout, so that libraries are found. */
const HOME = fileURLToPath(new URL("../../../.cache/mutants/", import.meta.url));
const HUNT_MS_MAX = 240_000;

/** The place to patch is not there, or there twice: the code has moved on and the table has not. */
export class MutationStale extends Error {
  constructor({ name, file, find }: Mutation, times: number) {
    super(`mutation "${name}": its place is ${times} times in dist/src/${file}, not once: ${find}`);
  }
}

export interface Hunted {
  readonly mutation: Mutation;
  /** What noticed it; undefined for one that survived. */
  readonly caughtBy: string | undefined;
  /** Seeds that ran, the one that noticed included. */
  readonly seeds: number;
}

/** The patched text of a file. Throws `MutationStale`. */
export function patch(source: string, mutation: Mutation): string {
  const words = mutation.find.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const place = new RegExp(words.join("\\s+"), "g");
  const times = [...source.matchAll(place)].length;
  if (times !== 1) throw new MutationStale(mutation, times);
  return source.replace(place, () => mutation.replace);
}

/** Copies the build, breaks the copy, and runs seeds against it until one notices. */
export async function hunt(mutation: Mutation, seeds: number): Promise<Hunted> {
  const folder = join(HOME, mutation.name.replace(/\W+/g, "-"));
  const broken = patch(readFileSync(join(DIST, "src", mutation.file), "utf8"), mutation);
  rmSync(folder, { recursive: true, force: true });
  try {
    for (const part of ["src", "scripts"]) {
      const isCode = (path: string) => !/\.(map|d\.ts)$/.test(path);
      cpSync(join(DIST, part), join(folder, "dist", part), { recursive: true, filter: isCode });
    }
    writeFileSync(join(folder, "dist", "src", mutation.file), broken);
    return { mutation, ...(await runSeeds(folder, seeds)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runSeeds(folder: string, seeds: number): Promise<Omit<Hunted, "mutation">> {
  const program = join(folder, "dist", "scripts", "simulate.js");
  const options = ["--seeds", String(seeds), "--threads", "1", "--until-failure"];
  const child = spawn(process.execPath, [program, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), HUNT_MS_MAX);
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const exitCode = await ended;
  clearTimeout(timer);
  const [, seed, what] = /^seed (\d+): (.*)$/m.exec(output) ?? [];
  if (seed !== undefined) return { caughtBy: what, seeds: Number(seed) };
  if (exitCode === 0) return { caughtBy: undefined, seeds };
  if (exitCode === null) return { caughtBy: "it never comes to an end", seeds };
  throw new Error(`the seeds did not run: exit code ${exitCode}\n${errors}`);
}
