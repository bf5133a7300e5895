// Whether what `spawn` was given can be meant. Why one walk over the keys and no table: a spawn takes a microsecond,
// and this is on its way; spawning without options costs nothing.

import { isObject, show } from "../base/show.js";
import {
  type AnyDefinition,
  DefinitionError,
  RESTARTS,
  type RestartType,
  type SpawnOptions,
} from "./definition.js";

/** The options of a spawn: they may be left out where the state needs no arguments. */
export type SpawnRest<Args> = undefined extends Args
  ? [options?: SpawnOptions<Args>]
  : [options: SpawnOptions<Args> & { readonly args: Args }];

const KEYS: readonly (keyof SpawnOptions)[] = ["name", "args", "on", "restart", "significant", "shutdownMs"];
/** Some three weeks: who may take longer has no limit. */
const SHUTDOWN_MS_MAX = 2 ** 31 - 1;

/** Throws `DefinitionError` for options that are unknown or cannot be meant, and for what is no definition. */
export function checkSpawn(definition: AnyDefinition, options: SpawnOptions): void {
  if (definition?.kind !== "actor") {
    throw new DefinitionError(`spawn was given ${show(definition)}; give it what defineActor made`);
  }
  if (!isObject(options)) {
    const expected = `an object of options, or nothing; it takes ${KEYS.join(", ")}`;
    throw new DefinitionError(`${definition.name}: spawn was given ${show(options)}; give ${expected}`);
  }
  for (const key in options) {
    const given: unknown = options[key as keyof SpawnOptions];
    if (key !== "args" && given !== undefined && !isMeant(key, given))
      throw refusalOf(definition, key, given);
  }
}

function isMeant(key: string, given: unknown): boolean {
  switch (key) {
    case "name":
      return typeof given === "string";
    case "on":
      return isPlacement(given);
    case "restart":
      return RESTARTS.includes(given as RestartType);
    case "significant":
      return typeof given === "boolean";
    case "shutdownMs":
      return typeof given === "number"
        ? given >= 0 && given <= SHUTDOWN_MS_MAX
        : given === "brutal" || given === "unlimited";
    default:
      return false;
  }
}

/** Which threads there are is for others to say. */
function isPlacement(given: unknown): boolean {
  if (typeof given === "number" || given === "any" || given === "this") return true;
  if (typeof given !== "object" || given === null) return false;
  const { key, thread } = given as { key?: unknown; thread?: unknown };
  return typeof key === "string" || typeof thread === "string";
}

const EXPECTED: Readonly<Record<string, string>> = {
  name: "a text without a slash",
  on: '"any", "this", the number of a thread, {thread: "its name"} or {key: "a text"}',
  restart: '"permanent", "transient" or "temporary"',
  significant: "true or false",
  shutdownMs: `milliseconds from 0 to ${SHUTDOWN_MS_MAX}, "brutal" or "unlimited"`,
};

function refusalOf({ name }: AnyDefinition, key: string, given: unknown): DefinitionError {
  const expected = EXPECTED[key];
  return new DefinitionError(
    expected === undefined
      ? `${name}: spawn knows no ${key}; it takes ${KEYS.join(", ")}`
      : `${name}: spawn was given ${key} ${show(given)}; give ${expected}`,
  );
}
