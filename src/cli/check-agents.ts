// `hive start --check` for `agents.paths`: loads what a hub would load, module by module, and says what is wrong with
// each and what is left out.
// Why loading and not looking: whether a module exports an agent is known only when it has been imported.

import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { AgentDefinition } from "../hub/agent-definition.js";
import { AGENT_PATH_EXPECTED, Definitions, loadDefinitions, modulesAt } from "../hub/definitions.js";
import { describeFault } from "./module-fault.js";
import type { SettingsProblem } from "./settings.js";

export interface AgentCheck {
  /** Every path and module that a hub would refuse, with the reason; two agents of one name as well. */
  readonly problems: readonly SettingsProblem[];
  /** Every file in a directory of agents that a hub passes over, with the reason. */
  readonly warnings: readonly string[];
}

const SHIPPED = "shipped";
const SETTING = "agents.paths";
/** For one module. A top-level `await` may never end. */
const LOAD_TIMEOUT_MS = 10_000;
/** Code that somebody may have meant to be an agent. */
const OTHER_CODE = /\.([cm]?tsx?|cjs|jsx)$/;

/** Looks at all paths. Imports their modules, which run. */
export async function checkAgents(paths: readonly string[]): Promise<AgentCheck> {
  const look = new Look();
  for (const given of paths) await look.at(given === SHIPPED ? shippedPath() : given);
  look.compareNames();
  return look;
}

class Look implements AgentCheck {
  readonly problems: SettingsProblem[] = [];
  readonly warnings: string[] = [];
  readonly #found: AgentDefinition[] = [];

  async at(given: string): Promise<void> {
    const goodBefore = this.#found.length;
    const badBefore = this.problems.length;
    try {
      const without: string[] = [];
      for (const file of await modulesAt(given)) if (!(await this.#load(file))) without.push(file);
      const isBare = this.#found.length === goodBefore && this.problems.length === badBefore;
      // Not one agent: the refusal is the hub's own.
      if (isBare) await loadDefinitions([given]);
      for (const file of without) {
        const advice = "a helper belongs in a directory of its own below this one";
        this.#leaveOut(file, `it exports no agent made by defineAgent; ${advice}`);
      }
      if ((await stat(given)).isDirectory()) await this.#passBy(given);
    } catch (error) {
      this.#refuse(given, (error as Error).message);
    }
  }

  compareNames(): void {
    const definitions = new Definitions();
    for (const definition of this.#found) {
      try {
        definitions.add(definition);
      } catch (error) {
        this.#refuse(definition.module ?? definition.meta.name, `${SETTING}: ${(error as Error).message}`);
      }
    }
  }

  /** False when the module is well and no agent's. */
  async #load(file: string): Promise<boolean> {
    const timer = new AbortController();
    const late = pause(LOAD_TIMEOUT_MS, undefined, { signal: timer.signal }).then(() => {
      const seconds = LOAD_TIMEOUT_MS / 1_000;
      throw new Error(`it has not finished within ${seconds} s; does it await something at its top level?`);
    });
    late.catch(() => undefined);
    try {
      this.#found.push(...(await Promise.race([loadDefinitions([file]), late])));
    } catch (error) {
      const { code, cause = error } = error as { code?: string; cause?: unknown };
      if (code === "AGENT_PATH") return false;
      const fault = await describeFault(file, cause);
      this.#refuse(file, `${SETTING}: the module ${file} cannot be loaded: ${fault}`);
    } finally {
      timer.abort();
    }
    return true;
  }

  /** What lies in a directory of agents and looks as if it were meant. */
  async #passBy(dir: string): Promise<void> {
    const entries = await readdir(dir, { withFileTypes: true });
    const names = new Set(entries.map((entry) => entry.name));
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const { name } = entry;
      const file = path.join(dir, name);
      const stem = name.replace(OTHER_CODE, "");
      if (entry.isSymbolicLink() && /\.m?js$/.test(name))
        this.#leaveOut(file, `it is a link; name it in ${SETTING} itself`);
      if (!OTHER_CODE.test(name) || stem.endsWith(".d")) continue;
      const isCompiled = names.has(`${stem}.js`) || names.has(`${stem}.mjs`);
      if (!isCompiled) this.#leaveOut(file, "only .js and .mjs are loaded; compile it to one of them");
    }
  }

  #leaveOut(file: string, reason: string): void {
    this.warnings.push(`${SETTING}: ${file} is left out: ${reason}`);
  }

  #refuse(given: string, message: string): void {
    this.problems.push({ source: SETTING, setting: SETTING, given, expected: AGENT_PATH_EXPECTED, message });
  }
}

function shippedPath(): string {
  return fileURLToPath(new URL("../../actors", import.meta.url));
}
