// A parent process around the tiny hub, so that a test can kill the parent. Prints each ready hub as a JSON line.

import { fork } from "node:child_process";
import { systemClock } from "../../../src/base/clock.js";
import { HubParent } from "../../../src/cli/parent.js";
import { loadSettings } from "../../../src/cli/settings.js";

const [habit, startsFile] = process.argv.slice(2) as [string, string];
const loaded = loadSettings({
  files: [],
  env: { HIVE_SERVER__PORT: "0" },
  flags: [],
  workingDir: process.cwd(),
});
if (!loaded.ok) throw new Error("the test's settings are wrong");
const parent = new HubParent({
  settings: loaded.settings,
  forkHub: () => fork(new URL("./tiny-hub.js", import.meta.url), [habit, startsFile]),
  respawn: { minMs: 10, maxMs: 100, quickDeathMs: 10_000, quickDeathsMax: 5 },
  watch: { heartbeatTimeoutMs: 10_000, commitTimeoutMs: 5_000, startTimeoutMs: 60_000 },
  slowStartMs: 60_000,
  clock: systemClock(),
  log: { log: () => undefined },
  onReady: (ready) => void process.stdout.write(`${JSON.stringify(ready)}\n`),
});
parent.start();
process.exitCode = await parent.exited;
