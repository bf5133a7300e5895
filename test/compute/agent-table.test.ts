import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AgentTable, ELIGIBLE, ELIGIBLE_ALL, HELD } from "../../src/compute/agent-table.js";
import { profile } from "./golden-vectors.js";

describe("the table of agents", () => {
  it("gives a newcomer the defaults", () => {
    const table = new AgentTable();
    const row = table.upsert("a", profile({ x: 0.5 }));
    const { eligible, load, energy, success, latencyMs, idleSinceMs } = table.columns;
    expect([load[row], energy[row], success[row], latencyMs[row], idleSinceMs[row]]).toEqual([
      0, 1, 0.5, 0, 0,
    ]);
    expect(eligible[row]).toBe(ELIGIBLE_ALL | HELD);
    expect(table.proficiency("x")?.[row]).toBe(0.5);
  });

  it("keeps what a change leaves out, and replaces all capabilities", () => {
    const table = new AgentTable();
    const row = table.upsert(
      "a",
      profile({ x: 0.5, y: 0.25 }, { load: 0.5, latencyMs: 30, eligible: ELIGIBLE.active }),
    );
    expect(table.upsert("a", profile({ y: 0.75 }))).toBe(row);
    expect(table.columns.load[row]).toBe(0.5);
    expect(table.columns.latencyMs[row]).toBe(30);
    expect(table.columns.eligible[row]).toBe(ELIGIBLE.active | HELD);
    expect(table.proficiency("x")).toBeUndefined();
    expect(table.proficiency("y")?.[row]).toBe(0.75);
  });

  it("gives the row of a removed agent to a newcomer with nothing left of the old one", () => {
    const table = new AgentTable();
    const row = table.upsert("old", profile({ x: 1, shared: 1 }, { load: 1, energy: 0, latencyMs: 9 }));
    table.upsert("other", profile({ shared: 0.5 }));
    expect(table.remove("old")).toBe(true);
    expect(table.remove("old")).toBe(false);
    expect(table.columns.eligible[row]).toBe(0);
    expect(table.upsert("new", profile({ y: 1 }))).toBe(row);
    expect(table.proficiency("shared")?.[row]).toBe(0);
    expect([table.columns.load[row], table.columns.energy[row], table.columns.latencyMs[row]]).toEqual([
      0, 1, 0,
    ]);
    expect(table.key(row)).toBe("new");
    expect(table.size).toBe(2);
  });

  it("switches single bits of eligibility", () => {
    const table = new AgentTable();
    const row = table.upsert("a", profile({}));
    table.switchEligible(row, ELIGIBLE.idle | ELIGIBLE.active, false);
    expect(table.columns.eligible[row]).toBe((ELIGIBLE_ALL & ~ELIGIBLE.idle & ~ELIGIBLE.active) | HELD);
    table.switchEligible(row, ELIGIBLE.idle, true);
    expect(table.columns.eligible[row]).toBe((ELIGIBLE_ALL & ~ELIGIBLE.active) | HELD);
  });

  it("takes values out of range, and rows that nobody holds, for bugs", () => {
    const table = new AgentTable();
    const row = table.upsert("a", profile({}));
    expect(() => table.upsert("b", profile({ x: 1.5 }))).toThrow("invariant broken");
    expect(table.row("b")).toBeUndefined();
    expect(() => table.setLoad(row, Number.NaN)).toThrow("invariant broken");
    expect(() => table.setEnergy(row, -1)).toThrow("invariant broken");
    expect(() => table.setOutcomes(row, 0, 1)).toThrow("invariant broken");
    expect(() => table.setLatency(row, Number.POSITIVE_INFINITY)).toThrow("invariant broken");
    expect(() => table.setIdleSince(row, Number.NaN)).toThrow("invariant broken");
    table.remove("a");
    expect(() => table.setLoad(row, 0)).toThrow("invariant broken");
  });

  it("holds, after any changes and growth, just what a map of agents holds", () => {
    const seed = Math.floor(Math.random() * 0x7fff_ffff);
    console.log(`agent table: seed ${seed}`);
    const names = ["x", "y", "z"];
    const change = fc.record({
      key: fc.nat({ max: 150 }).map((index) => `agent-${index}`),
      capabilities: fc.dictionary(fc.constantFrom(...names), fc.constantFrom(0.25, 0.5, 1), { maxKeys: 3 }),
      isRemoval: fc.boolean(),
    });
    const changes = fc.array(change, { maxLength: 600, size: "max" });
    fc.assert(
      fc.property(changes, (list) => {
        const table = new AgentTable();
        const model = new Map<string, Record<string, number>>();
        for (const { key, capabilities, isRemoval } of list) {
          if (isRemoval) expect(table.remove(key)).toBe(model.delete(key));
          else table.upsert(key, profile(capabilities));
          if (!isRemoval) model.set(key, capabilities);
        }
        expect(table.size).toBe(model.size);
        for (const name of names) {
          const holders = [...model.values()].filter(
            (capabilities) => capabilities[name] !== undefined,
          ).length;
          const column = table.proficiency(name);
          expect(column?.filter((proficiency) => proficiency > 0).length ?? 0).toBe(holders);
          for (const [key, capabilities] of model) {
            expect(column?.[table.row(key)!] ?? 0).toBe(capabilities[name] ?? 0);
          }
        }
      }),
      { seed, numRuns: 60 },
    );
  });
});
