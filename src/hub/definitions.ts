// The agent definitions that a hub knows: modules imported on the main thread for what they say about themselves. Their
// actions run on other threads, which import the same modules again.
// Only files that the operator names are loaded; no request ever names code.

import { readdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CodedError } from "../base/errors.js";
import type { AgentSpec } from "../wire/agent-shapes.js";
import type { AgentDefinition } from "./agent-definition.js";
import { isAgentDefinition } from "./agent-definition.js";

/** What `agents.paths` takes; the end of every refusal of a path. */
export const AGENT_PATH_EXPECTED =
  "a JavaScript module (.js or .mjs) that exports an agent made by defineAgent, or a directory of such modules";
const MODULE_EXTENSIONS = new Set([".js", ".mjs"]);

/** Definitions by name. */
export class Definitions {
  readonly #byName = new Map<string, AgentDefinition>();

  constructor(definitions: Iterable<AgentDefinition> = []) {
    for (const definition of definitions) this.add(definition);
  }

  /** Adds a definition. Two of one name would make a task's code a matter of luck, so the second is refused. */
  add(definition: AgentDefinition): void {
    const { name } = definition.meta;
    const known = this.#byName.get(name);
    if (known !== undefined && known.module !== definition.module) {
      const message = `two agents are called "${name}": ${known.module} and ${definition.module}; rename one`;
      throw new CodedError("DUPLICATE_DEFINITION", message);
    }
    this.#byName.set(name, definition);
  }

  get(name: string): AgentDefinition | undefined {
    return this.#byName.get(name);
  }

  all(): IterableIterator<AgentDefinition> {
    return this.#byName.values();
  }

  names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** The definition an agent is made of: the one it names, else the one that covers its capabilities best. */
  choose(spec: AgentSpec): AgentDefinition | undefined {
    if (spec.definition !== undefined) return this.#byName.get(spec.definition);
    const wanted = spec.capabilities ?? [];
    if (wanted.length === 0) return undefined;
    let best: AgentDefinition | undefined;
    let bestProficiency = -1;
    for (const definition of this.#byName.values()) {
      const offered = new Map(definition.meta.capabilities.map((one) => [one.name, one.proficiency]));
      if (!wanted.every((one) => offered.has(one.name))) continue;
      const proficiency = wanted.reduce((sum, one) => sum + (offered.get(one.name) ?? 0), 0);
      if (proficiency <= bestProficiency) continue;
      best = definition;
      bestProficiency = proficiency;
    }
    return best;
  }
}

/** Imports every definition in the given files and directories (their own modules, not deeper ones). */
export async function loadDefinitions(paths: readonly string[]): Promise<readonly AgentDefinition[]> {
  const found: AgentDefinition[] = [];
  for (const path of paths) {
    const before = found.length;
    for (const file of await modulesAt(resolve(path))) found.push(...(await definitionsIn(file)));
    if (found.length === before) {
      throw new CodedError(
        "AGENT_PATH",
        `agents.paths: no agent at ${path}; expected ${AGENT_PATH_EXPECTED}`,
        { data: { path } },
      );
    }
  }
  return found;
}

/** The modules at `path`: itself, or those directly in the directory. Rejects with AGENT_PATH when nothing is there. */
export async function modulesAt(path: string): Promise<readonly string[]> {
  const info = await stat(path).catch((cause: unknown) => {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new CodedError(
      "AGENT_PATH",
      `agents.paths: cannot read ${path} (${why}); expected ${AGENT_PATH_EXPECTED}`,
      { cause },
    );
  });
  if (!info.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && MODULE_EXTENSIONS.has(extname(entry.name)))
    .map((entry) => join(path, entry.name))
    .sort();
}

async function definitionsIn(file: string): Promise<readonly AgentDefinition[]> {
  const module = (await import(pathToFileURL(file).href).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError("AGENT_MODULE", `agents.paths: the module ${file} cannot be loaded: ${why}`, {
      cause,
    });
  })) as Readonly<Record<string, unknown>>;
  return [...new Set(Object.values(module))].filter(isAgentDefinition);
}
