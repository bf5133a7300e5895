// `hive start --check` for `agents.paths`: loads what a hub would load, and says what is wrong with each path.
// Why loading and not looking: whether a module exports an agent is known only when it has been imported.

import { fileURLToPath } from "node:url";
import type { AgentDefinition } from "../hub/agent-definition.js";
import { AGENT_PATH_EXPECTED, Definitions, loadDefinitions } from "../hub/definitions.js";
import type { SettingsProblem } from "./settings.js";

const SHIPPED = "shipped";
const SETTING = "agents.paths";

/** Every path that a hub would refuse, with the reason; two agents of one name as well. */
export async function agentProblems(paths: readonly string[]): Promise<SettingsProblem[]> {
  const problems: SettingsProblem[] = [];
  const found: AgentDefinition[] = [];
  for (const given of paths) {
    try {
      found.push(...(await loadDefinitions([given === SHIPPED ? shippedPath() : given])));
    } catch (error) {
      problems.push(problemOf(given, error as Error));
    }
  }
  const definitions = new Definitions();
  for (const definition of found) {
    try {
      definitions.add(definition);
    } catch (error) {
      const message = `${SETTING}: ${(error as Error).message}`;
      problems.push(problemOf(definition.module ?? definition.meta.name, new Error(message)));
    }
  }
  return problems;
}

function shippedPath(): string {
  return fileURLToPath(new URL("../../actors", import.meta.url));
}

function problemOf(given: string, { message }: Error): SettingsProblem {
  return { source: SETTING, setting: SETTING, given, expected: AGENT_PATH_EXPECTED, message };
}
