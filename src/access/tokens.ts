// Bearer tokens: signed when somebody is let in, verified at each call, remembered until they expire.
// Why everything is pinned: left to itself the library accepts a missing expiry, any audience and short secrets.
// Why verified tokens are remembered: verifying one costs 50–120 µs, finding its hash costs one.

import { createHash, type webcrypto } from "node:crypto";
import { type JWTPayload, jwtVerify, SignJWT } from "jose";
import { CodedError } from "../base/errors.js";
import type { Clock } from "../base/ports.js";
import { SECRET_BYTES_MIN, SecretError } from "./secret.js";

/** What a token allows. `admin` may do all that `client` may. */
export const SCOPES = ["client", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export interface TokenHolder {
  readonly subject: string;
  readonly scopes: readonly Scope[];
  /** Seconds since the Unix epoch. */
  readonly expiresAtSeconds: number;
}

export interface Tokens {
  /** Signs a token. It lasts `ttlSeconds`, at most and by default what the options say. */
  issue(holder: { subject: string; scopes: readonly Scope[]; ttlSeconds?: number }): Promise<string>;
  /** Who holds `token`; at once when it was verified before. Throws UNAUTHORIZED. */
  verify(token: string): TokenHolder | Promise<TokenHolder>;
}

export interface TokenOptions {
  readonly secret: Uint8Array;
  /** How long a token lasts; older ones are refused whatever they say themselves. */
  readonly ttlSeconds: number;
  readonly clock: Pick<Clock, "wallMs">;
}

const ISSUER = "hive";
const AUDIENCE = "hive-hub";
const ALGORITHM = "HS256";
const TOKEN_CHARS_MAX = 4_096;
/** Remembered tokens; the oldest is forgotten first. */
const REMEMBERED_MAX = 10_000;

function unauthorized(message: string, cause?: unknown): CodedError {
  return new CodedError("UNAUTHORIZED", message, { cause });
}

function readHolder(payload: JWTPayload, ttlSeconds: number): TokenHolder {
  const { sub, exp, iat, scope } = payload;
  if (typeof sub !== "string" || exp === undefined || iat === undefined || typeof scope !== "string") {
    throw unauthorized("The token lacks sub, exp, iat or scope; get a new one with: hive token");
  }
  const named = scope.split(" ");
  const scopes = SCOPES.filter((known) => named.includes(known));
  return { subject: sub, scopes, expiresAtSeconds: Math.min(exp, iat + ttlSeconds) };
}

/** Tokens signed with one secret. */
export async function openTokens(options: TokenOptions): Promise<Tokens> {
  const { secret, ttlSeconds, clock } = options;
  if (secret.byteLength < SECRET_BYTES_MIN) {
    throw new SecretError(
      `The secret has ${secret.byteLength} bytes; it needs at least ${SECRET_BYTES_MIN}.`,
    );
  }
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key: webcrypto.CryptoKey = await crypto.subtle.importKey(
    "raw",
    secret as Uint8Array<ArrayBuffer>,
    hmac,
    false,
    ["sign", "verify"],
  );
  const remembered = new Map<string, TokenHolder>();
  const nowSeconds = (): number => clock.wallMs() / 1000;

  const check = async (token: string, hash: string): Promise<TokenHolder> => {
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ["exp", "iat", "sub", "scope"],
        maxTokenAge: ttlSeconds,
        currentDate: new Date(clock.wallMs()),
      }));
    } catch (error) {
      const reason = (error as Error).message;
      throw unauthorized(`The token is not valid: ${reason}. Get a new one with: hive token`, error);
    }
    const holder = readHolder(payload, ttlSeconds);
    if (remembered.size >= REMEMBERED_MAX) remembered.delete(remembered.keys().next().value as string);
    remembered.set(hash, holder);
    return holder;
  };

  return {
    issue: ({ subject, scopes, ttlSeconds: wantedSeconds = ttlSeconds }) => {
      const issuedAt = Math.floor(nowSeconds());
      return new SignJWT({ scope: scopes.join(" ") })
        .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(subject)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + Math.min(wantedSeconds, ttlSeconds))
        .sign(key);
    },
    verify: (token) => {
      if (token.length > TOKEN_CHARS_MAX)
        throw unauthorized(`The token is longer than ${TOKEN_CHARS_MAX} characters.`);
      const hash = createHash("sha256").update(token).digest("base64");
      const holder = remembered.get(hash);
      if (holder === undefined) return check(token, hash);
      if (holder.expiresAtSeconds > nowSeconds()) return holder;
      remembered.delete(hash);
      throw unauthorized("The token has expired; get a new one with: hive token");
    },
  };
}
