// What `connect` takes, checked: what cannot be meant is refused there, not by the first call or by a socket later on.

import { inRange, refuseUnknown } from "../base/options.js";
import { ClientError, refused, timeLimit } from "./errors.js";

export interface ConnectOptions {
  /** Where the hub answers, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** A bearer token; `hive token` prints one. */
  readonly token?: string;
  /** How long calls that are safe to repeat are tried while the hub is away. Default 30,000. */
  readonly retryForMs?: number;
  /** How long one attempt of a call may take; 0 for no limit. Default 60,000. */
  readonly requestTimeoutMs?: number;
  /** Requests in progress at once; more wait their turn. Default 64. */
  readonly concurrency?: number;
}

/** The same with nothing left out that has a default. */
export interface ConnectSettings extends Required<Omit<ConnectOptions, "token">> {
  readonly token: string | undefined;
}

export const CLIENT_DEFAULTS = Object.freeze({
  retryForMs: 30_000,
  requestTimeoutMs: 60_000,
  concurrency: 64,
});

const OPTION_NAMES: readonly string[] = [
  "url",
  "token",
  "retryForMs",
  "requestTimeoutMs",
  "concurrency",
] satisfies (keyof ConnectOptions)[];

/** More connections than a process may have. */
const CONCURRENCY_MAX = 65_536;
/** What a subprotocol may be made of (RFC 6455, RFC 9110): a token travels as one. */
const TOKEN_LETTERS = /^[\w!#$%&'*+.^`|~-]*$/;

/** Checks options and fills in the defaults. Throws BAD_URL or OPTIONS. */
export function checkConnect(options: ConnectOptions): ConnectSettings {
  if (typeof options !== "object" || options === null)
    throw new ClientError("OPTIONS", `connect: ${String(options)}; give { url: "http://127.0.0.1:8080" }`);
  try {
    refuseUnknown("connect", options, OPTION_NAMES);
    const { url, token, retryForMs, requestTimeoutMs, concurrency } = options;
    return {
      url: checkUrl(url),
      token: checkToken(token),
      retryForMs: inRange(
        "retryForMs",
        retryForMs ?? CLIENT_DEFAULTS.retryForMs,
        0,
        Number.POSITIVE_INFINITY,
      ),
      requestTimeoutMs: timeLimit(requestTimeoutMs, CLIENT_DEFAULTS.requestTimeoutMs, "requestTimeoutMs"),
      concurrency: inRange("concurrency", concurrency ?? CLIENT_DEFAULTS.concurrency, 1, CONCURRENCY_MAX),
    };
  } catch (error) {
    throw refused(error);
  }
}

function checkUrl(url: string): string {
  const given = URL.canParse(url) ? new URL(url) : undefined;
  if (given?.protocol !== "http:" && given?.protocol !== "https:")
    throw new ClientError("BAD_URL", `${String(url)} is no address of a hub; expected http:// or https://.`);
  if (given.username !== "" || given.password !== "")
    throw new ClientError("BAD_URL", "The address of a hub holds no name and no password; give a token.");
  return url;
}

/** Why it is not said: a token is a secret. */
function checkToken(token: string | undefined): string | undefined {
  if (token === undefined || (typeof token === "string" && TOKEN_LETTERS.test(token))) return token;
  const what = typeof token === "string" ? "a text with letters that no token has" : `a ${typeof token}`;
  throw new ClientError("OPTIONS", `token: ${what}, perhaps a line end; give what \`hive token\` prints`);
}
