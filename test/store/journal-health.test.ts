import { expect, test } from "vitest";

import { JournalHealth } from "../../src/store/journal-health.js";
import { ReserveFile } from "../../src/store/reserve-file.js";
import { freshDir, keptLog, realPorts } from "./rig.js";

function healthy() {
  const log = keptLog();
  const health = new JournalHealth(new ReserveFile(freshDir()), realPorts().timers, log);
  const states: string[] = [];
  health.watch((state) => states.push(state));
  return { health, states, log };
}

test("a write that failed for another reason than room ends the journal, for essential appends too", async () => {
  const { health, states, log } = healthy();
  const cause = Object.assign(new Error("Input/output error"), { code: 5 });
  const { retry, error } = health.afterFailure(cause);
  expect([retry, error.code, error.cause]).toEqual([false, "STORE_FAILED", cause]);
  expect(health.refusal("essential")).toMatchObject({ code: "STORE_FAILED" });
  expect(log.lines.map(({ level }) => level)).toEqual(["error"]);
  health.takeReserve();
  await health.close();
  expect(states).toEqual(["failed", "closed"]);
});

test("a full disk is worth a second try while there is a reserve to give back, and none after", async () => {
  const { health } = healthy();
  const full = Object.assign(new Error("No space left on device"), { code: 28 });
  expect(health.afterFailure(full)).toMatchObject({ retry: false, error: { code: "STORE_FULL" } });
  health.takeReserve();
  await new Promise<void>((resolve) => {
    const stop = health.watch((state) => {
      stop();
      expect(state).toBe("open");
      resolve();
    });
  });
  expect(health.afterFailure(full)).toMatchObject({ retry: true });
  expect(health.afterFailure(full)).toMatchObject({ retry: false });
  expect(health.refusal("essential")).toBeUndefined();
  expect(health.refusal("ordinary")).toMatchObject({ code: "STORE_READ_ONLY" });
  await health.close();
});
