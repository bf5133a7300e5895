// `npm run mutate`: breaks the runtime on purpose, in each way of scripts/mutation/table, and shows that the simulation
// notices. Exit 1 when a mutation survives, or when its place is no longer there. `--only WORDS` picks by name.

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type Hunted, hunt, MutationStale } from "./mutation/mutant.js";
import { MUTATIONS, type Mutation } from "./mutation/table.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "400" },
    only: { type: "string", default: "" },
    hunts: { type: "string", default: String(availableParallelism()) },
  },
});

let survivors = 0;

function tell({ mutation, caughtBy, seeds }: Hunted): void {
  if (caughtBy === undefined) survivors++;
  const verdict = caughtBy === undefined ? `SURVIVED ${seeds} seeds` : `caught by seed ${seeds}: ${caughtBy}`;
  console.log(`${mutation.name}\n    ${verdict}`);
}

async function huntAll(queue: Mutation[], seeds: number): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    try {
      tell(await hunt(next, seeds));
    } catch (error) {
      if (!(error instanceof MutationStale)) throw error;
      survivors++;
      console.log(error.message);
    }
  }
}

const chosen = MUTATIONS.filter(({ name }) => name.includes(values.only));
const queue = [...chosen];
const seeds = Number(values.seeds);
await Promise.all(Array.from({ length: Number(values.hunts) }, () => huntAll(queue, seeds)));
console.log(`${chosen.length} mutations, ${chosen.length - survivors} caught`);
process.exitCode = survivors === 0 && chosen.length > 0 ? 0 : 1;
