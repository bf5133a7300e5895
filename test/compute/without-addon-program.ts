// A child process of without-addon.test.ts: ranks all golden vectors, computes a little of everything else and rings a
// bell, with or without the addon, then prints what came out as one line of JSON. Long lists of numbers are told by the
// digest of their bytes.
//
//   node without-addon-program.js <with|without>

import { createHash } from "node:crypto";
import { makeAttempts } from "../../bench/compute/outcomes.js";
import { loadAddon } from "../../src/base/addon.js";
import { BellExchange } from "../../src/base/bell.js";
import { seededRandom } from "../../src/base/random.js";
import { AgentTable } from "../../src/compute/agent-table.js";
import { createEmbedder } from "../../src/compute/embedder.js";
import { createEngines } from "../../src/compute/engines.js";
import { createNetwork } from "../../src/compute/network.js";
import { ALGORITHMS } from "../../src/compute/network-engine.js";
import { trainNetwork } from "../../src/compute/network-training.js";
import { OutcomePredictor } from "../../src/compute/predictor.js";
import { trainOutcomes } from "../../src/compute/predictor-job.js";
import { createScorer, Scorer } from "../../src/compute/scorer.js";
import { makeSharedFloats } from "../../src/compute/shared-floats.js";
import { GOLDEN_EMBEDDINGS } from "./golden-embeddings.js";
import { GOLDEN_RANKINGS, GOLDEN_REFUSALS } from "./golden-vectors.js";

export interface ProgramOutput {
  readonly reason: string | undefined;
  readonly engine: string;
  readonly bell: string;
  readonly rankings: unknown;
  readonly refusals: unknown;
  /** By what was computed. */
  readonly digests: Readonly<Record<string, string>>;
}

const { addon, reason } = loadAddon({ disabled: process.argv[2] === "without" });

function scorerOf(agents: (typeof GOLDEN_RANKINGS)[number]["agents"]) {
  const table = new AgentTable();
  for (const [key, agent] of Object.entries(agents)) table.upsert(key, agent);
  return createScorer(table, addon);
}

function digest(...arrays: readonly (Float32Array | Int32Array | Uint32Array | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of arrays)
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest("hex");
}

const random = seededRandom(11);

function drawn(length: number): Float32Array {
  const values = makeSharedFloats(length);
  for (let at = 0; at < length; at++) values[at] = random.next();
  return values;
}

const engines = createEngines({ addon });
const SIZES = [1, 7, 40, 300] as const;

/** On both sides of every crossover. */
async function digestsOf(): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  const embedder = createEmbedder(addon);
  digests["embeddings"] = digest(...GOLDEN_EMBEDDINGS.map(({ text }) => embedder.embed(text)));
  for (const size of SIZES) {
    digests[`ranking of ${size}`] = JSON.stringify(rankingOf(size));
    const scores = await scoresOf(size);
    digests[`scores of ${size}`] = digest(scores);
    const { agentOf, total } = engines.assigner.assign({ tasks: size, agents: 40, scores });
    digests[`assignment of ${size}`] = `${digest(agentOf)} ${total}`;
    const matrix = { values: drawn(256 * size), rows: size, isUnit: false };
    const found = await engines.similar.similarTopAsync(drawn(256), matrix, Math.min(10, size));
    digests[`similar of ${size}`] = digest(found.rows, found.scores);
  }
  for (const algorithm of ALGORITHMS) digests[`training by ${algorithm}`] = await trainedBy(algorithm);
  digests["predictor"] = await predicted();
  return digests;
}

function rankingOf(agents: number): unknown {
  const table = new AgentTable();
  for (let agent = 0; agent < agents; agent++) {
    const capabilities = [{ name: "a", proficiency: random.next() }];
    table.upsert(String(agent), { capabilities, load: random.next(), latencyMs: 100 * random.next() });
  }
  return new Scorer(table, engines).topK({ capabilities: [{ capability: "a", min: 0.2 }] }, 20);
}

function scoresOf(tasks: number): Promise<Float32Array> {
  const shape = { tasks, agents: 40, capabilities: 3, kinds: 2 };
  const columns = { proficiency: drawn(3 * 40), base: drawn(2 * 40), eligible: new Uint32Array(40).fill(1) };
  const kindOf = Uint32Array.from({ length: tasks }, (_, task) => task % 2);
  const asked = {
    shares: drawn(3 * tasks),
    minima: new Float32Array(3 * tasks).fill(0.1),
    offsets: drawn(tasks),
  };
  return engines.scoreMatrix.scoreMatrix(
    { ...shape, ...columns, ...asked, kindOf },
    makeSharedFloats(40 * tasks),
  );
}

async function trainedBy(algorithm: (typeof ALGORITHMS)[number]): Promise<string> {
  const layers = [
    { neurons: 9, activation: "relu" },
    { neurons: 5, activation: "tanh" },
    { neurons: 2, activation: "sigmoid" },
  ] as const;
  const network = createNetwork({ inputs: 6, layers }, 5, engines.network);
  const examples = { inputs: drawn(6 * 200), targets: drawn(2 * 200) };
  const trained = await trainNetwork(network, examples, {
    algorithm,
    epochs: 20,
    validationShare: 0.2,
    seed: 2,
  });
  const inputs = drawn(6 * 100);
  return digest(
    trained.network.parameters,
    trained.network.forward(inputs),
    await trained.network.forwardLater(inputs),
  );
}

/** What a predictor says and keeps after all there is to its life. */
async function predicted(): Promise<string> {
  const engine = engines.network;
  const predictor = new OutcomePredictor({ engine, pool: { run: (job) => trainOutcomes(job, engine) } });
  for (const { features, outcome } of makeAttempts(400, 12)) predictor.record(features, outcome);
  await predictor.train();
  for (const { features, outcome } of makeAttempts(100, 13))
    predictor.record(features, { ...outcome, believed: 0.4 });
  const asked = makeAttempts(16, 14).map(({ features }) => features);
  const successes = new Float32Array(16);
  predictor.predictSuccesses(asked, 16, successes);
  const many = JSON.stringify(await predictor.predictMany(asked));
  return `${digest(successes, predictor.save())} ${predictor.weight} ${many}`;
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
  digests: await digestsOf(),
};
process.stdout.write(`${JSON.stringify(output)}\n`);
