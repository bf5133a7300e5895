// The bytes of a checkpoint: sections one after another, each a packed value behind its length. The first is the
// header, then open tasks and idempotency keys in bundles small enough to pack between two turns of the event loop.
//
//   section   0 length u32 · 4 packed [kind, value]

import { invariant } from "../base/invariant.js";
import type { LearnerState } from "../compute/learner.js";
import { packPlain, unpackPlain } from "../wire/codec.js";
import type { AgentRecord, CourseTuple } from "../wire/entries.js";
import type { ArchiveLists } from "./archive.js";
import type { LedgerTotals } from "./ledger.js";
import type { TaskState } from "./task-state.js";

export const CHECKPOINT_VERSION = 1;

const SECTION = Object.freeze({ header: 0, tasks: 1, keys: 2 } as const);
const LENGTH_BYTES = 4;

/** What an agent has learnt: counters beside its record. */
export type AgentSummary = readonly [
  agent: number,
  record: AgentRecord,
  completed: number,
  failed: number,
  latencyMs: number,
  lastActiveMs: number,
  /** Of capabilities that were used. The estimate is missing in checkpoints of older hubs. */
  practice: readonly (readonly [
    name: string,
    experience: number,
    lastUsedMs: number,
    proficiency?: number,
  ])[],
];

export interface CheckpointHeader {
  readonly version: number;
  readonly totals: LedgerTotals;
  readonly nextTask: number;
  readonly nextAgent: number;
  readonly nextFence: number;
  readonly agents: readonly AgentSummary[];
  readonly departed: readonly (readonly [agent: number, id: string, name: string])[];
  readonly lists: ArchiveLists;
  /** Missing in checkpoints of older hubs. */
  readonly learned?: LearnerState;
}

export type OpenTaskRow = readonly [
  task: number,
  step: number,
  attempt: number,
  state: TaskState,
  spec: Uint8Array,
  course: CourseTuple,
];

export type KeyTuple = readonly [key: string, task: number, bodyHash: string, atMs: number];

/** Collects sections and gives them as one array of bytes. */
export class CheckpointBuilder {
  readonly #sections: Uint8Array[] = [];
  #bytes = 0;

  header(header: CheckpointHeader): void {
    this.#add([SECTION.header, header]);
  }

  tasks(rows: readonly OpenTaskRow[]): void {
    this.#add([SECTION.tasks, rows]);
  }

  keys(rows: readonly KeyTuple[]): void {
    this.#add([SECTION.keys, rows]);
  }

  finish(): Uint8Array {
    const state = new Uint8Array(this.#bytes);
    const view = new DataView(state.buffer);
    let at = 0;
    for (const section of this.#sections) {
      view.setUint32(at, section.length);
      state.set(section, at + LENGTH_BYTES);
      at += LENGTH_BYTES + section.length;
    }
    return state;
  }

  #add(section: readonly [kind: number, value: unknown]): void {
    const packed = packPlain(section);
    this.#sections.push(packed);
    this.#bytes += LENGTH_BYTES + packed.length;
  }
}

/** What a reader does with each section, in the order in which they were written. */
export interface CheckpointVisitor {
  header(header: CheckpointHeader): void;
  task(row: OpenTaskRow): void;
  key(row: KeyTuple): void;
}

export function readCheckpoint(state: Uint8Array, visitor: CheckpointVisitor): void {
  const view = new DataView(state.buffer, state.byteOffset, state.byteLength);
  for (let at = 0; at < state.length; ) {
    const end = at + LENGTH_BYTES + view.getUint32(at);
    const [kind, value] = unpackPlain(state.subarray(at + LENGTH_BYTES, end)) as [number, unknown];
    if (kind === SECTION.header) {
      const header = value as CheckpointHeader;
      invariant(header.version === CHECKPOINT_VERSION, "the checkpoint was written by a hub of this format");
      visitor.header(header);
    } else if (kind === SECTION.tasks) {
      for (const row of value as readonly OpenTaskRow[]) visitor.task(row);
    } else if (kind === SECTION.keys) {
      for (const row of value as readonly KeyTuple[]) visitor.key(row);
    }
    at = end;
  }
}
