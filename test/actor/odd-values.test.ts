// Values that throw when they are looked at: returned, thrown or yielded, they are a fault of their actor and of nobody
// else.

import { expect, test } from "vitest";
import { createSystem } from "../../src/index.js";
import { Odd } from "../fixtures/odd.js";

const SILENT = { log: () => undefined };
const METHODS = [
  "returnsTrap",
  "returnsBadThenable",
  "throwsProxy",
  "throwsLater",
  "throwsTrappedError",
] as const;

test.each([0, 1])(
  "a fault on thread %i over a value that cannot be looked at leaves the neighbours alone",
  async (on) => {
    const system = await createSystem({ threads: 1, log: SILENT });
    const neighbour = system.spawn(Odd, { on });
    for (const method of METHODS) {
      const odd = system.spawn(Odd, { on });
      await expect(odd.ask(method), method).rejects.toThrow();
      expect(await odd.ask("fine"), method).toBe("fine");
      expect(await neighbour.ask("fine"), method).toBe("fine");
      system.stop(odd);
    }
    await system.shutdown();
  },
);
