// The secret that signs tokens: made at the first start, read ever after, for nobody's eyes but the owner's.
// Why exclusive creation and a link: two programs that start at once must end up with one secret, and nobody may ever
// read half of one.

import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, realpath, stat, unlink, writeFile } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { CodedError } from "../base/errors.js";

/** HS256 needs a key at least as long as its hash. */
export const SECRET_BYTES_MIN = 32;
const SECRET_BYTES = 48;
const OTHERS_MAY = 0o077;
/** Where nothing is a file that keeps what it is given, whatever it says of itself; but shared memory is one. */
const NO_FILES = ["/proc", "/sys", "/dev"];
const FILES_ALL_THE_SAME = "/dev/shm";

/** The secret cannot be used; the message says what to do. */
export class SecretError extends CodedError {
  constructor(message: string, cause?: unknown) {
    super("SECRET", message, { cause });
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

async function create(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(draft, `${randomBytes(SECRET_BYTES).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await unlink(draft);
  }
}

function isWithin(directory: string, file: string): boolean {
  return file === directory || file.startsWith(directory + sep);
}

/** Why before anything is read: a device or a pipe may never end. */
function refusePlace(secret: string, file: string): void {
  const place = NO_FILES.find((directory) => isWithin(directory, file));
  if (place === undefined || isWithin(FILES_ALL_THE_SAME, file)) return;
  throw new SecretError(`The secret ${secret} lies under ${place}, where nothing is kept; ${ANOTHER_PLACE}.`);
}

const ANOTHER_PLACE =
  "name a file on a disk in security.secret_file, or leave it empty for one in the data directory";

async function read(file: string): Promise<Uint8Array> {
  refusePlace(file, resolve(file));
  refusePlace(file, await realpath(file));
  const entry = await stat(file);
  if (!entry.isFile()) {
    const what = entry.isDirectory() ? "a directory" : "no regular file";
    throw new SecretError(`The secret ${file} is ${what}; ${ANOTHER_PLACE}.`);
  }
  const { mode } = entry;
  if ((mode & OTHERS_MAY) !== 0 && process.platform !== "win32") {
    throw new SecretError(
      `The secret ${file} is open to other users (mode ${(mode & 0o777).toString(8)}); run chmod 600 on it.`,
    );
  }
  const bytes = new TextEncoder().encode((await readFile(file, "utf8")).trim());
  if (bytes.byteLength < SECRET_BYTES_MIN) {
    throw new SecretError(
      `The secret ${file} has ${bytes.byteLength} bytes; ` +
        `put at least ${SECRET_BYTES_MIN} random ones there, or delete it and a new one is made.`,
    );
  }
  return bytes;
}

/** Reads the secret in `file`, making one first if there is none: a 0600 file in a 0700 directory. */
export async function openSecret(file: string): Promise<Uint8Array> {
  try {
    return await read(file);
  } catch (error) {
    if (error instanceof SecretError) throw error;
    if (!isMissing(error)) throw new SecretError(`The secret ${file} cannot be read.`, error);
  }
  try {
    await create(file);
    return await read(file);
  } catch (error) {
    if (error instanceof SecretError) throw error;
    throw new SecretError(
      `The secret ${file} cannot be made; check that its directory can be written.`,
      error,
    );
  }
}
