// The hub process: what the parent of `hive start` forks. Opens a hub with the settings the parent sends.
// Why a journal that is lost ends the process: nothing can be acknowledged any more, and a fresh start recovers.

import { openLog, type ProcessLog } from "../base/log.js";
import { createHub } from "../hub.js";
import { EXIT } from "./exit-codes.js";
import { type ServedHub, serveParent } from "./hub-side.js";
import type { Settings } from "./settings-shape.js";

/** What only a change of the settings can mend. */
const CONFIGURATION_CODES = new Set(["AGENT_PATH", "AGENT_MODULE", "DUPLICATE_DEFINITION", "SECRET"]);

serveParent(async (settings) => {
  const log = openLog({ level: settings.logging.level, fd: 2, fields: { process: "hub", pid: process.pid } });
  process.on("uncaughtExceptionMonitor", (error) => log.log("fatal", "the hub process fails", { error }));
  process.on("exit", () => log.flush());
  try {
    return await openHub(settings, log);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const exitCode = CONFIGURATION_CODES.has(code ?? "") ? EXIT.configuration : EXIT.failed;
    throw Object.assign(new Error(message, { cause: error }), { exitCode });
  }
});

async function openHub(settings: Settings, log: ProcessLog): Promise<ServedHub> {
  const onLost = (): void => {
    log.flush();
    process.kill(process.pid, "SIGKILL");
  };
  const hub = await createHub({ ...settings, log, onLost });
  return {
    url: hub.url,
    port: hub.port,
    commitPendingMs: () => hub.commitPendingMs(),
    stop: (timeoutMs) => hub.close(timeoutMs),
  };
}
