import { expect, test } from "vitest";
import { countAgentRestarts, type RestartCount } from "../../scripts/quickstart-restarts.js";

const agent = (id: string, restarts: number, state: RestartCount["state"] = "idle"): RestartCount => ({
  id,
  restarts,
  state,
});

test("an agent whose thread was ended and that is back counts as restarted, though the hub counts no fault", () => {
  const lost = [agent("a", 0, "working"), agent("b", 0)];
  expect(countAgentRestarts([agent("a", 0), agent("b", 0, "working"), agent("c", 0)], lost)).toBe(2);
});

test("restarts after faults count as well, and nothing counts twice", () => {
  const lost = [agent("a", 2)];
  expect(countAgentRestarts([agent("a", 2), agent("c", 3)], lost)).toBe(6);
  expect(countAgentRestarts([agent("a", 3), agent("c", 3)], lost)).toBe(6);
});

test("an agent that did not come back was not restarted", () => {
  const lost = [agent("a", 0), agent("gone", 0)];
  expect(countAgentRestarts([agent("a", 0, "failed")], lost)).toBe(0);
});
