// Figures for people: one table per question, the goals at the end, unmet ones in full.

import { short } from "./figures.js";
import type { GoalVerdict } from "./goals.js";
import type { Machine } from "./machine.js";
import type { Question } from "./question.js";
import type { Row } from "./row.js";

const HEADINGS = ["system", "median", "range", "p50 / p99 µs", "cores", "to hive", "verified"];

export function machineLine({ cpu, cores, node, commit, date }: Machine): string {
  return `${cpu}, ${cores} cores, Node ${node}, commit ${commit}, ${date}`;
}

export function questionTable(question: Question, rows: readonly Row[]): string {
  const ours = rows.find(({ system }) => system === "hive")?.value ?? null;
  const cells = [HEADINGS, ...rows.map((row) => cellsOf(row, ours))];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  const params = Object.entries(question.params).map(([key, value]) => `${key} ${value}`);
  const reasons = rows.flatMap((row) => (row.missing === undefined ? [] : `  ${row.system}: ${row.missing}`));
  return [
    "",
    `${question.group}/${question.name}: ${question.asks}`,
    ...(params.length > 0 ? [`  (${params.join(", ")})`] : []),
    ...lines.map((line) => `  ${line.trimEnd()}`),
    ...reasons,
  ].join("\n");
}

function cellsOf(row: Row, ours: number | null): readonly string[] {
  if (row.value === null) return [row.system, "missing", "", "", "", "", "no"];
  const range = row.runs === null ? "as published" : `${short(row.runs.min)} to ${short(row.runs.max)}`;
  const latency = row.p50 === undefined ? "" : `${short(row.p50)} / ${short(row.p99 ?? Number.NaN)}`;
  return [
    row.system,
    `${short(row.value)} ${row.unit}`,
    range,
    latency,
    row.cpuCores === undefined ? "" : row.cpuCores.toFixed(2),
    ours === null || row.system === "hive" ? "" : ratioText(ours, row),
    row.runs === null ? "" : row.verified ? "yes" : "NO",
  ];
}

/** How hive stands beside this row: "hive 6.1×" is better than it, whatever the unit. */
function ratioText(ours: number, row: Row): string {
  const theirs = row.value ?? 0;
  return `hive ${short(row.higherIsBetter ? ours / theirs : theirs / ours)}×`;
}

export function goalLines(goals: readonly GoalVerdict[]): string {
  if (goals.length === 0) return "";
  const met = goals.filter((goal) => goal.met).length;
  const bounded = goals.filter(({ bound }) => bound !== undefined).length;
  const beyond = bounded === 0 ? "" : `, ${bounded} beyond what this machine gives anybody`;
  return ["", `goals: ${met} of ${goals.length} met${beyond}`, ...goals.map(goalLine)].join("\n");
}

function goalLine({ question, goal, measured, met, bound }: GoalVerdict): string {
  const verdict = met ? "met  " : bound === undefined ? "UNMET" : "bound";
  const told = `  ${verdict}  ${question}: ${goal}, measured ${measured === null ? "nothing" : short(measured)}`;
  return bound === undefined ? told : `${told}; ${bound.system} alone ${short(bound.measured)}`;
}
