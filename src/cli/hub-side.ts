// The hub process's end of the parent's channel: takes the settings, opens what it is told to open, beats once a
// second, stops when asked, and ends at once when the parent is gone.
// Why SIGKILL to itself: an orphan must free port and store *now*, so that the next parent can have them. Exit
// handlers of native code could hang, and everything acknowledged is on disk.

import { BEAT_INTERVAL_MS, type HubMessage, type ParentMessage } from "./parent-protocol.js";
import type { Settings } from "./settings-shape.js";

/** What the parent needs of a hub. */
export interface ServedHub {
  readonly url: string;
  readonly port: number;
  /** How long the oldest unfinished commit has been pending; 0 when none. */
  commitPendingMs(): number;
  /** Stops gracefully; running tasks get `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>;
}

/** A hub that cannot start says why by throwing; `exitCode` 78 where the configuration is wrong. */
export interface RefusedStart {
  readonly message: string;
  readonly exitCode?: number;
}

/** Serves the parent for the life of this process. */
export function serveParent(openHub: (settings: Settings) => Promise<ServedHub>): void {
  if (process.send === undefined || !process.connected) {
    process.stderr.write("this program is started by `hive start`, which is its parent; run that instead\n");
    process.exit(2);
  }
  let opening: Promise<ServedHub> | undefined;
  let open: ServedHub | undefined;
  let stopTimeoutMs = 0;
  let isStopping = false;

  const stop = (timeoutMs: number): void => {
    if (isStopping) return;
    isStopping = true;
    // A hub that is still opening is stopped once it is open: half-open is the one state nobody has to handle.
    (opening ?? Promise.resolve(undefined))
      .then((hub) => hub?.stop(timeoutMs))
      .then(
        () => process.exit(0),
        (error: Error) => {
          process.stderr.write(`stopping failed: ${error.message}\n`);
          process.exit(1);
        },
      );
  };

  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  // Ctrl-C on a terminal reaches parent and hub alike; the parent decides.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => stop(stopTimeoutMs));
  process.on("message", (message: ParentMessage) => {
    if (message.type === "stop") return stop(message.timeoutMs);
    if (opening !== undefined) return;
    const { settings, port } = message;
    stopTimeoutMs = settings.supervisor.stop_timeout_secs * 1_000;
    opening = openHub({ ...settings, server: { ...settings.server, port } });
    opening.then((hub) => {
      open = hub;
      tellParent({ type: "ready", url: hub.url, port: hub.port });
    }, refuse);
  });
  const beat = (): void => tellParent({ type: "beat", commitPendingMs: open?.commitPendingMs() ?? 0 });
  beat();
  setInterval(beat, BEAT_INTERVAL_MS);
}

function refuse(error: RefusedStart): void {
  const { message, exitCode = 1 } = error;
  process.send?.({ type: "refused", exitCode, message } satisfies HubMessage, () => process.exit(exitCode));
}

function tellParent(message: HubMessage): void {
  // Why the error is dropped: the channel is closing, and "disconnect" ends this process.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
