// One process per data directory. The lock is flock(2) on `hive.lock`, held by an open file, so the system lets go of
// it however the process ends. The file says who holds it and whether the last holder closed in good order.
// Why the `flock` program: Node cannot call flock itself. The program locks the open file it inherits and exits; the
// lock belongs to that open file, which stays ours. It works between containers that share a volume.
// Where the program is missing, the file names a process and its start time, and whoever comes next checks (through
// /proc where there is one) whether that very process still lives.

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";

import { StoreError } from "./store-errors.js";

const LOCK_FILE = "hive.lock";

interface Owner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot, and which boot; empty where there is no /proc. */
  readonly started: string;
  readonly state: "open" | "closed";
}

export interface DirectoryLock {
  /** False when the last holder did not close the directory in good order: killed, or the power went. */
  readonly closedInOrder: boolean;
  /** Gives the directory back. `inOrder` says that everything was closed before. */
  release(inOrder: boolean): void;
}

function startOf(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // The command, in brackets, may hold spaces; the start time is field 22, the 20th after it.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    return `${boot}/${ticks}`;
  } catch {
    return "";
  }
}

function isAlive(owner: Owner): boolean {
  if (owner.state === "closed") return false;
  if (owner.pid === process.pid) return owner.started === startOf(process.pid);
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return owner.started === "" || startOf(owner.pid) === owner.started;
}

function readOwner(file: number): Owner | undefined {
  const buffer = Buffer.alloc(512);
  const length = fs.readSync(file, buffer, 0, buffer.length, 0);
  try {
    return JSON.parse(buffer.toString("utf8", 0, length)) as Owner;
  } catch {
    return undefined;
  }
}

function writeOwner(file: number, state: Owner["state"]): void {
  const owner: Owner = { pid: process.pid, started: startOf(process.pid), state };
  const line = Buffer.from(`${JSON.stringify(owner)}\n`);
  fs.writeSync(file, line, 0, line.length, 0);
  fs.ftruncateSync(file, line.length);
  fs.fsyncSync(file);
}

function lockedBy(dir: string, owner: Owner | undefined): StoreError {
  const who = owner?.state === "open" ? `process ${owner.pid}` : "another process";
  const message = `the data directory ${dir} is in use by ${who}; stop it, or choose another directory`;
  return new StoreError("STORE_LOCKED", message, { data: { dir, ...(owner ? { pid: owner.pid } : {}) } });
}

type Attempt = "locked" | "held" | "unsupported";

function flock(command: string, file: number): Attempt {
  const run = spawnSync(command, ["-n", "-x", "3"], { stdio: ["ignore", "ignore", "ignore", file] });
  if (run.error !== undefined) return "unsupported";
  if (run.status === 0) return "locked";
  return run.status === 1 ? "held" : "unsupported";
}

/** Takes `dir` for this process. Throws STORE_LOCKED, naming the process that holds it. */
export function lockDirectory(dir: string, flockCommand = "flock"): DirectoryLock {
  const path = join(dir, LOCK_FILE);
  const file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  let closedInOrder: boolean;
  try {
    const owner = readOwner(file);
    const attempt = flock(flockCommand, file);
    if (attempt === "held" || (attempt === "unsupported" && owner !== undefined && isAlive(owner))) {
      throw lockedBy(dir, readOwner(file) ?? owner);
    }
    closedInOrder = owner === undefined || owner.state === "closed";
    writeOwner(file, "open");
  } catch (error) {
    fs.closeSync(file);
    throw error;
  }
  let held = true;
  return {
    closedInOrder,
    release: (inOrder) => {
      if (!held) return;
      held = false;
      if (inOrder) writeOwner(file, "closed");
      fs.closeSync(file);
    },
  };
}
