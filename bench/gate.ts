// `npm run bench:gate [-- group]`: has it become slower? Asks every question that is kept for this kind of machine
// again, quickly, and compares how we stand beside the peer with how we stood. Fails when the best that the spread of
// today's runs allows is worse than the worst that the spread of the kept ones allowed.

import { fullName, QUESTIONS } from "./catalog.js";
import { short } from "./figures.js";
import { measure } from "./harness.js";
import { keptFile, readKept } from "./kept.js";
import { describeMachine } from "./machine.js";
import { type Question, scaleOf } from "./question.js";
import type { Row } from "./row.js";

/** How many times better than the peer: at worst, in the middle, at best. */
interface Standing {
  readonly worst: number;
  readonly middle: number;
  readonly best: number;
}

/** How our row stands beside a peer's; undefined when one of them has no runs. */
export function standing(ours: Row | undefined, peer: Row | undefined): Standing | undefined {
  const [own, theirs] = [ours?.runs ?? undefined, peer?.runs ?? undefined];
  if (own === undefined || theirs === undefined) return undefined;
  const [above, below] = ours?.higherIsBetter === true ? [own, theirs] : [theirs, own];
  return {
    worst: above.min / below.max,
    middle: above.median / below.median,
    best: above.max / below.min,
  };
}

/** What to say of one pair, and whether it has become slower than its spread explains. */
export function compare(kept: Standing, now: Standing): { readonly slower: boolean; readonly text: string } {
  const slower = now.best < kept.worst;
  const text = `${short(now.middle)}× now, ${short(kept.middle)}× kept (from ${short(kept.worst)}×)`;
  return { slower, text };
}

async function judgeQuestion(question: Question, kept: readonly Row[]): Promise<number> {
  const now = await measure(question, scaleOf(true));
  let slower = 0;
  for (const peer of now.filter(({ system }) => system !== "hive")) {
    const of = (rows: readonly Row[], system: string) =>
      rows.find((row) => row.question === question.name && row.system === system);
    const before = standing(of(kept, "hive"), of(kept, peer.system));
    const today = standing(of(now, "hive"), peer);
    if (before === undefined || today === undefined) continue;
    const verdict = compare(before, today);
    if (verdict.slower) slower++;
    console.log(
      `${verdict.slower ? "SLOWER" : "ok    "} ${fullName(question)} beside ${peer.system}: ${verdict.text}`,
    );
  }
  return slower;
}

/** Judges what is kept for this machine; the number of pairs that became slower. */
export async function runGate(root: string, group: string | undefined): Promise<number> {
  const machine = describeMachine();
  const mine = readKept(root).filter(
    ({ file }) => file === keptFile(machine, file.replace(/^.*\/|\.json$/g, "")),
  );
  if (mine.length === 0)
    throw new Error(
      `nothing is kept for ${machine.cpu} with ${machine.cores} cores: run ` +
        `\`npm run bench -- <group> --json ${keptFile(machine, "<group>")}\` first`,
    );
  const rows = mine.flatMap((one) => one.rows);
  const names = new Set(rows.map((row) => `${row.group}/${row.question}`));
  const questions = QUESTIONS.filter(
    (one) => names.has(fullName(one)) && (group === undefined || one.group === group),
  );
  let slower = 0;
  for (const question of questions) slower += await judgeQuestion(question, rows);
  return slower;
}
