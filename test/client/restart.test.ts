import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HiveClient } from "../../src/client.js";
import { WholeHub } from "./client-rig.js";
import { Counter } from "./counter.js";

// The hub stops without waiting for anybody and comes back on the same port and directory, while a program runs.

const ADD = { description: "two and two", type: "add", parameters: { a: 2, b: 2 } };
const NAP = { description: "nap", type: "nap", parameters: { ms: 300 } };

describe("while the hub restarts", () => {
  let hub: WholeHub;
  let client: HiveClient;
  beforeEach(async () => {
    hub = await WholeHub.open();
    client = hub.client();
  });
  afterEach(() => hub.close());

  it("waits go on and creates get through, each once", async () => {
    const before = await Promise.all(Array.from({ length: 8 }, () => client.tasks.create(NAP)));
    const waits = before.map(({ task_id: id }) => client.tasks.wait(id));
    await hub.stop();
    const creating = Array.from({ length: 8 }, (_, index) =>
      client.tasks.create(ADD, { idempotencyKey: `away-${index}` }),
    );
    await hub.start();
    const created = await Promise.all(creating);
    const tasks = await Promise.all([...waits, ...created.map(({ task_id: id }) => client.tasks.wait(id))]);
    expect(tasks.map((task) => task.status)).toEqual(Array<string>(16).fill("completed"));
    const again = await client.tasks.create(ADD, { idempotencyKey: "away-3" });
    expect(again.task_id).toBe(created[3]?.task_id);
    expect((await client.tasks.list()).total_count).toBe(16);
  });

  it("event loops go on behind a gap", async () => {
    const types: string[] = [];
    const seen = (type: string) => expect.poll(() => types, { timeout: 10_000 }).toContain(type);
    const reading = (async () => {
      for await (const event of client.events({
        topics: ["tasks"],
        fromSeq: hub.handle.hub.events.lastSeq,
      })) {
        types.push(event.type);
      }
    })();
    await client.tasks.create(ADD);
    await seen("task_completed");
    types.length = 0;
    await hub.stop();
    await hub.start();
    await seen("gap");
    await client.tasks.create(ADD);
    await seen("task_completed");
    await client.close();
    await reading;
  });

  it("asks that were sent are lost and say so; later ones find the new hub; watches hear of the end", async () => {
    hub.handle.system.spawn(Counter, { name: "c1", args: {}, on: 1 });
    const ref = client.actor<typeof Counter>("/user/c1");
    await ref.ask("get");
    const reasons: string[] = [];
    ref.watch(({ code }) => reasons.push(code));
    const lost = ref.ask("wait", 60_000, { timeoutMs: 60_000 }).catch((error) => error.code);
    await ref.ask("get");
    await hub.stop();
    expect(["CONNECTION_LOST", "ACTOR_STOPPED", "CANCELLED"]).toContain(await lost);
    const asking = ref.ask("get", undefined, { timeoutMs: 20_000 }).catch((error) => error.code);
    await hub.start();
    expect(await asking).toBe("NO_ACTOR");
    await expect.poll(() => reasons).toHaveLength(1);
    hub.handle.system.spawn(Counter, { name: "c1", args: { start: 9 }, on: 1 });
    expect(await ref.ask("get")).toBe(9);
  });

  it("an upload starts again from its beginning", async () => {
    let openings = 0;
    let restarted: Promise<void> | undefined;
    async function* source() {
      openings++;
      const mine = openings;
      for (let count = 0; count < 20; count++) {
        if (mine === 1 && count === 10) restarted ??= hub.stop().then(() => hub.start());
        yield new Uint8Array(50_000).fill(count);
      }
      if (mine === 1) await restarted;
    }
    const stored = await client.blobs.put(() => source());
    expect(stored.bytes).toBe(1_000_000);
    expect(openings).toBeGreaterThan(1);
    await restarted;
  });
});
