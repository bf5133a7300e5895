// Finds an actor's definition, or a job, in the module that exports it. Modules are imported once per thread.

import type { AnyDefinition } from "../actor/definition.js";
import { DefinitionError } from "../actor/definition.js";
import type { Job } from "../actor/job.js";
import type { Definitions } from "../actor/ports.js";

export class ImportedDefinitions implements Definitions {
  readonly #found = new Map<string, AnyDefinition>();

  async load(module: string, name: string): Promise<AnyDefinition> {
    const key = `${module}#${name}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    for (const exported of await exportsOf(module)) {
      const definition = definitionIn(exported);
      if (definition?.name !== name) continue;
      this.#found.set(key, definition);
      return definition;
    }
    throw new DefinitionError(
      `${module} exports no actor named "${name}": export the definition from that module`,
    );
  }
}

/** Finds a job in its module. */
export async function loadJob(module: string, name: string): Promise<Job<unknown, unknown>> {
  for (const exported of await exportsOf(module)) {
    if (isKind<Job<unknown, unknown>>(exported, "job") && exported.name === name) return exported;
  }
  throw new DefinitionError(`${module} exports no job named "${name}": export the job from that module`);
}

async function exportsOf(module: string): Promise<unknown[]> {
  return Object.values((await import(module)) as Record<string, unknown>);
}

/** An actor's definition, or one that another kind of definition (an agent's) carries. */
function definitionIn(exported: unknown): AnyDefinition | undefined {
  if (isKind<AnyDefinition>(exported, "actor")) return exported;
  const carried = (exported as { actor?: unknown } | null | undefined)?.actor;
  return isKind<AnyDefinition>(carried, "actor") ? carried : undefined;
}

function isKind<T extends { kind: string }>(value: unknown, kind: T["kind"]): value is T {
  return typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === kind;
}
