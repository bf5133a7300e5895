// Many inputs, one task each: upload as a blob, create, wait, keep the row. Used by `hive run` and the quickstart.
// The way: `runBatch` keeps a bounded number of `runOne` going. A hub that dies meanwhile is the client's business:
// it reconnects and resends, and a key on each create makes that safe.

import { CodedError } from "../base/errors.js";
import type { BlobContent, HiveClient, StoredBlob, Task } from "../client.js";
import { withWholeResult } from "./whole-result.js";

export interface BatchInput {
  readonly name: string;
  readonly mediaType: string;
  /** The content, from the start each time it is called: an upload may have to be repeated. */
  readonly open: () => BlobContent;
}

/** What became of one input. */
export interface BatchRow {
  readonly id: string | undefined;
  readonly input: string;
  readonly agent: string | undefined;
  /** The task's, or `skipped` when no agent takes such input, or when it is none. */
  readonly status: string;
  readonly attempts: number;
  /** How long the last attempt took; waiting for an agent is not part of it. */
  readonly ms: number;
  /** The most interesting fact in one line; why it failed, where it did. */
  readonly finding: string;
  readonly result: unknown;
}

export interface BatchOptions {
  readonly tags?: readonly string[];
  readonly signal?: AbortSignal;
  /** Called when a task was accepted. */
  readonly onCreated?: (task: Task) => void;
  readonly onRow?: (row: BatchRow) => void;
}

/** Tasks on their way at a time: enough to keep every thread busy, few enough to leave the hub its bounds. */
const IN_FLIGHT_MAX = 32;
/** Of a result that says nothing about itself: a result may have megabytes. */
const JSON_CHARS_SHOWN = 1_000;
/** Errors that the next input would meet as well. */
const ENDS_BATCH = new Set(["CANCELLED", "CONNECTION_LOST", "UNAUTHORIZED", "FORBIDDEN", "BAD_ANSWER"]);

/** Does all inputs; the rows in the order of the inputs. */
export async function runBatch(
  client: HiveClient,
  inputs: readonly BatchInput[],
  options: BatchOptions = {},
): Promise<BatchRow[]> {
  const agentNames = await namesById(client);
  const rows = new Array<BatchRow>(inputs.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < inputs.length; index = next++) {
      const row = await runOrTell(client, inputs[index] as BatchInput, agentNames, options);
      rows[index] = row;
      options.onRow?.(row);
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT_MAX, inputs.length) }, lane));
  return rows;
}

/** An input that the hub refuses is a failed row; a hub that refuses everything ends the batch. */
async function runOrTell(
  client: HiveClient,
  input: BatchInput,
  agentNames: ReadonlyMap<string, string>,
  options: BatchOptions,
): Promise<BatchRow> {
  try {
    return await runOne(client, input, agentNames, options);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === undefined || ENDS_BATCH.has(code)) throw error;
    return unsentRow(undefined, input, "failed", message);
  }
}

async function runOne(
  client: HiveClient,
  input: BatchInput,
  agentNames: ReadonlyMap<string, string>,
  options: BatchOptions,
): Promise<BatchRow> {
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const blob = await upload(client, input, options.signal);
  const created = await client.tasks.create(
    {
      description: input.name,
      parameters: { blob },
      media_type: input.mediaType,
      tags: [...(options.tags ?? [])],
    },
    signal,
  );
  if (created.matching_agents.length === 0) {
    await client.tasks.cancel(created.task_id, { reason: "no agent takes such input", ...signal });
    return unsentRow(created.task_id, input, "skipped", `no agent takes ${input.mediaType}`);
  }
  options.onCreated?.(created.task);
  const task = await withWholeResult(
    client,
    await client.tasks.wait(created.task_id, signal),
    options.signal,
  );
  return rowOf(input.name, task, agentNames);
}

/**
 * Uploads an input. One that cannot be read any more ends its own upload and nothing else: to the client it looks like
 * a lost connection, which is waited for and ends the batch.
 */
async function upload(client: HiveClient, input: BatchInput, signal?: AbortSignal): Promise<StoredBlob> {
  const unread = new AbortController();
  const open = (): BlobContent => {
    const content = input.open();
    return isIterable(content) ? watched(content, unread) : content;
  };
  const signals = signal === undefined ? [unread.signal] : [signal, unread.signal];
  try {
    const both = AbortSignal.any(signals);
    return await client.blobs.put(open, { mediaType: input.mediaType, signal: both });
  } catch (error) {
    if (!unread.signal.aborted) throw error;
    const { code, message } = unread.signal.reason as NodeJS.ErrnoException;
    throw new CodedError("INPUT_UNREAD", `cannot be read (${code ?? message})`, { cause: error });
  }
}

function isIterable(content: BlobContent): content is AsyncIterable<Uint8Array> {
  return typeof content === "object" && Symbol.asyncIterator in content;
}

async function* watched(
  content: AsyncIterable<Uint8Array>,
  unread: AbortController,
): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    unread.abort(error);
    throw error;
  }
}

/** The row of an input that no task was done for; `finding` says why. */
export function unsentRow(
  id: string | undefined,
  input: Pick<BatchInput, "name">,
  status: string,
  finding: string,
): BatchRow {
  return {
    id,
    input: input.name,
    agent: undefined,
    status,
    attempts: 0,
    ms: 0,
    finding,
    result: null,
  };
}

function rowOf(input: string, task: Task, agentNames: ReadonlyMap<string, string>): BatchRow {
  const agentId = task.assigned_agent ?? task.attempts.at(-1)?.agent_id;
  return {
    id: task.id,
    input,
    agent: agentId === undefined ? undefined : (agentNames.get(agentId) ?? agentId),
    status: task.status,
    attempts: task.attempts.length,
    ms: task.execution_time_ms ?? 0,
    finding: findingOf(task),
    result: task.result ?? null,
  };
}

/** The one line that a whole result is worth: its own `finding` or `summary`, else the start of its JSON. */
export function findingOf(task: Pick<Task, "status" | "result" | "error">): string {
  if (task.status !== "completed") return task.error?.message ?? task.status;
  const { result } = task;
  if (typeof result === "string") return result;
  if (typeof result === "object" && result !== null) {
    const { finding, summary } = result as { finding?: unknown; summary?: unknown };
    if (typeof finding === "string") return finding;
    if (typeof summary === "string") return summary;
  }
  const json = JSON.stringify(result ?? null);
  return json.length <= JSON_CHARS_SHOWN ? json : `${json.slice(0, JSON_CHARS_SHOWN)}…`;
}

async function namesById(client: HiveClient): Promise<Map<string, string>> {
  const page = await client.agents.list({ limit: 500 });
  return new Map(page.agents.map((agent) => [agent.id, agent.name]));
}
