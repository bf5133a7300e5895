import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { ClientError, connect, type EventOptions, type HiveClient, type HubEvent } from "../../src/client.js";
import { WholeHub } from "./client-rig.js";
import { Counter } from "./counter.js";

let hub: WholeHub;
let client: HiveClient;
beforeAll(async () => {
  hub = await WholeHub.open();
  hub.handle.system.spawn(Counter, { name: "c1", args: { start: 5 }, on: 1 });
  client = hub.client();
});
afterAll(() => hub.close());

const ADD = { description: "two and two", type: "add", parameters: { a: 2, b: 2 } };
const NAP = { description: "nap", type: "nap", parameters: { ms: 60_000 } };

/** The code that a promise rejects with. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "none",
    (error) => (error as ClientError).code,
  );
}

describe("tasks", () => {
  it("are created, waited for, read, listed and explained", async () => {
    const { task_id: id, task, matching_agents: matching } = await client.tasks.create(ADD);
    expect(task.id).toBe(id);
    expect(matching[0]?.name).toBe("worker");
    expect(await client.tasks.wait(id)).toMatchObject({ status: "completed", result: { sum: 4 } });
    expect(await client.tasks.wait(id)).toMatchObject({ status: "completed" });
    expect(await client.tasks.get(id)).toMatchObject({ id });
    expect((await client.tasks.list({ status: "completed", limit: 5 })).total_count).toBeGreaterThan(0);
    expect((await client.tasks.explain(id)).best[0]?.chosen).toBe(true);
  });

  it("carry a key, so that the same create twice is one task", async () => {
    const [first, second] = await Promise.all([
      client.tasks.create(ADD, { idempotencyKey: "one" }),
      client.tasks.create(ADD, { idempotencyKey: "one" }),
    ]);
    expect(first.task_id).toBe(second.task_id);
    const [third, fourth] = await Promise.all([client.tasks.create(ADD), client.tasks.create(ADD)]);
    expect(third.task_id).not.toBe(fourth.task_id);
  });

  it("are cancelled and opened again, and whoever waits hears of the end", async () => {
    const { task_id: id } = await client.tasks.create(NAP);
    const waiting = client.tasks.wait(id);
    expect(await client.tasks.cancel(id, { reason: "enough" })).toMatchObject({ status: "cancelled" });
    expect(await waiting).toMatchObject({ status: "cancelled" });
    await client.tasks.retry(id);
    await client.tasks.cancel(id);
  });

  it("can be waited for by the hundred", async () => {
    const created = await Promise.all(Array.from({ length: 300 }, () => client.tasks.create(ADD)));
    const tasks = await Promise.all(created.map(({ task_id: id }) => client.tasks.wait(id)));
    expect(tasks.every((task) => task.status === "completed")).toBe(true);
  });

  it("that do not settle in time, or whose waiter gives up, say so and go on", async () => {
    const { task_id: id } = await client.tasks.create(NAP);
    expect(await codeOf(client.tasks.wait(id, { timeoutMs: 20 }))).toBe("TIMEOUT");
    const abort = new AbortController();
    const waiting = client.tasks.wait(id, { signal: abort.signal });
    abort.abort();
    expect(await codeOf(waiting)).toBe("CANCELLED");
    expect(await codeOf(client.tasks.wait(id, { signal: abort.signal }))).toBe("CANCELLED");
    expect(["assigned", "running"]).toContain((await client.tasks.get(id)).status);
    await client.tasks.cancel(id);
  });

  it("that are wrong come back as coded errors with every bad field", async () => {
    const error: ClientError = await client.tasks.create({ description: "", tags: 5 as never }).then(
      () => expect.fail("a wrong task was taken"),
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(ClientError);
    expect([error.code, error.status]).toEqual(["VALIDATION_ERROR", 400]);
    expect(error.fieldErrors.map((one) => one.field).sort()).toEqual(["description", "tags"]);
    expect(error.requestId).toBeTypeOf("string");
    expect(await codeOf(client.tasks.get("none"))).toBe("TASK_NOT_FOUND");
    await expect(client.tasks.create({ ...ADD, agent: "wroker" })).rejects.toMatchObject({
      code: "AGENT_NOT_FOUND",
      message: expect.stringContaining('did you mean "worker"?'),
    });
    expect(await codeOf(client.tasks.wait("none"))).toBe("TASK_NOT_FOUND");
  });
});

describe("agents", () => {
  it("are listed, started, read and removed", async () => {
    const agent = await client.agents.create({ name: "second", definition: "helper" });
    expect((await client.agents.list({ limit: 100 })).agents.map((one) => one.id)).toContain(agent.id);
    expect(await client.agents.get(agent.id)).toMatchObject({ name: "second" });
    const told = await client.agents.learn(agent.id, { type: "echo", success: true, quality: 0.9 });
    const { learned } = await client.agents.performance(agent.id);
    expect(learned).toEqual([{ type: "echo", ...told.learned }]);
    await expect(client.agents.learn(agent.id, { type: "echo" } as never)).rejects.toMatchObject({
      code: "VALIDATION_ERROR",
    });
    await client.agents.remove(agent.id);
    expect(await codeOf(client.agents.get(agent.id))).toBe("AGENT_NOT_FOUND");
  });
});

describe("blobs", () => {
  it("are sent from bytes, texts, files and streams, and come back as streams", async () => {
    const bytes = new Uint8Array(300_000).map((_, index) => index % 256);
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
    }
    const stored = await Promise.all([
      client.blobs.put(bytes),
      client.blobs.put(pieces()),
      client.blobs.put(() => pieces(), { mediaType: "text/csv" }),
      client.blobs.put(new Blob([bytes])),
    ]);
    expect(new Set(stored.map((one) => one.blob_id)).size).toBe(1);
    expect(stored[2]).toMatchObject({ bytes: bytes.length, media_type: "text/csv" });
    const parts: Uint8Array[] = [];
    for await (const part of client.blobs.open(stored[0]?.blob_id ?? "")) parts.push(part);
    expect(Buffer.compare(Buffer.concat(parts), bytes)).toBe(0);
    expect((await client.blobs.put("grüße")).bytes).toBe(7);
    await expect(async () => {
      for await (const part of client.blobs.open("0".repeat(64))) parts.push(part);
    }).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
  });

  it("are the input of tasks", async () => {
    const blob = await client.blobs.put("x".repeat(1_000), { mediaType: "text/x-measured" });
    const { task_id: id } = await client.tasks.create({ description: "measure", parameters: { blob } });
    expect(await client.tasks.wait(id)).toMatchObject({ status: "completed", result: { bytes: 1_000 } });
  });
});

describe("actors", () => {
  const counter = () => client.actor<typeof Counter>("/user/c1");

  it("are told and asked, with their types", async () => {
    const ref = counter();
    expect(await ref.ask("get")).toBe(5);
    expect(await ref.tell("add", 3)).toBe("sent");
    expect(await ref.ask("get")).toBe(8);
    const photo = new Uint8Array(10);
    expect(await ref.ask("greet", { name: "ann", photo })).toEqual({
      text: "hello ann",
      bytes: 10,
      when: new Date(0),
    });
    expectTypeOf(ref.ask("get")).resolves.toEqualTypeOf<number>();
    expectTypeOf(ref.ask<"greet">)
      .parameter(1)
      .toEqualTypeOf<{ name: string; photo?: Uint8Array }>();
    // @ts-expect-error there is no such method
    expect(await codeOf(ref.ask("nothing"))).toBe("FORBIDDEN");
  });

  it("answer every ask: with an error, too late, or not at all", async () => {
    const ref = counter();
    await expect(ref.ask("refuse")).rejects.toMatchObject({
      code: "TOO_LATE",
      message: "the shop is closed",
      data: { until: "Monday" },
    });
    expect(await codeOf(ref.ask("wait", 60_000, { timeoutMs: 30 }))).toBe("TIMEOUT");
    const abort = new AbortController();
    const asking = ref.ask("wait", 60_000, { signal: abort.signal });
    abort.abort();
    expect(await codeOf(asking)).toBe("CANCELLED");
    expect(await codeOf(ref.ask("leak"))).toBe("ENCODE");
    expect(await codeOf(client.actor("/user/nobody").ask("get"))).toBe("NO_ACTOR");
    expect(await codeOf(client.actor("/user/c1").ask("secret"))).toBe("FORBIDDEN");
    expect(await codeOf(client.actor("/user/c1").ask("add", () => 1))).toBe("ENCODE");
  });

  it("are not asked what is too large for one message, and everything else goes on", async () => {
    const large = { name: "ann", photo: new Uint8Array(70_000) };
    const fresh = hub.client().actor<typeof Counter>("/user/c1");
    // The first ask waits for the socket, the second finds it open.
    for (const when of ["early", "late"]) {
      const waiting = fresh.ask("wait", 50);
      const error = await fresh.ask("greet", large).catch((thrown: ClientError) => thrown);
      expect(error, when).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
      expect((error as ClientError).message).toMatch(/at most 65536 are taken; send large data by blobs.put/);
      expect(await waiting).toBe("waited");
    }
    const unsendable = hub.client().actor("/user/c1");
    expect(await codeOf(unsendable.ask("add", () => 1))).toBe("ENCODE");
  });

  it("keep the order of one sender, from the first message on", async () => {
    hub.handle.system.spawn(Counter, { name: "ordered", args: {}, on: 1 });
    const ref = client.actor<typeof Counter>("/user/ordered");
    const told = Array.from({ length: 500 }, () => ref.tell("add", 1));
    expect(await ref.ask("get")).toBe(500);
    expect(new Set(await Promise.all(told))).toEqual(new Set(["sent"]));
  });

  it("tell whoever watches, once, that they are gone, and why", async () => {
    hub.handle.system.spawn(Counter, { name: "brief", args: {}, on: 1, restart: "temporary" });
    const ref = client.actor<typeof Counter>("/user/brief");
    const reasons: string[] = [];
    const gone = new Promise<void>((resolve) => {
      ref.watch(({ code }) => {
        reasons.push(code);
        resolve();
      });
    });
    const unwatch = ref.watch(() => reasons.push("unwatched"));
    unwatch();
    const abort = new AbortController();
    ref.watch(() => reasons.push("aborted"), { signal: abort.signal });
    abort.abort();
    await ref.ask("get");
    await ref.tell("quit");
    await gone;
    expect(reasons).toEqual(["normal"]);
    expect(await new Promise((resolve) => void ref.watch(resolve))).toEqual({ code: "no-actor" });
    hub.handle.system.spawn(Counter, { name: "brief", args: { start: 77 }, on: 1 });
    expect(await ref.ask("get")).toBe(77);
  });
});

describe("watches", () => {
  it("of one client are at most 1,024: one more is refused, and any that ends makes room", async () => {
    const watching = hub.client();
    const ref = watching.actor<typeof Counter>("/user/c1");
    const watch = () => ref.watch(() => undefined);
    const open = Array.from({ length: 1_024 }, watch);
    expect(watch).toThrow(expect.objectContaining({ code: "QUEUE_FULL" }));
    expect(watch).toThrow(/1024 watches of this client are open/);
    open[7]?.();
    expect(await new Promise((ended) => watching.actor("/user/nobody").watch(ended))).toEqual({
      code: "no-actor",
    });
    watch();
    await watching.close();
  });
});

describe("events", () => {
  it("come as they happen, until the loop is left", async () => {
    const seen: HubEvent["type"][] = [];
    const abort = new AbortController();
    const reading = (async () => {
      for await (const event of client.events({ topics: ["tasks"], signal: abort.signal })) {
        if (event.type === "gap") continue;
        seen.push(event.type);
        if (seen.includes("task_created") && event.type === "task_completed") return "left";
      }
      return "ended";
    })();
    // The loop hears what comes after it is connected; a task of its own at a time makes sure of one.
    while (!seen.includes("task_created") || !seen.includes("task_completed")) {
      const { task_id: id } = await client.tasks.create(ADD);
      await client.tasks.wait(id);
    }
    expect(await reading).toBe("left");
  });

  it("of one task tell its story from any number on", async () => {
    const before = hub.handle.hub.events.lastSeq;
    const { task_id: id } = await client.tasks.create(ADD);
    await client.tasks.wait(id);
    const story: string[] = [];
    for await (const event of client.tasks.events(id, { fromSeq: before })) {
      story.push(event.type);
      if (event.type === "task_completed") break;
    }
    expect(story).toEqual(["task_created", "task_assigned", "task_started", "task_completed"]);
  });

  it("that are gone are a gap, not a silence", async () => {
    for await (const event of client.events({ fromSeq: 1 })) {
      expect(event).toMatchObject({
        type: "gap",
        data: { from_seq: 1, last_seq: hub.handle.hub.events.lastSeq },
      });
      break;
    }
  });

  it("that are wished in words that nobody knows are refused, not waited for", async () => {
    const next = (wish: unknown) => {
      const events = client.events(wish as EventOptions);
      return events[Symbol.asyncIterator]().next();
    };
    await expect(next({ filters: { bogus: 1 } })).rejects.toMatchObject({
      code: "VALIDATION_ERROR",
      message: expect.stringMatching(
        /filters\.bogus: is not a known field; known are task_id, task_type, status/,
      ),
    });
    expect(() => next({ topcs: ["tasks"] })).toThrow(/events knows no topcs; it takes topics, filters/);
    expect(() => next({ filters: { attempt: 5n } })).toThrow(/^filters\.attempt: JSON has no bigint/);
  });

  it("end with the signal and with the client", async () => {
    const read = async (of: HiveClient, signal?: AbortSignal) => {
      for await (const event of of.events(signal === undefined ? {} : { signal })) void event;
      return "ended";
    };
    expect(await codeOf(read(client, AbortSignal.timeout(20)))).toBe("CANCELLED");
    const other = hub.client();
    const reading = read(other);
    await other.close();
    expect(await reading).toBe("ended");
  });
});

describe("a client", () => {
  it("reads status, resources and audit, and ends a thread with an admin's token", async () => {
    expect(await client.status()).toHaveProperty("tasks.queue.waiting");
    expect(await client.resources()).toHaveProperty("system_resources.memory_usage");
    expect((await client.invariants()).ok).toBe(true);
    expect(await client.restartThread(1)).toMatchObject({ restarted: true });
  });

  it("without a good token is refused at once, on every way", async () => {
    const stranger = hub.client({ token: "forged" });
    expect(await codeOf(stranger.tasks.create(ADD))).toBe("UNAUTHORIZED");
    expect(await codeOf(stranger.tasks.wait("any"))).toBe("UNAUTHORIZED");
    const asking = stranger.actor("/user/c1").ask("get", undefined, { timeoutMs: 20_000 });
    expect(await codeOf(asking)).toBe("UNAUTHORIZED");
    await expect(async () => {
      for await (const event of stranger.events()) void event;
    }).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  it("whose hub is not there gives up after a while, or when told to", async () => {
    const lonely = connect({ url: "http://127.0.0.1:1", token: "x", retryForMs: 200 });
    expect(await codeOf(lonely.tasks.create(ADD))).toBe("CONNECTION_LOST");
    expect(await codeOf(lonely.tasks.create(ADD, { signal: AbortSignal.timeout(20) }))).toBe("CANCELLED");
    expect(await codeOf(lonely.actor("/user/x").ask("get", 1, { timeoutMs: 50 }))).toBe("TIMEOUT");
    const pending = lonely.tasks.create(ADD);
    await lonely.close();
    expect(await codeOf(pending)).toBe("CANCELLED");
    expect(() => connect({ url: "ftp://x" })).toThrow(/no address/);
  });

  it("that is closed says so at once, of every call, whatever was open before", async () => {
    const closed = hub.client();
    const never = hub.client();
    hub.handle.system.spawn(Counter, { name: "closing", args: {}, on: 1 });
    await closed.actor("/user/closing").ask("get");
    await Promise.all([closed.close(), never.close()]);
    const startMs = performance.now();
    for (const one of [closed, never]) {
      const ref = one.actor("/user/closing");
      const calls = [
        () => ref.ask("get"),
        () => ref.tell("get"),
        () => ref.stream("get").next(),
        async () => ref.watch(() => undefined),
        () => one.tasks.list(),
        () => one.tasks.create(ADD),
        () => one.tasks.wait("any"),
        () => one.blobs.put("x"),
        () => one.blobs.open("0".repeat(64))[Symbol.asyncIterator]().next(),
        () => one.events()[Symbol.asyncIterator]().next(),
      ];
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({
          code: "CANCELLED",
          message: "The client is closed; connect anew to go on.",
        });
      }
    }
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it("that is closed while it waits to try again ends at once", async () => {
    const lonely = connect({ url: "http://127.0.0.1:1" });
    const calls = Array.from({ length: 20 }, () => lonely.status());
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const startMs = performance.now();
    await lonely.close();
    expect(new Set(await Promise.all(calls.map(codeOf)))).toEqual(new Set(["CANCELLED"]));
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });

  it("whose token was refused says so of every later call of an actor", async () => {
    const stranger = hub.client({ token: "forged" });
    expect(await codeOf(stranger.actor("/user/c1").ask("get"))).toBe("UNAUTHORIZED");
    expect(await codeOf(stranger.actor("/user/c1").ask("get"))).toBe("UNAUTHORIZED");
  });
});
