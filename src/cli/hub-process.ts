// The hub process: what the parent of `hive start` forks. Opens a hub with the settings the parent sends.
// Why a journal that is lost ends the process: nothing can be acknowledged any more, and a fresh start recovers.

import { openLog, type ProcessLog } from "../base/log.js";
import { createHub, type HubHandle, type ShutdownReport } from "../hub.js";
import { checkAgents } from "./check-agents.js";
import { EXIT } from "./exit-codes.js";
import { type ServedHub, serveParent } from "./hub-side.js";
import type { Settings } from "./settings-shape.js";

const AGENT_CODES = new Set(["AGENT_PATH", "AGENT_MODULE", "DUPLICATE_DEFINITION"]);
/** What only a change of the settings can mend. */
const CONFIGURATION_CODES = new Set([...AGENT_CODES, "STORE_DIRECTORY", "SECRET"]);

/** Agents named in one line of the log. */
const INACTIVE_SHOWN = 20;

serveParent(async (settings) => {
  const log = openLog({ level: settings.logging.level, fd: 2, fields: { process: "hub", pid: process.pid } });
  process.on("uncaughtExceptionMonitor", (error) => log.log("fatal", "the hub process fails", { error }));
  process.on("exit", () => log.flush());
  try {
    return await openHub(settings, log);
  } catch (error) {
    const { code = "", message: why } = error as { code?: string; message: string };
    const exitCode = CONFIGURATION_CODES.has(code) ? EXIT.configuration : EXIT.failed;
    const message = AGENT_CODES.has(code) ? await describeAgentProblems(settings, why) : why;
    throw Object.assign(new Error(message, { cause: error }), { exitCode });
  }
});

async function openHub(settings: Settings, log: ProcessLog): Promise<ServedHub> {
  const onLost = (): void => {
    log.flush();
    process.kill(process.pid, "SIGKILL");
  };
  const hub = await createHub({ ...settings, log, onLost });
  tellInactive(hub, log);
  for (const warning of (await checkAgents(settings.agents.paths)).warnings) log.log("warn", warning);
  return {
    url: hub.url,
    port: hub.port,
    commitPendingMs: () => hub.commitPendingMs(),
    stop: async (timeoutMs) => refuseUnclean(await hub.close(timeoutMs)),
  };
}

/**
 * A stop that failed is told by its exit code. Cut-off actors and threads are no such failure: their tasks are tried
 * again after the next start.
 */
function refuseUnclean({ problems }: ShutdownReport): void {
  const failed = problems.find(({ phase }) => phase !== "drain-actors" && phase !== "stop-threads");
  if (failed !== undefined) throw failed.error;
}

/** The first problem with its place, in one line of the log. Modules that were loaded are not loaded again. */
async function describeAgentProblems({ agents }: Settings, why: string): Promise<string> {
  const { problems } = await checkAgents(agents.paths);
  const more = problems.length < 2 ? "" : `; hive start --check lists ${problems.length - 1} more`;
  return `${problems[0]?.message ?? why}${more}`;
}

/** Agents outlive the modules they were made of: without a word, one would wait for its definition for ever. */
function tellInactive({ hub }: HubHandle, log: ProcessLog): void {
  const { agents, total_count: count } = hub.agents.list({ state: "inactive", limit: INACTIVE_SHOWN });
  if (count === 0) return;
  const names = agents.map(({ name, id, definition }) => `${name} (${id}, definition ${definition})`);
  const more = count > agents.length ? ` and ${count - agents.length} more` : "";
  const what = `agents without their definition do nothing: ${names.join(", ")}${more}`;
  const advice = "add the path of their module to agents.paths, or remove them with: hive agent remove <id>";
  log.log("warn", `${what}; ${advice}`, { inactive: count });
}
