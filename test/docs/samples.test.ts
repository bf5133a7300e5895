// The samples in the pages run. ```ts file=counter.ts is a file, ```ts run=main.ts is a program that has to end well;
// the files of one page lie together. They are compiled against the built package, by its public name.

import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, it } from "vitest";
import { allPages, codeBlocks, ROOT } from "./pages.js";

/** Inside the checkout, so that the package finds itself by name. */
const HOME = join(ROOT, ".cache", "docs-samples");
const TIMEOUT_MS = 60_000;

interface Sample {
  readonly page: string;
  readonly folder: string;
  readonly file: string;
  readonly code: string;
  readonly isProgram: boolean;
}

const samples = allPages()
  .flatMap(codeBlocks)
  .flatMap(({ path, info, code }): Sample[] => {
    const [, kind, file] = /^ts (file|run)=([\w.-]+\.ts)$/.exec(info) ?? [];
    if (file === undefined) return [];
    const folder = join(HOME, path.replace(/\W+/g, "-"));
    return [{ page: path, folder, file, code, isProgram: kind === "run" }];
  });

/** What the runtime keeps to itself. Why here: only a program that uses the built package sees its public types. */
const INTERNAL = [
  "ref.kernel",
  "ref.cell",
  "ref.address",
  "ref.generation",
  "ref.home",
  "ref.export",
  "definition.ample",
  "definition.last",
  "definition.written",
  "system.addon",
  "system.events.emit",
  "system.registry.kernel",
];
const INTERNAL_PROGRAM = `
import type { ActorDefinition, ActorRef, ActorSystem } from "hive";
export function look(ref: ActorRef, definition: ActorDefinition, system: ActorSystem): unknown[] {
  return [
${INTERNAL.map((name) => `    // @ts-expect-error internal\n    ${name},`).join("\n")}
    ref.id, definition.name, system.events.subscribe, system.registry.members,
  ];
}
`;

/** What a sample says on a machine that is busy with other things. */
const HELD_UP = /^hive warn: a turn held its thread up .*\n/gm;

async function run(command: string, args: readonly string[], cwd: string) {
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await ended, stdout, stderr };
}

beforeAll(() => {
  rmSync(HOME, { recursive: true, force: true });
  for (const { folder, file, code } of samples) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file), code);
  }
  writeFileSync(join(HOME, "internal.ts"), INTERNAL_PROGRAM);
  const compilerOptions = {
    rootDir: ".",
    outDir: ".",
    declaration: false,
    sourceMap: false,
    incremental: false,
  };
  const settings = { extends: "../../tsconfig.json", compilerOptions, include: ["**/*.ts"], exclude: [] };
  writeFileSync(join(HOME, "tsconfig.json"), JSON.stringify(settings));
});

describe("the samples in the pages", () => {
  it("compile against the package by its name, whose types show nothing internal", {
    timeout: TIMEOUT_MS,
  }, async () => {
    expect(samples.length).toBeGreaterThan(3);
    const tsc = join(ROOT, "node_modules", ".bin", "tsc");
    const { exitCode, stdout, stderr } = await run(tsc, ["-p", join(HOME, "tsconfig.json")], ROOT);
    expect(stdout + stderr).toBe("");
    expect(exitCode).toBe(0);
  });

  for (const { page, folder, file } of samples.filter((one) => one.isProgram)) {
    it(`run to a good end: ${file} of ${page}`, { timeout: TIMEOUT_MS }, async () => {
      const { exitCode, stderr } = await run(process.execPath, [file.replace(/\.ts$/, ".js")], folder);
      expect(stderr.replace(HELD_UP, "")).toBe("");
      expect(exitCode).toBe(0);
    });
  }
});
