// CAF: ping-pong and counting in C++, compiled when the bench runs.

import type { Contender } from "../../question.js";
import type { AnyProgram, Work } from "../program.js";
import { build, builtPath, sourcePath } from "./built.js";
import { openLines } from "./line-process.js";

const BUILT = builtPath("caf/savina");

export function cafKnows({ name }: AnyProgram): boolean {
  return name === "pingpong" || name === "count";
}

export function caf(work: Work): Contender {
  return {
    system: "CAF",
    params: work.size,
    open: async () => {
      await compile();
      return openLines({ system: "CAF", command: BUILT, args: [] }, work);
    },
  };
}

async function compile(): Promise<void> {
  const source = sourcePath("caf/savina.cc");
  try {
    await build(BUILT, [source], ["g++", "-std=c++17", "-O3", "-o", BUILT, source, "-lcaf_core"]);
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    const absent = code === "ENOENT" || message.includes("caf/all.hpp");
    throw new Error(absent ? "not installed: `scripts/bench-peers libcaf-dev`, and g++" : message, {
      cause: error,
    });
  }
}
