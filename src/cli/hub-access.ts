// Which hub a command talks to and with which token: flags, else HIVE_URL and HIVE_TOKEN, else the hub that runs on the
// data directory of the settings, else the address of the settings; and a token signed with that directory's secret.
// Why a token is signed only for this machine's own hub: a token for it, sent elsewhere, would be a gift.

import { existsSync } from "node:fs";
import { connect, type HiveClient } from "../client.js";
import { answers, findAddress } from "./address-file.js";
import { CommandError, EXIT } from "./exit-codes.js";
import { isLoopback, urlOf } from "./hosts.js";
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
/** Long enough for a respawn, short enough to say soon that there is no hub. */
const RETRY_FOR_MS = 5_000;

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

/** The hub that the options, the environment, the data directory or the settings name. */
export async function hubAddress(options: AccessOptions): Promise<HubAddress> {
  const settings = requireSettings(options);
  const given = givenUrl(options);
  return withToken(options, settings, given ?? (await ownUrl(settings)), given === undefined);
}

/** The hub of this machine's settings or of the options, when there is one that answers; else undefined. */
export async function findRunningHub(options: AccessOptions): Promise<HubAddress | undefined> {
  if (givenUrl(options) !== undefined) return hubAddress(options);
  const settings = requireSettings(options);
  if (!existsSync(settings.security.secret_file)) return undefined;
  const url = await ownUrl(settings);
  return (await answers(url, "/readyz")) ? withToken(options, settings, url, true) : undefined;
}

function givenUrl(options: AccessOptions): string | undefined {
  return options.url ?? process.env["HIVE_URL"];
}

/** Where the hub of this machine's data directory answers, or would by its settings. */
async function ownUrl({ data, server }: Settings): Promise<string> {
  return (await findAddress(data.dir)) ?? urlOf(server.host, server.port);
}

async function withToken(
  options: AccessOptions,
  settings: Settings,
  url: string,
  isOwn: boolean,
): Promise<HubAddress> {
  const given = options.token ?? process.env["HIVE_TOKEN"];
  const token = given ?? (await localToken(url, settings, isOwn));
  if (token !== undefined) return { url, token };
  const advice = "give --token or HIVE_TOKEN, or name the hub's data directory with --data";
  const why = isOwn ? `, and no secret at ${settings.security.secret_file} to sign one with` : "";
  throw new CommandError("NO_TOKEN", `there is no token for ${url}${why}; ${advice}`, EXIT.failed);
}

async function localToken(url: string, settings: Settings, isOwn: boolean): Promise<string | undefined> {
  const secretFile = settings.security.secret_file;
  const { host, port } = settings.server;
  const isMine = isOwn || url === urlOf(host, port) || isLoopback(hostOf(url));
  if (!isMine || !existsSync(secretFile)) return undefined;
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
