// Every setting there is: its section, its key, its default, what it accepts and how it reads as text. One const,
// so that the type, the validation, the defaults and the error messages cannot disagree.
// Why text forms: environment variables and flags are strings; a key knows how to read its own.

import { z } from "zod";

/** One setting. `expected` completes the sentence "expected …". */
export interface Key<T> {
  readonly schema: z.ZodType<T>;
  readonly expected: string;
  readonly fallback: T;
  /** Reads the text form. Returns the text itself where it does not read, so that validation can name it. */
  readonly fromText: (text: string) => unknown;
}

function integer(least: number, most: number, fallback: number): Key<number> {
  return {
    schema: z.int().min(least).max(most),
    expected: `a whole number from ${least} to ${most}`,
    fallback,
    fromText: (text) => (/^-?\d[\d_]*$/.test(text.trim()) ? Number(text.replaceAll("_", "")) : text),
  };
}

function share(least: number, fallback: number): Key<number> {
  return {
    schema: z.number().min(least).max(1),
    expected: `a number from ${least} to 1`,
    fallback,
    fromText: (text) => (/^\d*\.?\d+$/.test(text.trim()) ? Number(text) : text),
  };
}

function flag(fallback: boolean): Key<boolean> {
  const words: Readonly<Record<string, boolean>> = { true: true, false: false, "1": true, "0": false };
  return {
    schema: z.boolean(),
    expected: "true or false",
    fallback,
    fromText: (text) => words[text.trim().toLowerCase()] ?? text,
  };
}

function text(
  expected: string,
  fallback: string,
  schema: z.ZodType<string> = z.string().min(1),
): Key<string> {
  return { schema, expected, fallback, fromText: (given) => given };
}

function choice<T extends string>(options: readonly [T, ...T[]], fallback: T): Key<T> {
  return {
    schema: z.enum(options) as unknown as z.ZodType<T>,
    expected: `one of ${options.join(", ")}`,
    fallback,
    fromText: (given) => given,
  };
}

function list(
  expected: string,
  fallback: readonly string[],
  item: z.ZodType<string>,
): Key<readonly string[]> {
  return {
    schema: z.array(item),
    expected,
    fallback,
    fromText: (given) =>
      given
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
  };
}

const origin = z.string().regex(/^(\*|https?:\/\/[^/\s]+)$/);
const hostName = z.string().regex(/^[A-Za-z0-9._:-]+$/);
const DAY_SECONDS = 86_400;

/** Sections and keys with their defaults. `settings/default.toml` says the same in words; a test compares them. */
export const SETTING_KEYS = {
  server: {
    host: text("an address or host name to bind", "127.0.0.1", hostName),
    port: integer(0, 65_535, 8080),
    request_timeout_secs: integer(1, 3_600, 30),
    body_limit_bytes: integer(1_024, 64 * 1024 * 1024, 1024 * 1024),
    max_sockets: integer(1, 100_000, 500),
    cors_origins: list("a list of origins such as https://app.example.org", [], origin),
  },
  data: {
    dir: text("a directory", "./hive-data"),
  },
  runtime: {
    threads: integer(0, 126, 0),
  },
  tasks: {
    aging_seconds: integer(1, DAY_SECONDS, 60),
    load_priority: flag(true),
    max_open: integer(1, 100_000_000, 1_000_000),
    default_timeout_seconds: integer(1, 7 * DAY_SECONDS, 300),
    max_retries: integer(0, 100, 3),
  },
  agents: {
    paths: list('a list of files and directories, or "shipped"', ["shipped"], z.string().min(1)),
    max_concurrent_tasks: integer(1, 10_000, 10),
  },
  matching: {
    fitness_weight: share(0, 0),
    // Why above 0: without any weight of success, what is learned of agents would change nothing.
    success_weight: share(0.01, 0.65),
    headroom_weight: share(0, 0.15),
    speed_weight: share(0, 0.1),
    semantic_weight: share(0, 0.1),
    cost_weight: share(0, 0),
  },
  learning: {
    exploration: choice(["index", "thompson", "none"], "index"),
    half_life_executions: integer(1, 1_000_000_000, 3_000),
    half_life_days: integer(1, 36_500, 30),
    prior_strength: integer(1, 1_000, 6),
  },
  neural: {
    mode: choice(["basic", "advanced", "gpu"], "basic"),
    crossovers_file: text("a file, or an empty text for <data.dir>/crossovers.json", "", z.string()),
  },
  security: {
    open_on_loopback: flag(true),
    secret_file: text("a file, or an empty text for <data.dir>/secret", "", z.string()),
    token_ttl_seconds: integer(60, 3_650 * DAY_SECONDS, 30 * DAY_SECONDS),
  },
  logging: {
    level: choice(["debug", "info", "warn", "error", "fatal"], "info"),
  },
  supervisor: {
    heartbeat_timeout_secs: integer(2, 3_600, 10),
    commit_timeout_secs: integer(1, 3_600, 5),
    start_timeout_secs: integer(2, 3_600, 60),
    stop_timeout_secs: integer(0, 3_600, 30),
    respawn_min_ms: integer(10, 60_000, 200),
    respawn_max_ms: integer(10, 600_000, 10_000),
    quick_death_secs: integer(1, 3_600, 10),
    quick_deaths_max: integer(1, 1_000, 5),
  },
} as const;

type Keys = typeof SETTING_KEYS;
export type SectionName = keyof Keys;

/** The validated settings; `resolveSettings` in cli/settings.ts has made paths absolute and computed the zeros. */
export type Settings = {
  readonly [S in keyof Keys]: {
    readonly [K in keyof Keys[S]]: Keys[S][K] extends Key<infer T> ? T : never;
  };
};

/** The key at `section.name`, or undefined when there is no such setting. */
export function findKey(section: string, name: string): Key<unknown> | undefined {
  if (!Object.hasOwn(SETTING_KEYS, section)) return undefined;
  const keys: Readonly<Record<string, Key<unknown>>> = SETTING_KEYS[section as SectionName];
  return Object.hasOwn(keys, name) ? keys[name] : undefined;
}

/** Every setting as `[section, key]`, in the order they are documented. */
export function listSettings(): (readonly [string, string])[] {
  return Object.entries(SETTING_KEYS).flatMap(([section, keys]) =>
    Object.keys(keys).map((name) => [section, name] as const),
  );
}
