// LMDB, and the only file that knows it. A database is a few tables with numbers for keys and bytes for values.
// On the main thread only: a thread that ends with writes in flight never ends, and hangs every later write.
//   openDatabase: directory 0700 > directory-lock > database-check (only after an unclean end) > LMDB, files 0600
// Why no overlapping sync: a write here settles when its commit is flushed, and not before, and a failed flush fails
// the write. With overlapping sync a failed flush settles nothing at all; for one commit at a time it is no faster.

import * as fs from "node:fs";
import { dirname, join } from "node:path";

import type { Database as LmdbTable, RootDatabase, RootDatabaseOptionsWithPath } from "lmdb";
import { open } from "lmdb";

import type { Log, TimerHandle, Timers } from "../base/ports.js";
import { DATABASE_FILE, modeOpenToOthers } from "./data-directory.js";
import type { DirectoryLock } from "./directory-lock.js";
import { lockDirectory } from "./directory-lock.js";
import { readInChild } from "./read-in-child.js";
import { damaged, noRoom, writeFailure } from "./store-errors.js";
import { syncDirectorySync } from "./sync-directory.js";

/** Address space, not disk space; LMDB enlarges it by itself when the file outgrows it. */
const MAP_BYTES_DEFAULT = 16 * 1024 ** 3;
/** Segments of the journal are tables: 4,096 of 256 MiB. */
const TABLES_MAX = 4_096;
const READER_CHECK_EVERY_MS = 60_000;
const CHECKED_ENDS = 2;
const EIO = 5;
/** What a commit writes beside its values: a few pages of the tree, and the free list. */
const FULL_MARGIN_BYTES = 1024 * 1024;

export interface DatabaseOptions {
  readonly dir: string;
  readonly timers: Timers;
  readonly log: Log;
  readonly mapSizeBytes?: number;
}

export interface Write {
  readonly key: number;
  /** Undefined removes the record. */
  readonly value: Uint8Array | undefined;
}

/** Records under numbers. Writes settle when they are flushed; their errors are STORE_FULL or STORE_FAILED. */
export interface Table {
  readonly name: string;
  /** A copy of the record. Throws STORE_DAMAGED when the file cannot be read. */
  get(key: number): Uint8Array | undefined;
  /** The record in memory that the next `view` or `get` uses again. */
  view(key: number): Uint8Array | undefined;
  /** The bytes must not change until it settles. */
  put(key: number, value: Uint8Array): Promise<void>;
  /** All or nothing. The same holds for the bytes. */
  writeAll(writes: readonly Write[]): Promise<void>;
  firstKey(): number | undefined;
  lastKey(): number | undefined;
  keys(): number[];
  /** What its records take in the file. */
  bytes(): number;
}

export interface Database {
  readonly dir: string;
  /** Opens the table, or makes it. Throws STORE_FULL or STORE_FAILED. */
  table(name: string): Table;
  tableNames(): string[];
  /** Waits for writes, closes the file and gives the directory back. Closing twice is fine. */
  close(): Promise<void>;
}

type Root = RootDatabase<Buffer, string>;
type Records = LmdbTable<Buffer, number>;

function openRoot(path: string, mapSizeBytes: number, readOnly: boolean): Root {
  // `safeRestore` is missing in lmdb's types: after a power cut only what was flushed counts.
  const options: RootDatabaseOptionsWithPath & { safeRestore: boolean } = {
    path,
    noSubdir: true,
    encoding: "binary",
    maxDbs: TABLES_MAX,
    mapSize: mapSizeBytes,
    readOnly,
    overlappingSync: false,
    safeRestore: true,
    eventTurnBatching: false,
  };
  return open<Buffer, string>(options);
}

class LmdbRecords implements Table {
  readonly name: string;
  readonly #records: Records;
  readonly #path: string;

  constructor(name: string, records: Records, path: string) {
    this.name = name;
    this.#records = records;
    this.#path = path;
  }

  get(key: number): Uint8Array | undefined {
    return this.#read(() => this.#records.getBinary(key));
  }

  view(key: number): Uint8Array | undefined {
    const fast = this.#read(() => this.#records.getBinaryFast(key));
    // lmdb hands out one large buffer whose `length` it overrides; only a view of its own has the true size.
    return fast && new Uint8Array(fast.buffer, fast.byteOffset, fast.length);
  }

  put(key: number, value: Uint8Array): Promise<void> {
    return this.#settle(value.length, () => this.#records.put(key, value as Buffer));
  }

  writeAll(writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return Promise.resolve();
    const bytes = writes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    return this.#settle(bytes, () =>
      this.#records.batch(() => {
        for (const { key, value } of writes) {
          if (value === undefined) this.#records.remove(key);
          else this.#records.put(key, value as Buffer);
        }
      }),
    );
  }

  firstKey(): number | undefined {
    return this.#read(() => [...this.#records.getKeys({ limit: 1 })][0]);
  }

  lastKey(): number | undefined {
    return this.#read(() => [...this.#records.getKeys({ limit: 1, reverse: true })][0]);
  }

  keys(): number[] {
    return this.#read(() => [...this.#records.getKeys()]);
  }

  bytes(): number {
    const stats = this.#read(() => this.#records.getStats()) as Record<string, number>;
    const pages = (stats["treeLeafPageCount"] ?? 0) + (stats["overflowPages"] ?? 0);
    return pages * (stats["pageSize"] ?? 0);
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw damaged(this.#path, cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  async #settle(bytes: number, write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (error) {
      const cause = await causeOf(error);
      const what = `the store ${this.#path}`;
      throw isShortWrite(cause) && isAlmostFull(this.#path, bytes)
        ? noRoom(what, cause)
        : writeFailure(what, cause);
    }
  }
}

/** LMDB calls a write that was cut short an input/output error, whatever the reason. A full disk is the usual one. */
function isShortWrite(cause: unknown): boolean {
  return (cause as { code?: unknown }).code === EIO;
}

function isAlmostFull(path: string, bytes: number): boolean {
  const { bavail, bsize } = fs.statfsSync(dirname(path));
  return bavail * bsize < bytes + FULL_MARGIN_BYTES;
}

/** lmdb rejects a write with a general error whose `commitError` is a promise that rejects with the cause. */
async function causeOf(error: unknown): Promise<unknown> {
  try {
    await (error as { commitError?: Promise<unknown> }).commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}

class LmdbDatabase implements Database {
  readonly dir: string;
  readonly #path: string;
  readonly #root: Root;
  readonly #lock: DirectoryLock;
  readonly #tables = new Map<string, Table>();
  readonly #timers: Timers;
  #readerCheck: TimerHandle;
  #closed: Promise<void> | undefined;

  constructor(options: DatabaseOptions, path: string, root: Root, lock: DirectoryLock) {
    this.dir = options.dir;
    this.#path = path;
    this.#root = root;
    this.#lock = lock;
    this.#timers = options.timers;
    this.#readerCheck = this.#checkReadersLater();
  }

  table(name: string): Table {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new LmdbRecords(name, this.#openRecords(name), this.#path);
      this.#tables.set(name, table);
    }
    return table;
  }

  #openRecords(name: string): Records {
    try {
      return this.#root.openDB<Buffer, number>({ name, encoding: "binary" });
    } catch (cause) {
      throw writeFailure(`the store ${this.#path}`, cause);
    }
  }

  tableNames(): string[] {
    return [...this.#root.getKeys()];
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#readerCheck.cancel();
    await this.#root.close();
    this.#lock.release(true);
  }

  /** Readers of processes that are gone would keep old pages from being used again. */
  #checkReadersLater(): TimerHandle {
    return this.#timers.after(READER_CHECK_EVERY_MS, () => {
      this.#root.readerCheck();
      this.#readerCheck = this.#checkReadersLater();
    });
  }
}

/** Makes the directory, or closes one to other users. Refuses one that holds somebody else's files and is open. */
function takeDirectory(dir: string, log: Log): void {
  if (fs.mkdirSync(dir, { recursive: true, mode: 0o700 }) !== undefined) return;
  const mode = modeOpenToOthers(dir);
  if (mode === undefined) return;
  fs.chmodSync(dir, 0o700);
  log.log("warn", "the data directory was open to other users; now it is not", { dir, mode });
}

/** Opens or makes the store in `dir`. Rejects with STORE_… codes: DIRECTORY, LOCKED, DAMAGED, FULL, FAILED. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { dir, log } = options;
  const path = join(dir, DATABASE_FILE);
  takeDirectory(dir, log);
  const lock = lockDirectory(dir);
  try {
    if (!lock.closedInOrder && fs.existsSync(path)) {
      log.log("info", "the store was not closed in good order; a child process opens it first", { path });
      await readInChild(path);
    }
    const root = openOrThrow(path, options.mapSizeBytes ?? MAP_BYTES_DEFAULT);
    for (const file of [path, `${path}-lock`]) fs.chmodSync(file, 0o600);
    for (const made of [dir, dirname(dir)]) syncDirectorySync(made);
    root.readerCheck();
    return new LmdbDatabase(options, path, root, lock);
  } catch (error) {
    lock.release(false);
    throw error;
  }
}

function openOrThrow(path: string, mapSizeBytes: number): Root {
  const isNew = !fs.existsSync(path);
  try {
    return openRoot(path, mapSizeBytes, false);
  } catch (cause) {
    if (isNew) throw writeFailure(`the store ${path}`, cause);
    throw damaged(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Opens `path` for reading and reads the first and last records of every table. For a process that may die of it. */
export async function readBothEnds(path: string): Promise<void> {
  const root = openRoot(path, MAP_BYTES_DEFAULT, true);
  // Opening a table ends the transaction that a list still being read would need: read the lists first.
  const names = [...root.getKeys()];
  for (const name of names) {
    const records = root.openDB<Buffer, number>({ name, encoding: "binary" });
    const first = [...records.getKeys({ limit: CHECKED_ENDS })];
    const last = [...records.getKeys({ limit: CHECKED_ENDS, reverse: true })];
    for (const key of first.concat(last)) records.getBinary(key);
  }
  await root.close();
}
