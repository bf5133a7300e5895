// Values that throw when they are looked at: returned, thrown or yielded, they are a fault of their actor and of nobody
// else.

import { expect, test } from "vitest";
import { createSystem, type StopReason } from "../../src/index.js";
import { ODD_DATA, Odd } from "../fixtures/odd.js";

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

test("an error whose data cannot travel arrives with its code and cause, and why there is no data", async () => {
  const system = await createSystem({ threads: 1, log: SILENT });
  const neighbour = system.spawn(Odd, { on: 1 });
  for (const kind of Object.keys(ODD_DATA) as (keyof typeof ODD_DATA)[]) {
    const odd = system.spawn(Odd, { on: 1, restart: "temporary" });
    const reason = new Promise<StopReason>((ended) => system.watch(odd, ended));
    const data = { left_out: expect.any(String) };
    const left = { code: "ODD", message: "what went wrong", data, cause: { code: "DEEPER", data } };
    await expect(odd.ask("throwsData", kind), kind).rejects.toMatchObject(left);
    expect(await reason, kind).toMatchObject({ code: "fault", error: left });
    expect(await neighbour.ask("fine"), kind).toBe("fine");
  }
  await system.shutdown();
});
