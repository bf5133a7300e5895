// The README's table of figures, made from what is kept. `npm run bench:readme` writes it; a test compares.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { short } from "./figures.js";
import { type Kept, readKept } from "./kept.js";
import type { Row } from "./row.js";

const START = "<!-- figures: written by `npm run bench:readme` -->";
const END = "<!-- end of figures -->";

/** The tables between the two marks: one for each kept file. */
export function performanceTables(kept: readonly Kept[]): string {
  return kept.map(tableOf).join("\n");
}

function tableOf({ file, machine, rows }: Kept): string {
  const { cpu, cores, node, commit, date } = machine;
  const questions = [...new Set(rows.map(({ question }) => question))];
  const lines = questions.flatMap((question) => linesOf(rows.filter((row) => row.question === question)));
  return [
    `\`${file}\`: ${cpu}, ${cores} cores, Node ${node}, ${date.slice(0, 10)}, commit ${commit}`,
    "",
    "| question | Hive (range of 5 runs) | beside it | ratio |",
    "|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

function linesOf(rows: readonly Row[]): readonly string[] {
  const ours = rows.find(({ system }) => system === "hive");
  if (ours === undefined || ours.value === null) return [];
  const range = ours.runs === null ? "" : ` (${short(ours.runs.min)} to ${short(ours.runs.max)})`;
  const own = `${short(ours.value)} ${ours.unit}${range}`;
  const peers = rows.filter((row) => row !== ours && row.value !== null);
  if (peers.length === 0) return [`| ${nameOf(ours)} | ${own} | | |`];
  return peers.map((peer, i) => {
    const ratio = ours.higherIsBetter ? ratioOf(ours, peer) : ratioOf(peer, ours);
    const first = i === 0 ? `${nameOf(ours)} | ${own}` : " | ";
    return `| ${first} | ${peer.system}: ${short(peer.value as number)} | ${short(ratio)}× |`;
  });
}

function ratioOf(above: Row, below: Row): number {
  return (above.value as number) / (below.value as number);
}

function nameOf({ group, question, params }: Row): string {
  const { payload } = params as { payload?: string };
  return `${group}/${question}${payload === undefined ? "" : `: ${payload}`}`;
}

/** The README with its tables as they should be. Throws when the marks are not there. */
export function withTables(readme: string, kept: readonly Kept[]): string {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END);
  if (start < 0 || end < start) throw new Error(`README.md has no "${START}" … "${END}"`);
  return `${readme.slice(0, start)}${START}\n\n${performanceTables(kept)}\n${readme.slice(end)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const root = process.cwd();
  const file = join(root, "README.md");
  writeFileSync(file, withTables(readFileSync(file, "utf8"), readKept(root)));
}
