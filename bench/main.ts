// `npm run bench -- <question|group> [--json FILE] [--quick]`; without an argument, the list.
// The way: catalog (which questions) > harness (interleaved runs, verified) > report (tables) and the JSON file.
// The exit code is 0 whatever the figures say: a bench measures, a gate judges.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { fullName, QUESTIONS, questionsNamed } from "./catalog.js";
import { type GoalVerdict, judge } from "./goals.js";
import { measure } from "./harness.js";
import type { Results } from "./kept.js";
import { describeMachine } from "./machine.js";
import { scaleOf } from "./question.js";
import { goalLines, machineLine, questionTable } from "./report.js";
import type { Row } from "./row.js";

const USAGE = "npm run bench -- <question|group> [--json FILE] [--quick]";
const EXIT_USAGE = 2;

function printList(): void {
  console.log(`${USAGE}\n`);
  for (const question of QUESTIONS) console.log(`  ${fullName(question).padEnd(34)} ${question.asks}`);
  const groups = [...new Set(QUESTIONS.map(({ group }) => group)), "hub"];
  console.log(`\ngroups: ${groups.join(", ")} (runtime includes cross-thread and savina, hub includes http)`);
}

async function ask(name: string, quick: boolean, jsonFile: string | undefined): Promise<void> {
  const machine = describeMachine();
  console.log(machineLine(machine));
  const rows: Row[] = [];
  const goals: GoalVerdict[] = [];
  for (const question of questionsNamed(name)) {
    const answers = await measure(question, scaleOf(quick));
    rows.push(...answers);
    goals.push(...judge(question, answers));
    console.log(questionTable(question, answers));
    // After each question: a run that is cut off keeps what it has measured.
    if (jsonFile !== undefined) keep(jsonFile, { machine, rows, goals });
  }
  console.log(goalLines(goals));
}

function keep(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, quick: { type: "boolean", default: false } },
});
const [name] = positionals;
if (name === undefined) printList();
else if (questionsNamed(name).length === 0) {
  console.error(`there is no question or group "${name}"; "npm run bench" lists them`);
  process.exitCode = EXIT_USAGE;
} else {
  await ask(name, values.quick, values.json);
  // Why: a peer may leave a handle open; every result is written by now.
  process.exit(0);
}
