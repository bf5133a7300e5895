// Our side: a hub as a user starts it, with a fresh data directory, one agent that does nothing, and its limits on.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHub } from "../../src/hub.js";

const dir = mkdtempSync(join(tmpdir(), "hive-bench-"));
const hub = await createHub({
  server: { port: 0 },
  data: { dir },
  agents: { paths: [fileURLToPath(new URL("./rester.js", import.meta.url))] },
  logging: { level: "error" },
});
process.send?.({ url: hub.url, token: await hub.token() });
process.on("disconnect", () => {
  void hub.close().finally(() => {
    rmSync(dir, { recursive: true, force: true });
    process.exit(0);
  });
});
