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
    const definition = await onlyExport(module, "actor", name, definitionIn);
    this.#found.set(key, definition);
    return definition;
  }
}

/** Finds a job in its module. */
export function loadJob(module: string, name: string): Promise<Job<unknown, unknown>> {
  return onlyExport(module, "job", name, (exported) =>
    isKind<Job<unknown, unknown>>(exported, "job") ? exported : undefined,
  );
}

/** Why two of one name are refused: a message names what is meant by module and name, and the wrong code would run. */
async function onlyExport<D extends { readonly name: string }>(
  module: string,
  what: string,
  name: string,
  read: (exported: unknown) => D | undefined,
): Promise<D> {
  let found: { readonly as: string; readonly it: D } | undefined;
  for (const [as, exported] of Object.entries((await import(module)) as Record<string, unknown>)) {
    const it = read(exported);
    // The same one may be exported twice.
    if (it?.name !== name || it === found?.it) continue;
    if (found !== undefined)
      throw new DefinitionError(
        `${module} exports two ${what}s named "${name}", ${found.as} and ${as}: give each a name of its own`,
      );
    found = { as, it };
  }
  if (found !== undefined) return found.it;
  throw new DefinitionError(
    `${module} exports no ${what} named "${name}": export the ${what === "job" ? what : "definition"} from that module`,
  );
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
