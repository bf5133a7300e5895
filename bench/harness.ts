// Puts one question to all contenders: opens them, warms each up, then interleaves counted runs (A B A B) so that a
// drifting machine treats them alike. The ratio of medians is the claim; the absolute number is a hint.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "./figures.js";
import type { Contender, Measured, Published, Question, Scale, Session } from "./question.js";
import type { Row } from "./row.js";

const COUNTED_RUNS = 5;
const RUN_LIMIT_MS = 60_000;
/** Lets the threads of the contender before fall asleep. */
const SETTLE_MS = 40;

interface Candidate {
  readonly contender: Contender;
  readonly samples: Measured[];
  readonly cpuCores: number[];
  session: Session | undefined;
  missing: string | undefined;
}

/** All rows of one question, ours and theirs, in the order of its contenders. */
export async function measure(question: Question, scale: Scale): Promise<readonly Row[]> {
  const everybody = question.contenders(scale);
  const candidates: Candidate[] = everybody
    .filter((one): one is Contender => "open" in one)
    .map((contender) => ({ contender, samples: [], cpuCores: [], session: undefined, missing: undefined }));
  for (const candidate of candidates) await openAndWarm(question, candidate, scale);
  for (let round = 0; round < COUNTED_RUNS; round += 1) {
    for (const candidate of candidates) await runOnce(candidate);
  }
  for (const { session } of candidates) await session?.close();
  return everybody.map((one) => {
    const candidate = candidates.find(({ contender }) => contender === one);
    return candidate === undefined
      ? publishedRow(question, one as Published)
      : measuredRow(question, candidate);
  });
}

async function openAndWarm(question: Question, candidate: Candidate, scale: Scale): Promise<void> {
  const { contender } = candidate;
  try {
    if (question.where === "fresh-process") {
      candidate.session = sessionInFreshProcesses(question, contender.system, scale);
    } else {
      candidate.session = await contender.open();
      await warmUp(candidate.session, scale);
    }
  } catch (error) {
    await giveUp(candidate, error);
  }
}

async function runOnce(candidate: Candidate): Promise<void> {
  const { session } = candidate;
  if (session === undefined) return;
  try {
    await pause(SETTLE_MS);
    const before = process.cpuUsage();
    const startedMs = performance.now();
    candidate.samples.push(await withLimit(session.run()));
    const spent = process.cpuUsage(before);
    candidate.cpuCores.push((spent.user + spent.system) / 1000 / (performance.now() - startedMs));
  } catch (error) {
    await giveUp(candidate, error);
  }
}

async function giveUp(candidate: Candidate, error: unknown): Promise<void> {
  candidate.missing = error instanceof Error ? error.message : String(error);
  const { session } = candidate;
  candidate.session = undefined;
  await session?.close().catch(() => undefined);
}

/** Opens, warms up and measures once in a child process, anew for each run. */
function sessionInFreshProcesses(question: Question, system: string, scale: Scale): Session {
  const child = fileURLToPath(new URL("./one-run.js", import.meta.url));
  const run = (): Promise<Measured> =>
    new Promise((resolve, reject) => {
      const args = [`${question.group}/${question.name}`, system, scale.quick ? "quick" : "full"];
      const started = fork(child, args, { timeout: RUN_LIMIT_MS });
      let measured: Measured | undefined;
      started.on("message", (message) => {
        measured = message as Measured;
      });
      started.on("error", reject);
      started.on("exit", (code) => {
        if (measured !== undefined) resolve(measured);
        else reject(new Error(`the process of ${system} ended with ${code} and without a result`));
      });
    });
  return { run, close: async () => undefined };
}

async function warmUp(session: Session, { warmUpMs }: Scale): Promise<void> {
  const untilMs = performance.now() + warmUpMs;
  do await withLimit(session.run());
  while (performance.now() < untilMs);
}

/** One warmed run of one contender, for the child process. */
export async function measureOnce(contender: Contender, scale: Scale): Promise<Measured> {
  const session = await contender.open();
  await warmUp(session, scale);
  await pause(SETTLE_MS);
  const measured = await session.run();
  await session.close();
  return measured;
}

function measuredRow(question: Question, candidate: Candidate): Row {
  const { contender, samples, missing, cpuCores } = candidate;
  const base = rowBase(question, contender);
  if (missing !== undefined || samples.length === 0) {
    return { ...base, value: null, verified: false, runs: null, missing: missing ?? "no run was counted" };
  }
  const values = samples.map(({ value }) => value);
  const runs = { median: median(values), min: Math.min(...values), max: Math.max(...values) };
  const p50s = samples.flatMap(({ p50Us }) => p50Us ?? []);
  const p99s = samples.flatMap(({ p99Us }) => p99Us ?? []);
  return {
    ...base,
    value: runs.median,
    verified: samples.every(({ verified }) => verified),
    runs,
    ...(p50s.length > 0 ? { p50: median(p50s) } : {}),
    ...(p99s.length > 0 ? { p99: median(p99s) } : {}),
    ...(question.where === "this-process" ? { cpuCores: median(cpuCores) } : {}),
  };
}

function publishedRow(question: Question, figure: Published): Row {
  return { ...rowBase(question, figure), value: figure.published, verified: false, runs: null };
}

function rowBase(question: Question, one: Contender | Published) {
  return {
    group: question.group,
    question: question.name,
    system: one.system,
    params: { ...question.params, ...one.params },
    unit: question.unit,
    higherIsBetter: question.higherIsBetter,
  };
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

async function withLimit<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`a run took longer than ${RUN_LIMIT_MS / 1000} s`)),
      RUN_LIMIT_MS,
    );
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
