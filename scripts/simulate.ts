// `npm run simulate -- --seeds N`: the whole runtime under random work and random faults, one world per seed, on every
// core. Exit 1 when an invariant is broken; each line of it names the seed and the command that replays it.
// `--seed S` runs one seed twice and says whether it replays; `--trace` shows what happened in it.

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { runSeed, type SeedReport } from "./simulation/world.js";

const HELP = `npm run simulate -- [--seeds N] [--from S] [--threads N] [--until-failure]
npm run simulate -- --seed S [--trace]`;

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`--${name} ${text}: give a whole number from 0 up\n${HELP}`);
}

export type Finding = Omit<SeedReport, "trace">;

function tell({ seed, wrong }: Finding): void {
  for (const line of wrong) console.log(`seed ${seed}: ${line}`);
  if (wrong.length > 0) console.log(`  replay it: npm run simulate -- --seed ${seed} --trace`);
}

async function replay(seed: number, isTraced: boolean): Promise<number> {
  const first = await runSeed(seed);
  const second = await runSeed(seed);
  if (isTraced) for (const line of first.trace) console.log(line);
  tell(first);
  const isSame = JSON.stringify(first) === JSON.stringify(second);
  console.log(
    `seed ${seed}: ${first.steps} steps, ${first.messages} messages, ${first.asks} asks, ` +
      `${first.wrong.length} broken invariants, ${isSame ? "twice the same" : "NOT the same the second time"}`,
  );
  return first.wrong.length === 0 && isSame ? 0 : 1;
}

/** Hands seeds out to threads, one after the other. */
class Hunt {
  readonly findings: Finding[] = [];
  readonly #last: number;
  readonly #stopsAtFailure: boolean;
  #next: number;

  constructor(first: number, count: number, stopsAtFailure: boolean) {
    this.#next = first;
    this.#last = first + count - 1;
    this.#stopsAtFailure = stopsAtFailure;
  }

  async run(threads: number): Promise<void> {
    await Promise.all(Array.from({ length: threads }, () => this.#thread()));
  }

  #thread(): Promise<void> {
    const worker = new Worker(new URL("./simulation/seed-thread.js", import.meta.url));
    let seed = 0;
    const give = () => {
      const isOver = this.#next > this.#last || (this.#stopsAtFailure && this.#hasFailed);
      seed = isOver ? 0 : this.#next++;
      worker.postMessage(isOver ? undefined : seed);
    };
    worker.on("message", (finding: Finding) => {
      this.findings.push(finding);
      tell(finding);
      give();
    });
    give();
    return new Promise((resolve) => {
      worker.on("error", (error) => {
        const finding = {
          seed,
          wrong: [`the runtime does not throw: ${error}`],
          steps: 0,
          messages: 0,
          asks: 0,
        };
        this.findings.push(finding);
        tell(finding);
      });
      worker.on("exit", () => resolve());
    });
  }

  get #hasFailed(): boolean {
    return this.findings.some(({ wrong }) => wrong.length > 0);
  }
}

async function hunt(first: number, count: number, threads: number, stopsAtFailure: boolean): Promise<number> {
  const startedMs = performance.now();
  const all = new Hunt(first, count, stopsAtFailure);
  await all.run(threads);
  const sum = (read: (one: Finding) => number) => all.findings.reduce((total, one) => total + read(one), 0);
  const failed = all.findings.filter(({ wrong }) => wrong.length > 0).map(({ seed }) => seed);
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  console.log(
    `${all.findings.length} seeds, ${failed.length} with broken invariants, ${sum((one) => one.steps)} steps, ` +
      `${sum((one) => one.messages)} messages, ${sum((one) => one.asks)} asks, ${seconds} s on ${threads} threads`,
  );
  return failed.length === 0 && all.findings.length > 0 ? 0 : 1;
}

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    threads: { type: "string", default: String(availableParallelism()) },
    trace: { type: "boolean", default: false },
    "until-failure": { type: "boolean", default: false },
  },
});
process.exitCode =
  values.seed !== undefined
    ? await replay(wholeNumber("seed", values.seed), values.trace)
    : await hunt(
        wholeNumber("from", values.from),
        wholeNumber("seeds", values.seeds),
        Math.max(1, wholeNumber("threads", values.threads)),
        values["until-failure"],
      );
