// What is refused says what was given, what was expected and what to do.

import { describe, expect, it } from "vitest";
import { createSystem, defineActor } from "../../src/index.js";

const Silent = defineActor({
  module: import.meta.url,
  name: "Silent",
  state: () => undefined,
  on: {
    wait: () => new Promise<void>(() => undefined),
  },
});

/** Found by the worker thread under its module. */
export { Silent };

describe("a refusal", () => {
  it("of an option with a typing error names it and those there are", async () => {
    const options = { threads: 0, thraeds: 2 } as { threads: number };
    await expect(createSystem(options)).rejects.toThrow(/knows no thraeds; it takes threads, /);
  });

  for (const on of ["this", 1] as const) {
    it(`of an ask without an answer names the actor, the method and the limit (${on})`, async () => {
      const system = await createSystem({ threads: 1 });
      const silent = system.spawn(Silent, { name: "silent", on });
      await expect(silent.ask("wait", undefined, { timeoutMs: 30 })).rejects.toThrow(
        'no answer from /user/silent to "wait" within 30 ms: raise `timeoutMs`',
      );
      await system.shutdown();
    });
  }
});
