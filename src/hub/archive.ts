// Settled tasks: on disk, found by number through the journal's location index, with the youngest kept in memory
// because whoever waited for a task reads it next.
//   locations: 0 is what was asked (the entry that queued it), 1 is how it ended (the entry that settled it)

import { invariant } from "../base/invariant.js";
import type { Journal } from "../store/journal.js";
import type { Location } from "../store/page-format.js";
import type { JournalEntry } from "../wire/entries.js";
import { ENTRY } from "../wire/entries.js";
import type { SettledStatus } from "../wire/task-shapes.js";
import { settledState } from "./entry-codec.js";
import type { TaskKinds } from "./task-kind.js";
import type { TaskRecord } from "./task-record.js";
import { recordFrom } from "./task-record.js";

const ASKED = 0;
const ENDED = 1;

/** Settled tasks kept in memory: a few megabytes, and what a client waits for is among them. */
const RECENT_MAX = 2_048;

/** Numbers listed for each outcome that people look for; completed tasks are found by walking the numbers. */
const LISTED_MAX = 100_000;
const LISTED: readonly SettledStatus[] = ["failed", "cancelled", "expired", "dead"];

/** What a checkpoint keeps of the archive beside the location index. */
export type ArchiveLists = Readonly<Record<string, readonly number[]>>;

export class Archive {
  readonly #journal: Journal<JournalEntry>;
  readonly #kinds: TaskKinds;
  readonly #recent = new Map<number, TaskRecord>();
  /** By status, the numbers in the order in which they settled. */
  readonly #listed = new Map<SettledStatus, Set<number>>(LISTED.map((status) => [status, new Set<number>()]));

  constructor(journal: Journal<JournalEntry>, kinds: TaskKinds) {
    this.#journal = journal;
    this.#kinds = kinds;
  }

  /** The entry that queued the task is on disk at `at`. */
  noteAsked(number: number, at: Location): void {
    this.#journal.locations.set(number, ASKED, at);
  }

  /** The entry that settled the task is on disk at `at`. */
  noteEnded(number: number, status: SettledStatus, at: Location): void {
    this.#journal.locations.set(number, ENDED, at);
    const listed = this.#listed.get(status);
    if (listed === undefined) return;
    listed.add(number);
    if (listed.size > LISTED_MAX) for (const oldest of listed) if (listed.delete(oldest)) break;
  }

  /** The task was reopened. */
  noteReopened(number: number, from: SettledStatus): void {
    this.#recent.delete(number);
    this.#listed.get(from)?.delete(number);
  }

  keepRecent(record: TaskRecord): void {
    this.#recent.set(record.number, record);
    if (this.#recent.size <= RECENT_MAX) return;
    for (const oldest of this.#recent.keys()) {
      this.#recent.delete(oldest);
      return;
    }
  }

  /** A settled task, or undefined when none has that number. The caller has looked among the open ones. */
  find(number: number): TaskRecord | undefined {
    const recent = this.#recent.get(number);
    if (recent !== undefined) return recent;
    const { locations } = this.#journal;
    const endedAt = locations.get(number, ENDED);
    const askedAt = locations.get(number, ASKED);
    return endedAt === undefined || askedAt === undefined ? undefined : this.#read(number, askedAt, endedAt);
  }

  #read(number: number, askedAt: Location, endedAt: Location): TaskRecord {
    const asked = this.#journal.read(askedAt);
    const ended = this.#journal.read(endedAt);
    invariant(
      asked[0] === ENTRY.taskQueued && asked[1] === number,
      "the location index names the task's first entry",
    );
    invariant(
      ended[0] === ENTRY.taskSettled && ended[1] === number,
      "the location index names the task's last entry",
    );
    const record = recordFrom(number, asked[5], ended[7], this.#kinds, settledState(ended));
    record.step = ended[2];
    record.error = ended[5];
    record.result = ended[6];
    return record;
  }

  /** Numbers with an outcome that is listed, the youngest settlement last; undefined for one that is not. */
  listed(status: SettledStatus): readonly number[] | undefined {
    const numbers = this.#listed.get(status);
    return numbers === undefined ? undefined : [...numbers];
  }

  lists(): ArchiveLists {
    return Object.fromEntries([...this.#listed].map(([status, numbers]) => [status, [...numbers]]));
  }

  restoreLists(lists: ArchiveLists): void {
    for (const [status, numbers] of this.#listed)
      for (const number of lists[status] ?? []) numbers.add(number);
  }
}
