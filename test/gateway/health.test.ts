import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WholeHub } from "../client/client-rig.js";

let hub: WholeHub;
beforeAll(async () => {
  hub = await WholeHub.open();
});
afterAll(() => hub.close());

describe("health", () => {
  it("names components, version and machine", async () => {
    const { body } = await hub.request("GET", "/health");
    expect(body).toMatchObject({
      status: "healthy",
      version: expect.any(String),
      components: { threads: { running: 1 } },
    });
    expect(body.system_info).toMatchObject({ cpu_native: expect.any(Boolean), gpu_optional: false });
    expect(body.hive).toBeUndefined();
    expect(body.compute).toBeUndefined();
    const detailed = (await hub.request("GET", "/health?detailed=true")).body;
    expect(detailed.hive.agents.total).toBeGreaterThan(0);
    expect(detailed.compute).toEqual({
      neural_mode: "basic",
      engines: expect.objectContaining({ topK: expect.arrayContaining(["js"]) }),
      gpu_optional: { state: "off" },
      crossovers: expect.objectContaining({ topK: { native: expect.any(Number), gpu: {} } }),
      measured_at: null,
    });
  });

  it("says what readiness looked at when it is asked", async () => {
    expect((await hub.request("GET", "/readyz")).body).toEqual({ ready: true });
    const { checks } = (await hub.request("GET", "/readyz?verbose")).body;
    expect(checks).toMatchObject({ store: { ok: true }, threads: { ok: true }, draining: { ok: true } });
  });

  it("tells of the network and the graphics process in neural mode gpu", async () => {
    const other = await WholeHub.open({ neural: { mode: "gpu" } });
    const { system_info: info, compute } = (await other.request("GET", "/health?detailed=true")).body;
    expect(info.gpu_optional).toBe(false);
    expect(compute).toMatchObject({
      neural_mode: "gpu",
      engines: { scoreMatrix: expect.arrayContaining(["js", "gpu"]) },
      gpu_optional: { state: "not started", calls: 0, failures: 0 },
      predictor: { ready: false, outcomes: 0, weight: 0 },
    });
    await other.close();
  });
});
