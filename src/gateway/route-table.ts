// Which route a request is for: paths are decoded once, normalised, refused where they are tricky, then matched.
// Patterns are segments: `health`, `{id}` (one segment) and `{path*}` (one or more, only as the last but one or last).
// Why our own matcher: the parser below hands out raw paths, so `%2e%2e` and `//` would reach handlers untouched.

import { segmentTrouble } from "../wire/path-segment.js";

/** A path that was refused. */
export interface BadPath {
  readonly bad: string;
}

const PATH_CHARS_MAX = 2_048;

/** Splits a raw path into decoded segments; says what is wrong with a path nobody should send. */
export function decodePath(raw: string): readonly string[] | BadPath {
  if (raw.length > PATH_CHARS_MAX) return { bad: `The path is longer than ${PATH_CHARS_MAX} characters.` };
  if (raw.charCodeAt(0) !== 0x2f) return { bad: "The path does not start with a slash." };
  const segments: string[] = [];
  for (const part of raw.split("/")) {
    if (part === "" || part === ".") continue;
    let segment = part;
    if (part.includes("%")) {
      try {
        segment = decodeURIComponent(part);
      } catch {
        return { bad: "The path holds a percent sign that is not followed by the hex of valid UTF-8." };
      }
    }
    const trouble = segmentTrouble(segment);
    if (trouble !== undefined) return { bad: `A segment of the path ${trouble}; send the path resolved.` };
    segments.push(segment);
  }
  return segments;
}

/** What the table needs to know of a route. */
export interface Matchable {
  readonly method: string;
  readonly pattern: string;
}

export type Match<R> =
  | { readonly kind: "route"; readonly route: R; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: "method"; readonly allow: readonly string[] }
  | { readonly kind: "none" }
  | { readonly kind: "bad"; readonly reason: string };

interface Compiled<R> {
  readonly route: R;
  readonly parts: readonly string[];
  /** Index of the `{path*}` part, or -1. */
  readonly splat: number;
}

export const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

function compile<R extends Matchable>(route: R): Compiled<R> {
  const parts = route.pattern.split("/").filter((part) => part !== "");
  return { route, parts, splat: parts.findIndex((part) => part.endsWith("*}")) };
}

function capture(parts: readonly string[], segments: readonly string[], splat: number) {
  const spare = segments.length - parts.length;
  if (splat < 0 ? spare !== 0 : spare < 0) return undefined;
  const params: Record<string, string> = Object.create(null);
  let at = 0;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as string;
    const width = index === splat ? spare + 1 : 1;
    const text = width === 1 ? (segments[at] as string) : segments.slice(at, at + width).join("/");
    at += width;
    if (part.charCodeAt(0) !== 0x7b) {
      if (part !== text) return undefined;
    } else {
      params[part.slice(1, index === splat ? -2 : -1)] = text;
    }
  }
  return params;
}

/** Finds routes by method and raw path, the most literal pattern first. HEAD finds the GET route. */
export class RouteTable<R extends Matchable> {
  readonly routes: readonly R[];
  readonly #literal = new Map<string, Map<string, Match<R>>>();
  readonly #patterns: readonly Compiled<R>[];

  constructor(routes: readonly R[]) {
    this.routes = routes;
    const openness = (one: Compiled<R>) => one.parts.filter((part) => part.startsWith("{")).length;
    this.#patterns = routes.map(compile).sort((left, right) => openness(left) - openness(right));
    for (const route of routes) {
      if (route.pattern.includes("{")) continue;
      const byMethod = this.#literal.get(route.pattern) ?? new Map<string, Match<R>>();
      byMethod.set(route.method, { kind: "route", route, params: NO_PARAMS });
      this.#literal.set(route.pattern, byMethod);
    }
  }

  /** `method` in capitals, `raw` as it came over the wire, without the query. */
  find(method: string, raw: string): Match<R> {
    const wanted = method === "HEAD" ? "GET" : method;
    const exact = this.#literal.get(raw)?.get(wanted);
    if (exact !== undefined) return exact;
    const segments = decodePath(raw);
    if ("bad" in segments) return { kind: "bad", reason: segments.bad };
    const allow: string[] = [];
    for (const { route, parts, splat } of this.#patterns) {
      const params = capture(parts, segments, splat);
      if (params === undefined) continue;
      if (route.method === wanted) return { kind: "route", route, params };
      allow.push(route.method);
    }
    return allow.length > 0 ? { kind: "method", allow } : { kind: "none" };
  }
}
