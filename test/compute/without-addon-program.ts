// A child process of without-addon.test.ts: ranks all golden vectors and rings a bell with or without the addon, then
// prints what came out as one line of JSON.
//
//   node without-addon-program.js <with|without>

import { loadAddon } from "../../src/base/addon.js";
import { BellExchange } from "../../src/base/bell.js";
import { AgentTable } from "../../src/compute/agent-table.js";
import { createScorer } from "../../src/compute/scorer.js";
import { GOLDEN_RANKINGS, GOLDEN_REFUSALS } from "./golden-vectors.js";

export interface ProgramOutput {
  readonly reason: string | undefined;
  readonly engine: string;
  readonly bell: string;
  readonly rankings: unknown;
  readonly refusals: unknown;
}

const { addon, reason } = loadAddon({ disabled: process.argv[2] === "without" });

function scorerOf(agents: (typeof GOLDEN_RANKINGS)[number]["agents"]) {
  const table = new AgentTable();
  for (const [key, agent] of Object.entries(agents)) table.upsert(key, agent);
  return createScorer(table, addon);
}

const exchange = new BellExchange(addon);
await new Promise<void>((resolve) => {
  exchange.own.listen(resolve);
  exchange.own.keepAlive(true);
  exchange.own.ring(0);
});
exchange.close();
const output: ProgramOutput = {
  reason,
  engine: scorerOf({}).engine,
  bell: exchange.kind,
  rankings: GOLDEN_RANKINGS.map(({ agents, needs, k = 10, weights }) =>
    scorerOf(agents).topK(needs, k, weights === undefined ? {} : { weights }),
  ),
  refusals: GOLDEN_REFUSALS.map(({ agents, needs }) => scorerOf(agents).explainNone(needs)),
};
process.stdout.write(`${JSON.stringify(output)}\n`);
