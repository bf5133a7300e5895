// A compute process that misbehaves as its argument says.

import type { ToCompute } from "../../../src/compute/gpu/protocol.js";

const behaviour = process.argv[2];

process.on("message", (message: ToCompute) => {
  if (behaviour === "ends") process.exit(3);
  if (behaviour === "never-ready") return;
  if (message.type === "start") {
    const mode = message.modes[0]!;
    process.send?.({ type: "trying", mode }, () => {
      if (behaviour === "dies-of-webgpu" && mode === "webgpu") process.kill(process.pid, "SIGKILL");
      else process.send?.({ type: "ready", mode, adapter: "odd", refused: [] });
    });
  } else if (behaviour === "nonsense") {
    process.send?.({ type: "done", id: "one" });
  } else if (behaviour === "unasked") {
    process.send?.({ type: "done", id: message.id + 1, count: 0 });
  } else if (behaviour === "fails") {
    process.send?.({ type: "failed", id: message.id, message: "the device is lost" });
  }
});
process.once("disconnect", () => process.exit());
