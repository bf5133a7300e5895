// A cancellation and its answer that pass each other. Numbers of asks come back after 16,384 uses of one place: what
// came too late for its own ask must not hit the one that has the number then.

import { expect, it } from "vitest";
import { defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

const seen = { answered: 0 };

const Echo = defineActor({
  module: "simulated",
  name: "Echo",
  state: () => undefined,
  on: { echo: (_ctx, n: number) => ((seen.answered += 1), n) },
});

it("a cancellation that comes too late harms no later ask", async () => {
  seen.answered = 0;
  const sim = new Simulation({ seed: 1, definitions: [Echo], threads: 1, stepsMax: 1_000_000 });
  const echo = sim.spawn(Echo, { on: 1 });
  const giveUp = new AbortController();
  const given = echo.ask("echo", 0, { signal: giveUp.signal }).catch((error: { code: string }) => error.code);
  while (seen.answered === 0) await sim.step();
  giveUp.abort();
  await sim.run(1_000);
  expect(await given).toBe("CANCELLED");
  for (let n = 1; n <= 16_384; n++) {
    const asked = echo.ask("echo", n, { timeoutMs: 0 });
    let got: number | undefined;
    void asked.then((value) => {
      got = value;
    });
    await sim.run(sim.time.nowMs());
    if (got !== n) expect.unreachable(`ask ${n} was not answered`);
  }
  expect(seen.answered).toBe(16_385);
});
