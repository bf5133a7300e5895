// The figures we keep: the latest file per kind of machine and group, under bench/results/.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { GoalVerdict } from "./goals.js";
import type { Machine } from "./machine.js";
import type { Row } from "./row.js";

/** What `npm run bench -- … --json FILE` writes. */
export interface Results {
  readonly machine: Machine;
  readonly rows: readonly Row[];
  readonly goals: readonly GoalVerdict[];
}

export interface Kept extends Results {
  /** Where it lies, from the root of the repository. */
  readonly file: string;
}

const FOLDER = "bench/results";

/** The file that keeps a group's figures on this kind of machine: `bench/results/amd-epyc-2-cores/http.json`. */
export function keptFile({ cpu, cores }: Machine, group: string): string {
  const kind = cpu
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return join(FOLDER, `${kind}-${cores}-cores`, `${group}.json`);
}

/** Every kept file, in the order of their names. */
export function readKept(root: string): readonly Kept[] {
  const folder = join(root, FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => {
      const file = join(FOLDER, name);
      return { file, ...(JSON.parse(readFileSync(join(root, file), "utf8")) as Results) };
    });
}
