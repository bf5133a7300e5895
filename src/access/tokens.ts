// Bearer tokens: signed when somebody is let in, verified at each call, remembered until they expire.
// Everything is pinned: the algorithm, issuer, audience, the claims that must be there, the age, the secret's length.
// Why the signature is compared here: the library verifies only asynchronously, and a WebSocket has to be accepted or
// refused within its upgrade callback (see gateway/socket-front.ts). It takes tokens apart and signs them.
// Why verified tokens are remembered: finding a hash costs a microsecond, taking a token apart several.

import { createHmac, hash as hashOnce, timingSafeEqual } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from "jose";
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
  /** Who holds `token`. Throws UNAUTHORIZED. */
  verify(token: string): TokenHolder;
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
/** Clocks of one machine agree; those of two may differ a little. */
const CLOCK_SKEW_SECONDS = 60;

function unauthorized(message: string, cause?: unknown): CodedError {
  return new CodedError("UNAUTHORIZED", message, { cause });
}

function badToken(why: string, cause?: unknown): CodedError {
  return unauthorized(`The token is not valid: ${why}. Get a new one with: hive token`, cause);
}

/** Throws unless the token says HS256 and carries the signature that our secret makes. */
function checkSignature(token: string, secret: Uint8Array): void {
  const signedChars = token.lastIndexOf(".");
  const given = Buffer.from(token.slice(signedChars + 1), "base64url");
  const made = createHmac("sha256", secret)
    .update(token.slice(0, Math.max(0, signedChars)))
    .digest();
  if (given.length !== made.length || !timingSafeEqual(given, made))
    throw badToken("its signature is not ours");
  const { alg, crit } = decodeProtectedHeader(token);
  if (alg !== ALGORITHM || crit !== undefined) throw badToken(`it does not say ${ALGORITHM}`);
}

/** Throws unless every claim is there and right. */
function readClaims(claims: JWTPayload, ttlSeconds: number, nowSeconds: number): TokenHolder {
  const { iss, aud, sub, exp, iat, nbf, scope } = claims;
  if (iss !== ISSUER || aud !== AUDIENCE) throw badToken("it is for something else");
  if (typeof sub !== "string" || typeof scope !== "string") throw badToken("it lacks sub or scope");
  if (typeof exp !== "number" || typeof iat !== "number") throw badToken("it lacks exp or iat");
  const expiresAtSeconds = Math.min(exp, iat + ttlSeconds);
  if (!(expiresAtSeconds > nowSeconds)) throw badToken("it has expired");
  if (iat > nowSeconds + CLOCK_SKEW_SECONDS) throw badToken("it was issued in the future");
  if (nbf !== undefined && !(nbf <= nowSeconds + CLOCK_SKEW_SECONDS)) throw badToken("it is not valid yet");
  const named = scope.split(" ");
  return { subject: sub, scopes: SCOPES.filter((known) => named.includes(known)), expiresAtSeconds };
}

/** Tokens signed with one secret. */
export function openTokens(options: TokenOptions): Tokens {
  const { secret, ttlSeconds, clock } = options;
  if (secret.byteLength < SECRET_BYTES_MIN) {
    throw new SecretError(
      `The secret has ${secret.byteLength} bytes; it needs at least ${SECRET_BYTES_MIN}.`,
    );
  }
  const remembered = new Map<string, TokenHolder>();
  const nowSeconds = (): number => clock.wallMs() / 1000;

  const check = (token: string): TokenHolder => {
    try {
      checkSignature(token, secret);
      return readClaims(decodeJwt(token), ttlSeconds, nowSeconds());
    } catch (error) {
      throw error instanceof CodedError ? error : badToken((error as Error).message, error);
    }
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
        .sign(secret);
    },
    verify: (token) => {
      if (token.length > TOKEN_CHARS_MAX)
        throw unauthorized(`The token is longer than ${TOKEN_CHARS_MAX} characters.`);
      const hash = hashOnce("sha256", token, "base64");
      const known = remembered.get(hash);
      if (known !== undefined && known.expiresAtSeconds > nowSeconds()) return known;
      remembered.delete(hash);
      const holder = check(token);
      if (remembered.size >= REMEMBERED_MAX) remembered.delete(remembered.keys().next().value as string);
      remembered.set(hash, holder);
      return holder;
    },
  };
}
