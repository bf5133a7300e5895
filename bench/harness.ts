// Puts one question to all contenders: opens them, warms each up, then interleaves counted runs (A B A B) so that a
// drifting machine treats them alike. The ratio of medians is the claim; the absolute number is a hint.

import { openContenderProcess } from "./contender-process.js";
import { countedRun, warmUp } from "./counted-run.js";
import { median } from "./figures.js";
import type { Contender, Measured, Published, Question, Scale, Session } from "./question.js";
import type { Row } from "./row.js";

const COUNTED_RUNS = 5;

interface Candidate {
  readonly contender: Contender;
  readonly samples: Measured[];
  session: Session | undefined;
  missing: string | undefined;
}

/** All rows of one question, ours and theirs, in the order of its contenders. */
export async function measure(question: Question, scale: Scale): Promise<readonly Row[]> {
  const everybody = question.contenders(scale);
  const candidates: Candidate[] = everybody
    .filter((one): one is Contender => "open" in one)
    .map((contender) => ({ contender, samples: [], session: undefined, missing: undefined }));
  for (const candidate of candidates) await openAndWarm(question, candidate, scale);
  for (let round = 0; round < COUNTED_RUNS; round += 1) {
    for (const candidate of candidates) await runOnce(question, candidate);
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
  try {
    candidate.session = await sessionOf(question, candidate.contender, scale);
  } catch (error) {
    await giveUp(candidate, error);
  }
}

async function sessionOf(question: Question, contender: Contender, scale: Scale): Promise<Session> {
  const { system } = contender;
  if (question.where === "kept-process") return openContenderProcess(question, system, scale);
  if (question.where === "fresh-process") return inFreshProcesses(question, system, scale);
  const session = await contender.open();
  await warmUp(session, scale);
  return session;
}

/** Opens, warms up and measures once in a process of its own, anew for each run. */
function inFreshProcesses(question: Question, system: string, scale: Scale): Session {
  const run = async () => {
    const session = await openContenderProcess(question, system, scale);
    try {
      return await session.run();
    } finally {
      await session.close();
    }
  };
  return { run, close: async () => undefined };
}

async function runOnce(question: Question, candidate: Candidate): Promise<void> {
  const { session } = candidate;
  if (session === undefined) return;
  try {
    // A process of its own counts its runs itself.
    candidate.samples.push(await (question.where === "own-process" ? countedRun(session) : session.run()));
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

function measuredRow(question: Question, candidate: Candidate): Row {
  const { contender, samples, missing } = candidate;
  const base = rowBase(question, contender);
  if (missing !== undefined || samples.length === 0) {
    return { ...base, value: null, verified: false, runs: null, missing: missing ?? "no run was counted" };
  }
  const values = samples.map(({ value }) => value);
  const runs = {
    median: median(values),
    min: Math.min(...samples.map(({ value, spread }) => spread?.min ?? value)),
    max: Math.max(...samples.map(({ value, spread }) => spread?.max ?? value)),
  };
  const p50s = samples.flatMap(({ p50Us }) => p50Us ?? []);
  const p99s = samples.flatMap(({ p99Us }) => p99Us ?? []);
  const cpuCores = samples.flatMap((sample) => sample.cpuCores ?? []);
  return {
    ...base,
    value: runs.median,
    verified: samples.every(({ verified }) => verified),
    runs,
    ...(p50s.length > 0 ? { p50: median(p50s) } : {}),
    ...(p99s.length > 0 ? { p99: median(p99s) } : {}),
    ...(question.where === "kept-process" ? { cpuCores: median(cpuCores) } : {}),
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
