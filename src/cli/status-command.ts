// `hive status`: the hub at a glance, and whether its books balance.

import type { HubStatus, InvariantReport } from "../hub.js";
import { formatMs } from "./durations.js";
import { EXIT } from "./exit-codes.js";
import { type AccessOptions, withClient } from "./hub-access.js";
import { emit } from "./output.js";

interface Overview {
  readonly url: string;
  readonly status: HubStatus;
  readonly invariants: InvariantReport;
}

/** Prints the state of the hub; exit code 1 when an invariant is broken. */
export async function showStatus(options: AccessOptions): Promise<number> {
  return withClient(options, async (client) => {
    const [status, invariants] = await Promise.all([client.status(), client.invariants()]);
    const overview = { url: client.url, status, invariants } as unknown as Overview;
    emit(options, overview, describe);
    return overview.invariants.holds ? EXIT.done : EXIT.failed;
  });
}

function describe({ url, status, invariants }: Overview): string {
  const { agents, tasks } = status;
  const { running, slots, load } = tasks.executor;
  const facts: [string, string][] = [
    ["hub", `${url} (${status.hive_id}), up ${formatMs(status.metrics.uptime_seconds * 1_000)}`],
    ["agents", counts(agents.total, agents.by_state)],
    ["tasks", counts(tasks.metrics.open + tasks.metrics.settled, tasks.queue.by_status)],
    ["waiting", `${tasks.queue.waiting}, of them parked because nobody can: ${tasks.queue.parked}`],
    ["running", `${running} of ${slots} slots, load ${load.toFixed(2)}`],
    ["journal", tasks.system.draining ? `${tasks.system.journal}, draining` : tasks.system.journal],
    ["invariants", invariants.holds ? "all hold" : "BROKEN"],
  ];
  const broken = invariants.checks.filter((check) => !check.holds);
  return [
    ...facts.map(([name, value]) => `${name.padEnd(10)} ${value}`),
    ...broken.map((check) => `  broken: ${check.name} (${check.detail})`),
  ].join("\n");
}

/** "12 (completed 10, queued 2)": what is zero is left out. */
function counts(total: number, byName: Readonly<Record<string, number>>): string {
  const parts = Object.entries(byName).filter(([, count]) => count > 0);
  const listed = parts.map(([name, count]) => `${name} ${count}`).join(", ");
  return listed === "" ? String(total) : `${total} (${listed})`;
}
