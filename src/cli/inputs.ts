// The files behind `hive run <paths…>`: files, directories and file:// URLs become inputs with a media type. What is
// met and is none is left out with its reason: nothing that somebody put there goes by in silence.
// Why a media type and not a task type: the type of the content decides which agent takes it, and whoever adds an
// agent for a new kind of file changes nothing here.
// Why links to files are followed and links to directories are not, unless named: a link upwards would never end, and
// one across would bring in what nobody asked for.

import {
  accessSync,
  closeSync,
  constants,
  type Dirent,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CommandError, EXIT } from "./exit-codes.js";

export interface RunInput {
  /** As the person would name it. */
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  readonly mediaType: string;
  /** Named on the command line itself, not found in a directory. */
  readonly isNamed: boolean;
}

/** More is a mistake more often than a wish. */
const INPUTS_MAX = 10_000;
const SNIFF_BYTES = 4_096;
/** Of what was left out, in one sentence. */
const REASONS_SHOWN = 5;
const NAMES_SHOWN = 5;
/** Of packages, as hidden as what begins with a dot. */
const MODULES = "node_modules";

const TYPE_BY_ENDING: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".tsv": "text/tab-separated-values",
  ".json": "application/json",
  ".geojson": "application/json",
  ".ndjson": "application/x-ndjson",
  ".jsonl": "application/x-ndjson",
  ".txt": "text/plain",
  ".text": "text/plain",
  ".md": "text/markdown",
  ".markdown": "text/markdown",
  ".html": "text/html",
  ".htm": "text/html",
  ".xml": "application/xml",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".zip": "application/zip",
  ".gz": "application/gzip",
};

/** Something that was named or met and is no input. */
export interface LeftOut {
  readonly name: string;
  /** The end of a sentence that begins with its name: "is a fifo". */
  readonly reason: string;
  readonly isNamed: boolean;
}

export interface CollectedInputs {
  readonly inputs: readonly RunInput[];
  readonly leftOut: readonly LeftOut[];
  /** Hidden files, hidden directories and `node_modules` met in directories, by name. */
  readonly hidden: readonly string[];
}

/** All inputs behind `paths`, directories walked in the order of their names, and what was left out on the way. */
export function collectInputs(paths: readonly string[], workingDir: string): CollectedInputs {
  const collector = new Collector(workingDir);
  for (const given of paths) {
    collector.take(fileOf(given, workingDir), given);
  }
  const { inputs, leftOut, hidden } = collector;
  if (inputs.length === 0) {
    const reasons = leftOut.slice(0, REASONS_SHOWN).map(({ name, reason }) => `; ${name} ${reason}`);
    if (hidden.length > 0) reasons.push(`; left out: ${describeHidden(hidden)}`);
    const message = `no files in ${paths.join(", ")}${reasons.join("")}; name files or directories`;
    throw new CommandError("NO_INPUT", message, EXIT.usage);
  }
  return { inputs, leftOut, hidden };
}

/** Why an empty name is refused: it comes from a variable that is not set, and it would mean this whole directory. */
function fileOf(given: string, workingDir: string): string {
  if (given === "") {
    throw new CommandError("NO_INPUT", `"" names no file; name files or directories`, EXIT.usage);
  }
  if (!given.startsWith("file:")) return path.resolve(workingDir, given);
  try {
    return fileURLToPath(given);
  } catch (cause) {
    const what = `${given} is no URL of a file on this machine (${(cause as Error).message})`;
    throw new CommandError("NO_INPUT", `${what}; expected file:///…`, EXIT.usage, { cause });
  }
}

/** "3 hidden ones (.env, .git) and node_modules": names once, the first few. */
export function describeHidden(hidden: readonly string[]): string {
  const dotted = hidden.filter((name) => name.startsWith("."));
  const names = [...new Set(dotted)];
  const more = names.length > NAMES_SHOWN ? ", …" : "";
  const listed = `${dotted.length} hidden (${names.slice(0, NAMES_SHOWN).join(", ")}${more})`;
  const parts = [...(dotted.length > 0 ? [listed] : []), ...(dotted.length < hidden.length ? [MODULES] : [])];
  return parts.join(" and ");
}

class Collector {
  readonly inputs: RunInput[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly hidden: string[] = [];
  readonly #workingDir: string;

  constructor(workingDir: string) {
    this.#workingDir = workingDir;
  }

  /** Takes a path that was named on the command line. */
  take(file: string, given: string): void {
    const stats = statOf(file);
    if (typeof stats === "string") throw new CommandError("NO_INPUT", `${given} ${stats}`, EXIT.usage);
    if (stats.isDirectory()) this.#walk(file, true);
    else this.#takeStats(file, stats, true);
  }

  #walk(dir: string, isNamed: boolean): void {
    const entries = entriesOf(dir);
    if (typeof entries === "string") return this.#leave(dir, entries, isNamed);
    for (const entry of entries) {
      const file = path.join(dir, entry.name);
      if (entry.name.startsWith(".") || entry.name === MODULES) this.hidden.push(entry.name);
      else if (entry.isDirectory()) this.#walk(file, false);
      else this.#takeEntry(file);
      if (this.inputs.length + this.leftOut.length <= INPUTS_MAX) continue;
      throw new CommandError(
        "TOO_MANY",
        `more than ${INPUTS_MAX} files below ${dir}; name fewer`,
        EXIT.usage,
      );
    }
  }

  #takeEntry(file: string): void {
    const stats = statOf(file);
    if (typeof stats === "string") this.#leave(file, stats, false);
    else if (stats.isDirectory())
      this.#leave(file, "is a link to a directory; name it to do its files", false);
    else this.#takeStats(file, stats, false);
  }

  /** Never opens what is no regular file: opening a fifo waits for whoever writes into it. */
  #takeStats(file: string, stats: Stats, isNamed: boolean): void {
    if (!stats.isFile()) return this.#leave(file, `is ${kindOf(stats)}`, isNamed);
    try {
      accessSync(file, constants.R_OK);
      const name = this.#nameOf(file);
      this.inputs.push({ name, file, bytes: stats.size, mediaType: mediaTypeOf(file), isNamed });
    } catch (error) {
      this.#leave(file, `cannot be read (${(error as NodeJS.ErrnoException).code})`, isNamed);
    }
  }

  #leave(file: string, reason: string, isNamed: boolean): void {
    this.leftOut.push({ name: this.#nameOf(file), reason, isNamed });
  }

  #nameOf(file: string): string {
    const relative = path.relative(this.#workingDir, file);
    return relative === "" || relative.startsWith("..") ? file : relative;
  }
}

/** The media type of a file: by its ending, else text when it reads as text, else bytes. */
export function mediaTypeOf(file: string): string {
  return (
    TYPE_BY_ENDING[path.extname(file).toLowerCase()] ??
    (readsAsText(file) ? "text/plain" : "application/octet-stream")
  );
}

/** What is behind a path, links followed; else what is wrong with it. */
function statOf(file: string): Stats | string {
  try {
    return statSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ELOOP") return "is a link that leads to itself";
    if (code !== "ENOENT") return `cannot be read (${code})`;
    const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    return isLink ? "is a link that leads nowhere" : "does not exist";
  }
}

function entriesOf(dir: string): readonly Dirent[] | string {
  try {
    return readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    return `is a directory that cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
}

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return "a fifo";
  if (stats.isSocket()) return "a socket";
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return "a device";
  return "no regular file";
}

function readsAsText(file: string): boolean {
  const descriptor = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(SNIFF_BYTES);
    const head = bytes.subarray(0, readSync(descriptor, bytes, 0, SNIFF_BYTES, 0));
    // A character cut in two at the end of the sample is no error: `stream` keeps it back.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return !head.includes(0);
  } catch {
    return false;
  } finally {
    closeSync(descriptor);
  }
}
