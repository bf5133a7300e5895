// A short soak: the whole one is `npm run soak`. Memory over so short a time says little; that everything arrived, was
// settled and came back says a lot.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("under killed threads every ask settles and everybody comes back; five million messages all arrive", async () => {
  const flags = ["--expose-gc", "dist/scripts/soak.js", "messages", "kills", "--scale", "0.05"];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  expect(stdout).toMatch(/^5,000,000 messages to another thread: memory/);
  expect(stdout).toMatch(/15 threads killed under load; asks: .*answered \d+/);
  expect(stdout).not.toContain("WRONG");
}, 60_000);
