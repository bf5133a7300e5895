// Where the hub of a data directory answers: a file beside its data, so that the commands on this machine find a hub
// by its directory, whichever port it got. The parent writes it when its first hub is ready and removes it at its end.
// Why the parent's process id is in it: hubs come and go under one parent, on one port. A file whose parent is gone was
// left by a parent that was killed; somebody else may listen at that address now.

import { readFile, rename, unlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const ADDRESS_FILE = "address";
const PROBE_TIMEOUT_MS = 1_000;
const PROBE_INTERVAL_MS = 200;
/** Long enough for a respawn, short enough to say soon that there is no hub. */
const RESPAWN_MS = 5_000;

interface Address {
  readonly url: string;
  readonly parent_pid: number;
}

/** Leaves the address of a hub whose parent this process is. */
export async function leaveAddress(dataDir: string, url: string): Promise<void> {
  const file = path.join(dataDir, ADDRESS_FILE);
  const draft = `${file}.${process.pid}`;
  const address: Address = { url, parent_pid: process.pid };
  // Renamed, so that nobody reads half of it.
  await writeFile(draft, `${JSON.stringify(address)}\n`, { mode: 0o600 });
  await rename(draft, file);
}

/** Takes this process's own address away; another's stays. */
export async function withdrawAddress(dataDir: string): Promise<void> {
  const address = await readAddress(dataDir);
  if (address?.parent_pid !== process.pid) return;
  // Whoever removed the file before us wanted the same.
  await unlink(path.join(dataDir, ADDRESS_FILE)).catch(() => undefined);
}

/** The address of the hub that runs on `dataDir`; undefined when none left one, or when nobody answers there. */
export async function findAddress(dataDir: string, respawnMs = RESPAWN_MS): Promise<string | undefined> {
  const address = await readAddress(dataDir);
  if (address === undefined) return undefined;
  for (let waitedMs = 0; isRunning(address.parent_pid); waitedMs += PROBE_INTERVAL_MS) {
    if (await answers(address.url, "/livez")) return address.url;
    if (waitedMs >= respawnMs) return undefined;
    await pause(PROBE_INTERVAL_MS);
  }
  return undefined;
}

/** Whether a hub answers well at `route`. */
export async function answers(url: string, route: "/livez" | "/readyz"): Promise<boolean> {
  try {
    const response = await fetch(`${url}${route}`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function readAddress(dataDir: string): Promise<Address | undefined> {
  try {
    const { url, parent_pid: pid } = JSON.parse(
      await readFile(path.join(dataDir, ADDRESS_FILE), "utf8"),
    ) as Partial<Address>;
    return typeof url === "string" && typeof pid === "number" ? { url, parent_pid: pid } : undefined;
  } catch {
    // No file, or none that can be read: then nobody left an address for us.
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
