// A port that nobody listens on. Why not let the server library pick one: it then binds without SO_REUSEADDR, and the
// port cannot be bound again for a minute after the process died, which is just when its successor wants it.

import { createServer } from "node:net";

/** A free port on `host`. Somebody else may take it before it is used: be ready to ask again. */
export function findFreePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
