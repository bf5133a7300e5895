// Erlang: the same programs, each in a module of its own under erlang/, compiled when the bench runs.

import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Contender } from "../../question.js";
import type { Work } from "../program.js";
import { build, builtPath, sourcePath } from "./built.js";
import { openLines } from "./line-process.js";

const BUILT = builtPath("erlang/savina.beam");

/** The program on an Erlang virtual machine that is started with `flags`. */
export function erlang(system: string, work: Work, flags: readonly string[]): Contender {
  return {
    system,
    params: work.size,
    open: async () => {
      await compile();
      const where = ["-boot", "start_clean", "-pa", dirname(BUILT)];
      const args = [...flags, "-noshell", ...where, "-s", "savina", "serve"];
      return openLines({ system, command: "erl", args }, work);
    },
  };
}

async function compile(): Promise<void> {
  const modules = (await readdir(sourcePath("erlang"))).sort().map((name) => sourcePath(`erlang/${name}`));
  try {
    await build(BUILT, modules, ["erlc", "-Werror", "-o", dirname(BUILT), ...modules]);
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    throw new Error(code === "ENOENT" ? "not installed: `scripts/bench-peers erlang-base`" : message, {
      cause: error,
    });
  }
}
