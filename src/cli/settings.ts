// Settings in layers, each over the one before: built-in defaults, TOML files in the order given, environment
// variables HIVE_SECTION__KEY, flags. The way: `loadSettings` reads every layer into assignments that remember where
// they came from, validates each by cli/settings-shape.ts, and returns either frozen settings or *all* problems.
// Why all at once: a person who fixes a file wants one list, not one error per start.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { parse, TomlError } from "smol-toml";
import { isSecretName, MASK } from "../base/redact.js";
import { nearestName } from "./nearest-name.js";
import { findKey, listSettings, SETTING_KEYS, type Settings } from "./settings-shape.js";

/** One thing wrong with the settings: where it stands, what was given, what is expected. */
export interface SettingsProblem {
  /** `file:line`, the name of a variable, or a flag. */
  readonly source: string;
  readonly setting?: string;
  readonly given?: string;
  readonly expected: string;
  readonly message: string;
}

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] };

/** A setting given on the command line, as text. */
export interface FlagSetting {
  readonly flag: string;
  /** `section.key` */
  readonly setting: string;
  readonly text: string;
}

export interface SettingsLayers {
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: readonly FlagSetting[];
  /** Where relative paths start. */
  readonly workingDir: string;
}

interface Assignment {
  readonly section: string;
  readonly key: string;
  readonly source: string;
  /** The spelling a suggestion should use. */
  readonly style: "toml" | "variable";
  readonly given: unknown;
  readonly isText: boolean;
}

const VARIABLE_PREFIX = "HIVE_";

/** Reads and validates all layers. Does not throw for anything a user can get wrong. */
export function loadSettings(layers: SettingsLayers): SettingsResult {
  const problems: SettingsProblem[] = [];
  const assignments = [
    ...layers.files.flatMap((file) => readFileLayer(file, layers.workingDir, problems)),
    ...readEnvironment(layers.env, problems),
    ...layers.flags.flatMap((flag) => readFlag(flag, problems)),
  ];
  const draft = defaultDraft();
  const sources = new Map<string, string>();
  for (const assignment of assignments) {
    const name = `${assignment.section}.${assignment.key}`;
    const value = readValue(assignment, problems);
    if (value === undefined) continue;
    (draft[assignment.section] as Record<string, unknown>)[assignment.key] = value.value;
    sources.set(name, assignment.source);
  }
  const settings = draft as unknown as Settings;
  problems.push(...contradictions(settings, sources));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, settings: resolveSettings(settings, layers.workingDir) };
}

/** The settings as they print: the same tables, secrets masked. */
export function settingsForPrint(settings: Settings): Record<string, Record<string, unknown>> {
  const mask = (name: string, value: unknown): unknown => (isSecretName(name) && value !== "" ? MASK : value);
  return Object.fromEntries(
    Object.entries(settings).map(([section, keys]) => [
      section,
      Object.fromEntries(Object.entries(keys).map(([name, value]) => [name, mask(name, value)])),
    ]),
  );
}

/** The settings as TOML text. Every value is a number, a boolean, a string or a list of strings. */
export function settingsToToml(settings: Settings): string {
  return Object.entries(settingsForPrint(settings))
    .map(([section, keys]) => {
      const lines = Object.entries(keys).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
      return [`[${section}]`, ...lines].join("\n");
    })
    .join("\n\n");
}

function defaultDraft(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(SETTING_KEYS).map(([section, keys]) => [
      section,
      Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, key.fallback])),
    ]),
  );
}

function readFileLayer(file: string, workingDir: string, problems: SettingsProblem[]): Assignment[] {
  const refuse = (source: string, given: string, expected: string): Assignment[] => {
    problems.push({ source, given, expected, message: `${source}: ${given}; expected ${expected}` });
    return [];
  };
  let text: string;
  try {
    text = readFileSync(path.resolve(workingDir, file), "utf8");
  } catch (error) {
    return refuse(file, `cannot be read (${(error as NodeJS.ErrnoException).code})`, "a readable TOML file");
  }
  let tables: Record<string, unknown>;
  try {
    tables = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "is not TOML";
    return refuse(`${file}:${error.line}`, reason, "a TOML document");
  }
  const assignments: Assignment[] = [];
  for (const [section, table] of Object.entries(tables)) {
    const sectionSource = `${file}:${lineOf(text, section)}`;
    if (!Object.hasOwn(SETTING_KEYS, section)) {
      problems.push(unknownName(sectionSource, section, Object.keys(SETTING_KEYS), "section"));
    } else if (typeof table !== "object" || table === null || Array.isArray(table)) {
      refuse(sectionSource, `${section} is ${show(section, table)}`, `a table: [${section}]`);
    } else {
      for (const [key, given] of Object.entries(table)) {
        const source = `${file}:${lineOf(text, section, key)}`;
        assignments.push({ section, key, source, style: "toml", given, isText: false });
      }
    }
  }
  return assignments;
}

function readEnvironment(env: SettingsLayers["env"], problems: SettingsProblem[]): Assignment[] {
  const known = listSettings().map(([section, key]) => variableName(section, key));
  const assignments: Assignment[] = [];
  for (const [name, given] of Object.entries(env)) {
    if (!name.startsWith(VARIABLE_PREFIX) || given === undefined) continue;
    const [section, key, ...rest] = name.slice(VARIABLE_PREFIX.length).toLowerCase().split("__");
    if (section !== undefined && key !== undefined && rest.length === 0 && known.includes(name)) {
      assignments.push({ section, key, source: name, style: "variable", given, isText: true });
    } else if (name.includes("__") || known.some((other) => flatten(other) === flatten(name))) {
      // Why others pass: HIVE_HOME and its like belong to other programs, HIVE_URL and HIVE_TOKEN to the commands.
      problems.push(unknownName(name, name, known, "variable"));
    }
  }
  return assignments;
}

function readFlag(flag: FlagSetting, problems: SettingsProblem[]): Assignment[] {
  const [section, key, ...rest] = flag.setting.split(".");
  if (section === undefined || key === undefined || rest.length > 0) {
    const expected = "section.key=value, such as server.port=8080";
    problems.push({
      source: flag.flag,
      given: flag.setting,
      expected,
      message: `${flag.flag}: ${JSON.stringify(flag.setting)} names no setting; expected ${expected}`,
    });
    return [];
  }
  return [{ section, key, source: flag.flag, style: "toml", given: flag.text, isText: true }];
}

function readValue(assignment: Assignment, problems: SettingsProblem[]): { value: unknown } | undefined {
  const { section, key, source } = assignment;
  const name = `${section}.${key}`;
  const known = findKey(section, key);
  if (known === undefined) {
    const names = listSettings().map((setting) => setting.join("."));
    problems.push(unknownName(source, name, names, "setting"));
    return undefined;
  }
  const given = assignment.isText ? known.fromText(String(assignment.given)) : assignment.given;
  const parsed = known.schema.safeParse(given);
  if (parsed.success) return { value: parsed.data };
  const shown = show(key, assignment.given);
  problems.push({
    source,
    setting: name,
    given: shown,
    expected: known.expected,
    message: `${source}: ${name} is ${shown}; expected ${known.expected}`,
  });
  return undefined;
}

function contradictions(settings: Settings, sources: ReadonlyMap<string, string>): SettingsProblem[] {
  const { respawn_min_ms: minMs, respawn_max_ms: maxMs } = settings.supervisor;
  if (minMs <= maxMs) return [];
  const setting = "supervisor.respawn_min_ms";
  const source = sources.get(setting) ?? sources.get("supervisor.respawn_max_ms") ?? "settings";
  const expected = `at most supervisor.respawn_max_ms, which is ${maxMs}`;
  const message = `${source}: ${setting} is ${minMs}; expected ${expected}`;
  return [{ source, setting, given: String(minMs), expected, message }];
}

function resolveSettings(draft: Settings, workingDir: string): Settings {
  const dir = path.resolve(workingDir, draft.data.dir);
  const { secret_file: secretFile } = draft.security;
  const secret = secretFile === "" ? path.join(dir, "secret") : path.resolve(workingDir, secretFile);
  const { crossovers_file: crossoversFile } = draft.neural;
  const crossovers =
    crossoversFile === "" ? path.join(dir, "crossovers.json") : path.resolve(workingDir, crossoversFile);
  const paths = draft.agents.paths.map((entry) =>
    entry === "shipped" ? entry : path.resolve(workingDir, entry),
  );
  const settings: Settings = {
    ...draft,
    data: { dir },
    runtime: { threads: draft.runtime.threads || Math.max(1, availableParallelism() - 1) },
    agents: { ...draft.agents, paths },
    neural: { ...draft.neural, crossovers_file: crossovers },
    security: { ...draft.security, secret_file: secret },
  };
  for (const section of Object.values(settings)) Object.freeze(section);
  return Object.freeze(settings);
}

function unknownName(source: string, name: string, known: readonly string[], what: string): SettingsProblem {
  const nearest = nearestName(name, known);
  const expected = nearest === undefined ? `one of ${known.join(", ")}` : `${nearest}, perhaps`;
  const message = `${source}: there is no ${what} ${name}; expected ${expected}`;
  return { source, ...(what === "setting" ? { setting: name } : {}), given: name, expected, message };
}

function variableName(section: string, key: string): string {
  return `${VARIABLE_PREFIX}${section.toUpperCase()}__${key.toUpperCase()}`;
}

function flatten(variable: string): string {
  return variable.replaceAll("_", "").toUpperCase();
}

function show(name: string, given: unknown): string {
  if (isSecretName(name)) return MASK;
  const text = typeof given === "bigint" ? given.toString() : (JSON.stringify(given) ?? String(given));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The line of `section` or of `key` in it; the parser does not say. Falls back to the section's, then the first. */
function lineOf(text: string, section: string, key?: string): number {
  let current = "";
  let sectionLine = 0;
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[+\s*"?([\w-]+)"?\s*[\].]/.exec(line)?.[1];
    if (header !== undefined) current = header;
    const [first, second] = /^\s*"?([\w-]+)"?\s*(?:\.\s*"?([\w-]+)"?\s*)?=/.exec(line)?.slice(1) ?? [];
    const named = header === section || (current === "" && first === section);
    if (named && sectionLine === 0) sectionLine = index + 1;
    if (key === undefined && sectionLine > 0) return sectionLine;
    const isKey = current === section ? first === key : current === "" && first === section && second === key;
    if (key !== undefined && isKey) return index + 1;
  }
  return Math.max(1, sectionLine);
}
