// Which hub a command talks to and with which token: flags, else HIVE_URL and HIVE_TOKEN, else the settings of this
// machine and the secret in its data directory.
// Why a token is signed only for this machine's own hub: a token for it, sent elsewhere, would be a gift.

import { existsSync } from "node:fs";
import { connect, type HiveClient } from "../client.js";
import { CommandError, EXIT } from "./exit-codes.js";
import type { OutputOptions } from "./output.js";
import { requireSettings, type SettingsOptions } from "./settings-options.js";
import type { Settings } from "./settings-shape.js";
import { issueLocalToken } from "./token-command.js";

export interface AccessOptions extends SettingsOptions, OutputOptions {
  readonly url?: string;
  readonly token?: string;
}

export interface HubAddress {
  readonly url: string;
  readonly token: string;
}

const TOKEN_SECONDS = 3_600;
const PROBE_TIMEOUT_MS = 1_000;
/** Long enough for a respawn, short enough to say soon that there is no hub. */
const RETRY_FOR_MS = 5_000;
const EVERY_ADDRESS = ["0.0.0.0", "::", "[::]"];
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

/** Runs `use` with a client of the hub that the options name, and closes the client. */
export async function withClient<T>(
  options: AccessOptions,
  use: (client: HiveClient) => Promise<T>,
): Promise<T> {
  const client = connect({ ...(await hubAddress(options)), retryForMs: RETRY_FOR_MS });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** The hub that the options, the environment or the settings name. */
export async function hubAddress(options: AccessOptions): Promise<HubAddress> {
  const settings = requireSettings(options);
  const url = options.url ?? process.env["HIVE_URL"] ?? settingsUrl(settings);
  const token = options.token ?? process.env["HIVE_TOKEN"] ?? (await localToken(url, settings));
  if (token !== undefined) return { url, token };
  const advice = "give --token or HIVE_TOKEN, or name the hub's data directory with --data";
  throw new CommandError("NO_TOKEN", `there is no token for ${url}; ${advice}`, EXIT.failed);
}

/** The hub of this machine's settings or of the options, when there is one that answers; else undefined. */
export async function findRunningHub(options: AccessOptions): Promise<HubAddress | undefined> {
  if (options.url !== undefined || process.env["HIVE_URL"] !== undefined) return hubAddress(options);
  const settings = requireSettings(options);
  const url = settingsUrl(settings);
  if (!existsSync(settings.security.secret_file) || !(await isHub(url))) return undefined;
  return hubAddress(options);
}

async function localToken(url: string, settings: Settings): Promise<string | undefined> {
  const secretFile = settings.security.secret_file;
  const isOwn = url === settingsUrl(settings) || LOOPBACK.test(hostOf(url));
  if (!isOwn || !existsSync(secretFile)) return undefined;
  const ttlSeconds = Math.min(TOKEN_SECONDS, settings.security.token_ttl_seconds);
  return issueLocalToken({ secretFile, role: "admin", ttlSeconds });
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname;
  } catch (error) {
    const expected = "expected something like http://127.0.0.1:8080";
    throw new CommandError("USAGE", `${JSON.stringify(url)} is no URL; ${expected}`, EXIT.usage, {
      cause: error,
    });
  }
}

function settingsUrl(settings: Settings): string {
  const { host, port } = settings.server;
  const reachable = EVERY_ADDRESS.includes(host) ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

async function isHub(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
