import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import type { Database } from "../../src/store/database.js";
import { openDatabase } from "../../src/store/database.js";
import { lockDirectory } from "../../src/store/directory-lock.js";
import { failureOf, freshDir, keptLog, realPorts } from "./rig.js";

async function openAt(dir: string, log = keptLog()): Promise<Database> {
  const database = await openDatabase({ dir, ...realPorts(log) });
  onTestFinished(() => database.close());
  return database;
}

/** A process that holds the store in `dir`. */
async function holderOf(dir: string): Promise<ChildProcess> {
  const holder = fork(new URL("./holder.js", import.meta.url), [dir], { execArgv: [] });
  onTestFinished(() => void holder.kill("SIGKILL"));
  await once(holder, "message");
  return holder;
}

async function killed(holder: ChildProcess): Promise<void> {
  holder.kill("SIGKILL");
  await once(holder, "exit");
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("a database", () => {
  test("keeps records under numbers, in order, and gives them back after it was closed", async () => {
    const dir = freshDir();
    const first = await openAt(dir);
    await first.table("a").put(2 ** 40, Buffer.from("far"));
    await first.table("a").writeAll([1, 2, 3].map((key) => ({ key, value: Buffer.from([key]) })));
    await first.table("a").writeAll([{ key: 2, value: undefined }]);
    await first.close();
    const table = (await openAt(dir)).table("a");
    expect(table.keys()).toEqual([1, 3, 2 ** 40]);
    expect([table.firstKey(), table.lastKey()]).toEqual([1, 2 ** 40]);
    expect(table.get(2)).toBeUndefined();
    expect(Buffer.from(table.get(2 ** 40) as Uint8Array).toString()).toBe("far");
  });

  test("gives copies that stay as they are and views of the right length, small and large", async () => {
    const table = (await openAt(freshDir())).table("a");
    const sizes = [1, 100, 40_000, 700_000, 5];
    await table.writeAll(sizes.map((size, key) => ({ key, value: Buffer.alloc(size, key + 1) })));
    const copies = sizes.map((_, key) => table.get(key) as Uint8Array);
    sizes.forEach((size, key) => {
      const view = table.view(key) as Uint8Array;
      expect([view.length, view.byteLength, view[size - 1]]).toEqual([size, size, key + 1]);
    });
    sizes.forEach((size, key) => {
      expect(Buffer.alloc(size, key + 1).equals(copies[key] as Uint8Array)).toBe(true);
    });
  });

  test("does not move in with other files in a directory that is open to others", async () => {
    const dir = join(freshDir(), "home");
    mkdirSync(dir, { mode: 0o755 });
    writeFileSync(join(dir, "mine"), "mine");
    await expect(openAt(dir)).rejects.toThrow("name a directory of its own");
    expect(modeOf(dir)).toBe("755");
  });

  test("lies in a directory that only its owner can enter, in files that only its owner can read", async () => {
    const dir = join(freshDir(), "data");
    mkdirSync(dir, { mode: 0o755 });
    await openAt(dir);
    expect(modeOf(dir)).toBe("700");
    expect(["store.mdb", "store.mdb-lock", "hive.lock"].map((file) => modeOf(join(dir, file)))).toEqual([
      "600",
      "600",
      "600",
    ]);
  });

  test("is closed once, however often it is asked to", async () => {
    const database = await openAt(freshDir());
    await Promise.all([database.close(), database.close()]);
    await database.close();
  });
});

describe("a data directory has one process", () => {
  test("the next gets an error that names the first, and is welcome when the first has closed", async () => {
    const dir = freshDir();
    const holder = await holderOf(dir);
    const refused = await failureOf(openAt(dir));
    expect(refused).toMatchObject({ code: "STORE_LOCKED", data: { dir, pid: holder.pid } });
    expect(refused.message).toContain(`process ${holder.pid}`);
    holder.send("close");
    await once(holder, "exit");
    const log = keptLog();
    await openAt(dir, log);
    expect(log.lines).toEqual([]);
  });

  test("a second opening in the same process is refused too", async () => {
    const dir = freshDir();
    await openAt(dir);
    expect(await failureOf(openAt(dir))).toMatchObject({ code: "STORE_LOCKED", data: { pid: process.pid } });
  });

  test("kill -9 frees it; the file is then opened by a child process first", async () => {
    const dir = freshDir();
    await killed(await holderOf(dir));
    const log = keptLog();
    const database = await openAt(dir, log);
    expect(log.lines.map((line) => line.level)).toEqual(["info"]);
    expect(log.lines[0]?.message).toContain("child process");
    expect(Buffer.from(database.table("notes").get(1) as Uint8Array).toString()).toBe(
      "written before the end",
    );
  });

  test("without the flock program the file and the process it names decide", async () => {
    const dir = freshDir();
    const absent = join(dir, "no-such-program");
    const lock = lockDirectory(dir, absent);
    expect(await failureOf(() => lockDirectory(dir, absent))).toMatchObject({ code: "STORE_LOCKED" });
    lock.release(true);
    lockDirectory(dir, absent).release(false);
    const owner = JSON.parse(readFileSync(join(dir, "hive.lock"), "utf8")) as { started: string };
    // The same process number again, but not the same process.
    writeFileSync(join(dir, "hive.lock"), JSON.stringify({ ...owner, started: "another boot/1" }));
    const taken = lockDirectory(dir, absent);
    expect(taken.closedInOrder).toBe(false);
    taken.release(true);
  });
});

describe("a file that is no store any more", () => {
  test.each([
    ["overwritten with noise", (path: string) => writeFileSync(path, Buffer.alloc(65_536, 0x5a))],
    ["cut to half a page", (path: string) => truncateSync(path, 2_048)],
    ["cut behind its first pages", (path: string) => truncateSync(path, 8_192)],
    ["with noise in place of its records", scribbleOverRecords],
  ])("%s, ends the child process or nobody, and the answer says what to do", async (_, ruin) => {
    const dir = freshDir();
    await killed(await holderOf(dir));
    const path = join(dir, "store.mdb");
    ruin(path);
    const error = await failureOf(openAt(dir));
    expect(error).toMatchObject({ code: "STORE_DAMAGED" });
    expect(error.message).toContain("restore a backup");
    expect(existsSync(path)).toBe(true);
  });
});

function scribbleOverRecords(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0x5a, 8_192);
  writeFileSync(path, bytes);
}
