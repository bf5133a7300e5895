// Modules for `agents.paths`, in a test's directory, which lies outside the checkout.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** Writes a module with an agent, or with other code. */
export function writeModule(dir: string, name: string, code: string): void {
  writeFileSync(path.join(dir, "package.json"), '{"type":"module"}');
  writeFileSync(path.join(dir, name), code);
}

/** The code of an agent with one action. */
export function agentCode(name: string): string {
  const entry = new URL("../../src/agent.js", import.meta.url).href;
  const zod = pathToFileURL(path.join(process.cwd(), "node_modules", "zod", "index.js")).href;
  const any = "z.record(z.string(), z.unknown())";
  return `import { defineAgent } from "${entry}";
    import { z } from "${zod}";
    export default defineAgent({
      module: import.meta.url, name: "${name}", version: "1.0.0", description: "For tests",
      capabilities: [{ name: "testing", proficiency: 0.5 }],
      actions: { idle: { input: ${any}, output: ${any}, run: () => ({}) } },
    });`;
}
