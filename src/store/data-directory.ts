// The data directory before anything is in it: whether there can be one, and making it.
// Why each level by itself: where the system says ENOENT below a directory that is there, as it does in /proc, Node's
// recursive mkdir tries for ever.
// Why a directory is made to find out whether one can be: root may write everywhere by the modes, and yet not there.

import * as fs from "node:fs";
import { lstat, mkdir, mkdtemp, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { isNoRoom, StoreError } from "./store-errors.js";

/** The file of the store; where it is, the directory is ours. */
export const DATABASE_FILE = "store.mdb";
/** The end of every refusal of a data directory. */
export const DATA_DIR_EXPECTED =
  "a directory of Hive's own that can be written, or a place where one can be made";
const OTHERS_MAY = 0o077;

/** Makes `dir` and what is missing above it, for their owner alone. Rejects with STORE_DIRECTORY. */
export async function makeDataDirectory(dir: string): Promise<void> {
  for (const missing of await checkDataDirectory(dir)) {
    try {
      await mkdir(missing, { mode: 0o700 });
    } catch (error) {
      // Somebody else may want the same directory at the same time.
      if (codeOf(error) !== "EEXIST") throw refusal(`${missing} cannot be made (${codeOf(error)})`, error);
    }
  }
}

/**
 * Resolves with the directories that are missing for `dir`, outermost first, when it can be a data directory; rejects
 * with STORE_DIRECTORY when it cannot. Leaves nothing behind.
 */
export async function checkDataDirectory(dir: string): Promise<readonly string[]> {
  const missing: string[] = [];
  let at = dir;
  while (!(await isDirectory(at))) {
    missing.unshift(at);
    at = dirname(at);
  }
  try {
    await rmdir(await mkdtemp(join(at, ".hive-")));
  } catch (error) {
    // A hub on a full disk starts, and says what it does not take.
    if (isNoRoom(error)) return missing;
    const what =
      missing.length === 0 ? "cannot be written" : `cannot be made: ${at} takes no new directories`;
    throw refusal(`${dir} ${what} (${codeOf(error)})`, error);
  }
  if (missing.length === 0) modeOpenToOthers(dir);
  return missing;
}

/**
 * The mode of a directory that other users may enter, undefined when they may not. Throws STORE_DIRECTORY when it holds
 * somebody else's files, which a mode of ours would lock away.
 */
export function modeOpenToOthers(dir: string): string | undefined {
  const mode = fs.statSync(dir).mode & 0o777;
  if ((mode & OTHERS_MAY) === 0) return undefined;
  const text = mode.toString(8);
  const entries = fs.readdirSync(dir);
  if (entries.length === 0 || entries.includes(DATABASE_FILE)) return text;
  const what = `${dir} holds other files and is open to other users (mode ${text})`;
  throw refusal(`${what}: name a directory of its own, or run chmod 700`);
}

/** False when nothing is there. Rejects when something else is. */
async function isDirectory(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    // Below a file: the next look, one level up, is at that file.
    if (codeOf(error) === "ENOTDIR") return false;
    if (codeOf(error) !== "ENOENT") throw refusal(`${path} cannot be looked at (${codeOf(error)})`, error);
    const isLink = await lstat(path).catch(() => undefined);
    if (isLink === undefined) return false;
    throw refusal(`${path} is a link that leads nowhere`, error);
  }
  throw refusal(`${path} is no directory`);
}

function refusal(what: string, cause?: unknown): StoreError {
  return new StoreError("STORE_DIRECTORY", `data.dir: ${what}; expected ${DATA_DIR_EXPECTED}`, { cause });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
