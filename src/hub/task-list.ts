// Pages of tasks, by creation. What is open is in memory, what is settled is found by number; only filters that no
// index knows are tried task by task, and then for a bounded stretch.

import { fieldErrors } from "../wire/http-shapes.js";
import type { Pagination, TaskQuery } from "../wire/task-shapes.js";
import { PRIORITIES, taskQueryShape } from "../wire/task-shapes.js";
import { validationError } from "./errors.js";
import type { HubParts } from "./parts.js";
import type { TaskRecord } from "./task-record.js";
import { unpackSpec } from "./task-record.js";
import { isHeld, isSettled } from "./task-state.js";

type Query = ReturnType<typeof parseQuery>;

/** Records tried for a filter that no index knows. A page costs at most this many reads. */
const TRIED_MAX = 2_000;

export interface RecordPage {
  readonly records: readonly TaskRecord[];
  readonly total: number;
  readonly isAtLeast: boolean;
  readonly pagination: Pagination;
}

/** The records of one page. Throws `VALIDATION_ERROR` for a query that does not validate. */
export function listTasks(given: TaskQuery, parts: HubParts): RecordPage {
  const query = parseQuery(given);
  const { limit, offset } = query;
  const numbers = numbersFor(query, parts);
  const isIndexed =
    query.priority === undefined &&
    query.agent_id === undefined &&
    query.type === undefined &&
    query.tag === undefined;
  const found = isIndexed ? slice(numbers, query, parts) : filter(numbers, query, parts);
  const pagination = { limit, offset, has_more: offset + found.records.length < found.total };
  return { ...found, pagination };
}

function parseQuery(given: TaskQuery) {
  const parsed = taskQueryShape.safeParse(given);
  if (!parsed.success) throw validationError(fieldErrors(parsed.error, given, taskQueryShape));
  return parsed.data;
}

/** Task numbers in the order of the page: how many, and the one at each place. */
interface Numbers {
  readonly count: number;
  at(index: number): number;
}

function numbersFor({ status, sort_order: order }: Query, { ledger, archive }: HubParts): Numbers {
  if (status === undefined || status === "completed") {
    const last = ledger.nextNumber - 1;
    return { count: last, at: (index) => (order === "asc" ? index + 1 : last - index) };
  }
  const list = isSettled(status) ? [...(archive.listed(status) ?? [])] : openNumbers(status, ledger.open());
  list.sort((a, b) => a - b);
  if (order === "desc") list.reverse();
  return { count: list.length, at: (index) => list[index] as number };
}

function openNumbers(status: string, records: Iterable<TaskRecord>): number[] {
  const numbers: number[] = [];
  for (const record of records) if (record.state.kind === status) numbers.push(record.number);
  return numbers;
}

type Found = Omit<RecordPage, "pagination">;

function slice(numbers: Numbers, query: Query, parts: HubParts): Found {
  const records: TaskRecord[] = [];
  const isSparse = query.status === "completed";
  let index = isSparse ? 0 : query.offset;
  let skip = isSparse ? query.offset : 0;
  for (
    let tried = 0;
    index < numbers.count && records.length < query.limit && tried < TRIED_MAX + skip;
    index += 1
  ) {
    tried += 1;
    const record = recordAt(numbers.at(index), parts);
    if (record === undefined || (isSparse && record.state.kind !== "completed")) continue;
    if (skip > 0) skip -= 1;
    else records.push(record);
  }
  const total = isSparse ? parts.ledger.totals().standing.completed : totalOf(query, numbers, parts);
  return { records, total, isAtLeast: false };
}

function totalOf(query: Query, numbers: Numbers, { ledger }: HubParts): number {
  return query.status === undefined ? ledger.submitted : numbers.count;
}

function filter(numbers: Numbers, query: Query, parts: HubParts): Found {
  const records: TaskRecord[] = [];
  const agents = query.agent_id === undefined ? undefined : agentNumbers(query.agent_id, parts);
  let matching = 0;
  const tried = Math.min(numbers.count, TRIED_MAX);
  for (let index = 0; index < tried; index += 1) {
    const record = recordAt(numbers.at(index), parts);
    if (record === undefined || !matches(record, query, agents)) continue;
    matching += 1;
    if (matching > query.offset && records.length < query.limit) records.push(record);
  }
  return { records, total: matching, isAtLeast: tried < numbers.count };
}

function recordAt(number: number, { ledger, archive }: HubParts): TaskRecord | undefined {
  return ledger.find(number) ?? archive.find(number);
}

function matches(record: TaskRecord, query: Query, agents: ReadonlySet<number> | undefined): boolean {
  if (query.status !== undefined && record.state.kind !== query.status) return false;
  if (query.priority !== undefined && PRIORITIES[record.priority] !== query.priority) return false;
  if (query.type !== undefined && record.kind.type !== query.type) return false;
  if (agents !== undefined && !isBy(record, agents)) return false;
  return query.tag === undefined || unpackSpec(record.spec)[14].includes(query.tag);
}

function isBy({ state, history }: TaskRecord, agents: ReadonlySet<number>): boolean {
  return (isHeld(state) && agents.has(state.agent)) || history.some((attempt) => agents.has(attempt[1]));
}

function agentNumbers(idOrName: string, { roster }: HubParts): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const row of roster.rows()) if (row.answersTo(idOrName)) numbers.add(row.number);
  for (const [number, names] of roster.departed()) {
    if (names.id === idOrName || names.name === idOrName) numbers.add(number);
  }
  return numbers;
}
