// The files behind `hive run <paths…>`: files, directories and file:// URLs become inputs with a media type.
// Why a media type and not a task type: the type of the content decides which agent takes it, and whoever adds an
// agent for a new kind of file changes nothing here.

import {
  accessSync,
  closeSync,
  constants,
  type Dirent,
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

/** All inputs behind `paths`, directories walked in the order of their names. Hidden files are left out. */
export function collectInputs(paths: readonly string[], workingDir: string): RunInput[] {
  const inputs: RunInput[] = [];
  for (const given of paths) {
    const file = given.startsWith("file:") ? fileURLToPath(given) : path.resolve(workingDir, given);
    const stats = statOf(file, given);
    if (stats.isDirectory()) walk(file, workingDir, inputs);
    else if (stats.isFile()) inputs.push(describe(file, workingDir, stats.size, true));
    else throw new CommandError("NOT_A_FILE", `${given} is neither a file nor a directory`, EXIT.usage);
  }
  if (inputs.length === 0) {
    throw new CommandError(
      "NO_INPUT",
      `no files in ${paths.join(", ")}; name files or directories`,
      EXIT.usage,
    );
  }
  return inputs;
}

/** The media type of a file: by its ending, else text when it reads as text, else bytes. */
export function mediaTypeOf(file: string): string {
  return (
    TYPE_BY_ENDING[path.extname(file).toLowerCase()] ??
    (readsAsText(file) ? "text/plain" : "application/octet-stream")
  );
}

function statOf(file: string, given: string): Stats {
  try {
    return statSync(file);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "does not exist" : "cannot be read";
    throw new CommandError("NO_INPUT", `${given} ${reason}`, EXIT.usage, { cause: error });
  }
}

function walk(dir: string, workingDir: string, inputs: RunInput[]): void {
  const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);
  for (const entry of readdirSync(dir, { withFileTypes: true }).sort(byName)) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const file = path.join(dir, entry.name);
    if (entry.isDirectory()) walk(file, workingDir, inputs);
    else if (entry.isFile()) inputs.push(describe(file, workingDir, statSync(file).size, false));
    if (inputs.length > INPUTS_MAX) {
      throw new CommandError(
        "TOO_MANY",
        `more than ${INPUTS_MAX} files below ${dir}; name fewer`,
        EXIT.usage,
      );
    }
  }
}

function describe(file: string, workingDir: string, bytes: number, isNamed: boolean): RunInput {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw new CommandError("NO_INPUT", `${file} cannot be read`, EXIT.usage, { cause: error });
  }
  const relative = path.relative(workingDir, file);
  return {
    name: relative.startsWith("..") ? file : relative,
    file,
    bytes,
    mediaType: mediaTypeOf(file),
    isNamed,
  };
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
