// `hive token`: signs a token with the secret of the data directory. Whoever can read that file may do everything
// anyway, so no running hub is needed.

import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { openSecret } from "../access/secret.js";
import { openTokens, type Scope } from "../access/tokens.js";
import { systemClock } from "../base/clock.js";
import { parseSeconds } from "./durations.js";
import { CommandError, EXIT } from "./exit-codes.js";
import { emit, type OutputOptions } from "./output.js";
import { requireSettings, type SettingsOptions } from "./settings-options.js";

export interface TokenCommandOptions extends SettingsOptions, OutputOptions {
  readonly role: Scope;
  readonly ttl?: string;
}

/** Prints a token and nothing else, so that `TOKEN=$(hive token)` works. */
export async function runToken(options: TokenCommandOptions): Promise<number> {
  const { security } = requireSettings(options);
  const ttlMaxSeconds = security.token_ttl_seconds;
  const ttlSeconds = options.ttl === undefined ? ttlMaxSeconds : parseSeconds(options.ttl);
  if (ttlSeconds === undefined || !(ttlSeconds >= 1 && ttlSeconds <= ttlMaxSeconds)) {
    const expected = `expected 1s to ${ttlMaxSeconds}s (security.token_ttl_seconds), such as 12h`;
    throw new CommandError("USAGE", `--ttl is ${JSON.stringify(options.ttl)}; ${expected}`, EXIT.usage);
  }
  const token = await issueLocalToken({ secretFile: security.secret_file, role: options.role, ttlSeconds });
  emit(options, { token, role: options.role, expires_in_seconds: ttlSeconds }, () => token);
  return EXIT.done;
}

/** A token signed with the secret in `secretFile`, which has to be there: only a hub makes one. */
export async function issueLocalToken(wanted: {
  secretFile: string;
  role: Scope;
  ttlSeconds: number;
}): Promise<string> {
  const { secretFile, role, ttlSeconds } = wanted;
  await requireSecretFile(secretFile);
  const tokens = await openTokens({ secret: await openSecret(secretFile), ttlSeconds, clock: systemClock() });
  return tokens.issue({ subject: "cli", scopes: [role], ttlSeconds });
}

/**
 * What is wrong with the file itself, told here and not by `openSecret`: that one makes a secret where none is, and
 * the person at a command line wants to know which of the ways out is theirs.
 */
async function requireSecretFile(secretFile: string): Promise<void> {
  const refuse = (code: string, what: string, advice: string, cause?: unknown): never => {
    throw new CommandError(code, `${what}; ${advice}`, EXIT.failed, { cause });
  };
  try {
    const stats = await stat(secretFile);
    if (!stats.isFile()) {
      const what = stats.isDirectory() ? "a directory" : "no regular file";
      const advice = "expected a file with the secret: check security.secret_file, or move it out of the way";
      refuse("SECRET", `the secret ${secretFile} is ${what}`, advice);
    }
    await access(secretFile, constants.R_OK);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { code = "ERROR" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      const advice = "start the hub once, or name its data directory with --data";
      refuse("NO_SECRET", `there is no secret at ${secretFile}`, advice, error);
    }
    const advice = isForbidden(code)
      ? "run this as the user who runs the hub, or ask that user for a token and give it with --token or HIVE_TOKEN"
      : "check security.secret_file, or name the hub's data directory with --data";
    refuse("SECRET", `the secret ${secretFile} cannot be read (${code})`, advice, error);
  }
}

function isForbidden(code: string): boolean {
  return code === "EACCES" || code === "EPERM";
}
