// Who may do what. Four kinds of access: `open` to everybody, `read` open while the hub is bound to loopback and asked
// by a loopback name, `client` with a token, `admin` with a token of that scope.
// Why the Host header counts: a page of another site can point its own name at 127.0.0.1 and let the browser ask; such
// a request carries that name, not ours.

import { CodedError } from "../base/errors.js";
import type { TokenHolder, Tokens } from "./tokens.js";

export type Access = "open" | "read" | "client" | "admin";

/** Who calls; the anonymous caller holds no scope. */
export interface KnownCaller {
  readonly subject: string;
  readonly scopes: readonly string[];
  /** When the caller's token ends, in seconds since the Unix epoch; absent for the anonymous caller. */
  readonly expiresAtSeconds?: number;
}

export interface GateOptions {
  readonly tokens: Tokens;
  /** The address the hub is bound to. */
  readonly host: string;
  /** Lets reads of state pass without a token while `host` is a loopback address. */
  readonly openOnLoopback: boolean;
}

export interface Gate {
  /** Decides a call from the raw Authorization and Host headers. Throws UNAUTHORIZED or FORBIDDEN. */
  admit(access: Access, authorization: string, host: string): KnownCaller;
  /** Decides on a bare token. */
  admitToken(access: Access, token: string): KnownCaller;
  /** True when pages of this origin are served by the hub itself, asked by a name that is its own. */
  isOwnOrigin(origin: string, host: string): boolean;
}

const ANONYMOUS: KnownCaller = Object.freeze({ subject: "anonymous", scopes: Object.freeze([]) });
const BEARER = /^Bearer +([A-Za-z0-9_.~+/=-]+)$/i;
const LOOPBACK_NAMES: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);

/** True for the names and addresses by which a machine reaches itself. */
export function isLoopbackName(name: string): boolean {
  return LOOPBACK_NAMES.has(name.toLowerCase()) || /^127(\.\d{1,3}){3}$/.test(name);
}

/** The name in a Host header, without its port. */
export function hostName(header: string): string {
  return header.replace(/:\d+$/, "");
}

function permit(access: Access, holder: TokenHolder): KnownCaller {
  if (access !== "admin" && holder.scopes.length > 0) return holder;
  if (holder.scopes.includes("admin")) return holder;
  throw new CodedError(
    "FORBIDDEN",
    `The token of ${holder.subject} has no scope for this; it takes ${access === "admin" ? "admin" : "client"}.`,
  );
}

/** The gate of one hub. */
export function createGate(options: GateOptions): Gate {
  const { tokens } = options;
  const readsAreOpen = options.openOnLoopback && isLoopbackName(options.host);
  const admitToken: Gate["admitToken"] = (access, token) => permit(access, tokens.verify(token));
  return {
    admitToken,
    admit: (access, authorization, host) => {
      if (access === "open") return ANONYMOUS;
      if (authorization === "") {
        if (access === "read" && readsAreOpen && isLoopbackName(hostName(host))) return ANONYMOUS;
        const how = "send Authorization: Bearer <token>; the command hive token prints one";
        throw new CodedError("UNAUTHORIZED", `This route takes a token: ${how}.`);
      }
      const token = BEARER.exec(authorization)?.[1];
      if (token === undefined) {
        throw new CodedError("UNAUTHORIZED", "The Authorization header does not read: Bearer <token>.");
      }
      return admitToken(access, token);
    },
    isOwnOrigin: (origin, host) => {
      const named = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
      if (named === undefined || named.toLowerCase() !== host.toLowerCase()) return false;
      return !isLoopbackName(options.host) || isLoopbackName(hostName(host));
    },
  };
}
