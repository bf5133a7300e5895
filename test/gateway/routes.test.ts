import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WholeHub } from "../client/client-rig.js";
import { Counter } from "../client/counter.js";
import { ask } from "./rig.js";

let hub: WholeHub;
beforeAll(async () => {
  hub = await WholeHub.open({ server: { request_timeout_secs: 1, cors_origins: ["https://app.example"] } });
});
afterAll(() => hub.close());

const add = { description: "two and two", type: "add", parameters: { a: 2, b: 2 } };

describe("who may call", () => {
  const plain = (path: string, headers: Record<string, string> = {}) => fetch(hub.url + path, { headers });

  it("health and liveness: everybody", async () => {
    for (const path of ["/", "/health", "/livez", "/readyz"]) expect((await plain(path)).status).toBe(200);
  });

  it("reads of state: everybody on this machine, by a name of this machine", async () => {
    for (const path of ["/metrics", "/api/resources", "/api/hive/status"]) {
      expect((await plain(path)).status).toBe(200);
      const rebound = await ask(hub.handle.port, `GET ${path} HTTP/1.1\r\nhost: evil.example\r\n\r\n`);
      expect(rebound.status).toBe(401);
      expect(rebound.head).toMatch(/www-authenticate: Bearer/i);
    }
  });

  it("everything else: who has a token", async () => {
    const reads = [
      "/api/agents",
      "/api/tasks",
      "/api/tasks/x",
      "/api/tasks/x/explain",
      "/api/blobs/x",
      "/api/audit/invariants",
    ];
    for (const path of reads) expect((await plain(path)).status).toBe(401);
    const writes = [
      "/api/agents",
      "/api/tasks",
      "/api/blobs",
      "/api/actors/user/x/get",
      "/api/v1/agents/x/tasks",
    ];
    for (const path of writes) {
      const headers = { "content-type": "application/json" };
      const refused = await fetch(hub.url + path, { method: "POST", headers, body: "{}" });
      expect(refused.status).toBe(401);
    }
  });

  it("administration: who has an admin's token", async () => {
    const client = await hub.handle.token({ subject: "ann", scopes: ["client"] });
    const headers = { authorization: `Bearer ${client}` };
    expect((await plain("/api/tasks", headers)).status).toBe(200);
    expect((await plain("/api/admin/actors", headers)).status).toBe(403);
    const refused = await fetch(`${hub.url}/api/admin/threads/1/restart`, { method: "POST", headers });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ success: false, error: { code: "FORBIDDEN" } });
  });

  it("pages of listed origins: they are told so", async () => {
    const allowed = await plain("/health", { origin: "https://app.example" });
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://app.example");
    const other = await plain("/health", { origin: "https://evil.example" });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    const asked = await fetch(`${hub.url}/api/tasks`, {
      method: "OPTIONS",
      headers: { origin: "https://app.example" },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-methods")).toMatch(/POST/);
  });
});

describe("metrics", () => {
  it("are JSON unless a scraper asks", async () => {
    const json = (await hub.request("GET", "/metrics")).body;
    expect(json.data.current_metrics.system.cpu_usage_percent).toBeTypeOf("number");
    expect(json.current_metrics.database.status).toBe("healthy");
    for (const [path, accept] of [
      ["/metrics?format=prometheus", "*/*"],
      ["/metrics", "text/plain;version=0.0.4"],
      ["/metrics", "application/openmetrics-text; version=1.0.0"],
    ] as const) {
      const text = await (await fetch(hub.url + path, { headers: { accept } })).text();
      expect(text).toMatch(/^hive_agents\{state="idle"\} \d+$/m);
      expect(text).toMatch(/^hive_threads\{state="running"\} 1$/m);
    }
  });
});

describe("tasks", () => {
  it("are created, read, explained, listed", async () => {
    const created = await hub.request("POST", "/api/tasks", add);
    expect(created.status).toBe(201);
    const { task_id: id, task, matching_agents: matching } = created.body.data;
    expect(created.headers.get("location")).toBe(`/api/tasks/${id}`);
    expect(task).toMatchObject({ id, description: "two and two" });
    expect(matching[0]).toMatchObject({ name: "worker" });
    await hub.handle.hub.tasks.settled(id);
    expect((await hub.request("GET", `/api/tasks/${id}`)).body.data).toMatchObject({
      status: "completed",
      result: { sum: 4 },
    });
    expect((await hub.request("GET", `/api/tasks/${id}/explain`)).body.data.best[0]).toMatchObject({
      chosen: true,
    });
    const page = (await hub.request("GET", "/api/tasks?status=completed&limit=1")).body.data;
    expect(page.tasks).toHaveLength(1);
  });

  it("made twice under one key are one; another body under it is refused", async () => {
    const key = { "idempotency-key": "k-1" };
    const first = await hub.request("POST", "/api/tasks", add, key);
    const second = await hub.request("POST", "/api/tasks", add, key);
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body.data.task_id).toBe(first.body.data.task_id);
    const other = await hub.request("POST", "/api/tasks", { ...add, parameters: { a: 1, b: 1 } }, key);
    expect(other.status).toBe(422);
    expect(other.body.error.code).toBe("IDEMPOTENCY_KEY_REUSED");
    expect(
      (await hub.request("POST", "/api/tasks", add, { "idempotency-key": "k".repeat(300) })).status,
    ).toBe(400);
  });

  it("that are not valid name every bad field", async () => {
    const { status, body } = await hub.request("POST", "/api/tasks", { priority: 9, tags: 5 });
    expect(status).toBe(400);
    expect(body).toMatchObject({ success: false, data: null, error: { code: "VALIDATION_ERROR" } });
    expect(body.error.field_errors.map((one: { field: string }) => one.field).sort()).toEqual([
      "description",
      "priority",
      "tags",
    ]);
    expect(body.request_id).toBeTypeOf("string");
    const query = await hub.request("GET", "/api/tasks?limit=0&status=lost");
    expect(query.body.error.field_errors.map((one: { field: string }) => one.field).sort()).toEqual([
      "limit",
      "status",
    ]);
  });

  it("with a field that nobody knows are refused, also where tasks are listed", async () => {
    const { status, body } = await hub.request("POST", "/api/tasks", { ...add, prioritty: "high" });
    expect(status).toBe(400);
    const message = "is not a known field; did you mean priority?";
    expect(body.error).toMatchObject({
      code: "VALIDATION_ERROR",
      message: expect.stringContaining(`prioritty: ${message}`),
      field_errors: [{ field: "prioritty", message, value: "high" }],
    });
    for (const path of ["/api/tasks?colour=red", "/api/agents?colour=red"]) {
      const refused = await hub.request("GET", path);
      expect(refused.status).toBe(400);
      expect(refused.body.error.field_errors).toMatchObject([{ field: "colour", value: "red" }]);
      expect(refused.body.error.message).toMatch(/colour: is not a known field; known are limit, offset/);
    }
  });

  it("are cancelled, and opened again", async () => {
    const nap = { description: "nap", type: "nap", parameters: { ms: 60_000 } };
    const { task_id: id } = (await hub.request("POST", "/api/tasks", nap)).body.data;
    const cancelled = await hub.request("DELETE", `/api/tasks/${id}`, { reason: "no longer tired" });
    expect(cancelled.body.data).toMatchObject({ id, status: "cancelled" });
    expect((await hub.request("DELETE", `/api/tasks/${id}`)).status).toBe(409);
    expect((await hub.request("POST", `/api/tasks/${id}/retry`)).status).toBe(200);
    expect((await hub.request("DELETE", `/api/tasks/${id}?reason=enough`)).status).toBe(200);
  });

  it("that are not there are 404, by every route", async () => {
    for (const [method, path] of [
      ["GET", "/api/tasks/none"],
      ["DELETE", "/api/tasks/none"],
      ["POST", "/api/tasks/none/retry"],
      ["GET", "/api/tasks/none/explain"],
    ] as const) {
      const { status, body } = await hub.request(method, path);
      expect([status, body.error.code]).toEqual([404, "TASK_NOT_FOUND"]);
    }
  });
});

describe("the work of one agent", () => {
  const path = "/api/v1/agents/worker/tasks";

  it("is answered with its result", async () => {
    const { status, body } = await hub.request("POST", path, { action: "add", data: { a: 20, b: 22 } });
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ status: "completed", result: { sum: 42 }, agent_name: "worker" });
    expect(body.data.execution_time).toBeTypeOf("number");
  });

  it("is answered at once where that is preferred, and after a while where it takes longer", async () => {
    const nap = { action: "nap", data: { ms: 60_000 } };
    const at = await hub.request("POST", path, nap, { prefer: "respond-async" });
    const late = await hub.request("POST", path, nap);
    for (const { status, body, headers } of [at, late]) {
      expect(status).toBe(202);
      expect(body.data.url).toBe(headers.get("location"));
      expect((await hub.request("DELETE", body.data.url)).status).toBe(200);
    }
  });

  it("needs an agent that is there, an action that it has, and data", async () => {
    expect(
      (await hub.request("POST", "/api/v1/agents/nobody/tasks", { action: "add", data: { a: 1 } })).status,
    ).toBe(404);
    for (const body of [
      { action: "fly", data: { a: 1 } },
      { action: "add", data: {} },
      { action: "add" },
      {},
    ]) {
      expect((await hub.request("POST", path, body)).body.error.code).toBe("VALIDATION_ERROR");
    }
  });
});

describe("agents", () => {
  it("are listed, started, read and removed", async () => {
    const page = (await hub.request("GET", "/api/agents?limit=1")).body.data;
    expect(page).toMatchObject({ total_count: expect.any(Number), pagination: { limit: 1, offset: 0 } });
    const started = await hub.request("POST", "/api/agents", { name: "second helper", definition: "helper" });
    expect(started.status).toBe(201);
    const { agent_id: id } = started.body.data;
    expect((await hub.request("GET", `/api/agents/${id}`)).body.data).toMatchObject({
      id,
      name: "second helper",
      actions: ["help", "hold"],
      task_types: ["help", "hold", "*"],
    });
    const byName = (await hub.request("GET", "/api/agents/worker")).body.data;
    expect(byName.task_types).toEqual(expect.arrayContaining(["add", "echo", "repeat"]));
    expect((await hub.request("GET", "/api/agents/second%20helper")).body.data.id).toBe(id);
    expect((await hub.request("DELETE", `/api/agents/${id}`)).status).toBe(200);
    expect((await hub.request("GET", `/api/agents/${id}`)).body.error.code).toBe("AGENT_NOT_FOUND");
  });

  it("of a name that another has are refused with who that is", async () => {
    const twin = { name: "twin", definition: "helper" };
    const { agent_id: id } = (await hub.request("POST", "/api/agents", twin)).body.data;
    const { status, body } = await hub.request("POST", "/api/agents", twin);
    expect(status).toBe(409);
    expect(body.error).toMatchObject({ code: "CONFLICT", details: { name: "twin", agent_id: id } });
    expect(body.error.message).toContain(`choose another, or DELETE /api/agents/${id} first`);
    expect((await hub.request("DELETE", `/api/agents/${id}`)).status).toBe(200);
    expect((await hub.request("POST", "/api/agents", twin)).status).toBe(201);
  });

  it("of no loaded definition are refused with the list", async () => {
    const { status, body } = await hub.request("POST", "/api/agents", { name: "x", definition: "nobody" });
    expect([status, body.error.code]).toEqual([400, "NO_DEFINITION"]);
    expect(JSON.stringify(body.error)).toMatch(/worker/);
    const slip = await hub.request("POST", "/api/agents", { name: "x", definition: "hepler" });
    expect(slip.body.error.message).toContain('did you mean "helper"?');
  });
});

describe("blobs", () => {
  it("come back as they were sent, of any size, with a sandbox around them", async () => {
    const bytes = new Uint8Array(5_000_000).map((_, index) => index % 251);
    const headers = { authorization: `Bearer ${hub.token}`, "content-type": "text/html" };
    const sent = await fetch(`${hub.url}/api/blobs`, { method: "POST", headers, body: bytes });
    expect(sent.status).toBe(201);
    const { data } = (await sent.json()) as { data: { blob_id: string; bytes: number } };
    expect(data.bytes).toBe(bytes.length);
    const back = await fetch(`${hub.url}/api/blobs/${data.blob_id}`, { headers });
    expect(back.headers.get("content-type")).toBe("text/html");
    expect(back.headers.get("content-security-policy")).toMatch(/sandbox/);
    expect(Buffer.compare(Buffer.from(await back.arrayBuffer()), bytes)).toBe(0);
  });

  it("that are not there are 404, and no id leads anywhere else", async () => {
    expect((await hub.request("GET", `/api/blobs/${"0".repeat(64)}`)).body.error.code).toBe("BLOB_NOT_FOUND");
    expect((await hub.request("GET", "/api/blobs/..%2f..%2fsecret")).status).toBe(400);
    expect((await hub.request("GET", "/api/blobs/secret")).status).toBe(400);
  });
});

describe("actors", () => {
  beforeAll(() => {
    hub.handle.system.spawn(Counter, { name: "c1", args: { start: 5 }, on: 1 });
  });

  it("answer asks and take tells, on another thread", async () => {
    expect((await hub.request("POST", "/api/actors/user/c1/get")).body.data).toBe(5);
    const told = await hub.request("POST", "/api/actors/user/c1/add?tell=true", 3);
    expect([told.status, told.body.data]).toEqual([202, { outcome: "sent" }]);
    expect((await hub.request("POST", "/api/actors/user/c1/get")).body.data).toBe(8);
    const greeted = await hub.request("POST", "/api/actors/user/c1/greet", { name: "ann" });
    expect(greeted.body.data).toMatchObject({ text: "hello ann" });
  });

  it("open only the methods that they list", async () => {
    for (const method of ["secret", "constructor", "nothing"]) {
      expect((await hub.request("POST", `/api/actors/user/c1/${method}`)).body.error.code).toBe("FORBIDDEN");
    }
  });

  it("that are not there, are slow, or refuse, say so", async () => {
    const code = async (path: string, body?: unknown) => {
      const { status, body: answer } = await hub.request("POST", path, body);
      return [status, answer.error.code];
    };
    expect(await code("/api/actors/user/nobody/get")).toEqual([404, "NO_ACTOR"]);
    expect(await code("/api/actors/system/offload/run")).toEqual([404, "NO_ACTOR"]);
    expect(await code("/api/actors/user/c1/wait?timeout_ms=20", 60_000)).toEqual([504, "TIMEOUT"]);
    expect(await code("/api/actors/user/c1/wait?timeout_ms=never", 1)).toEqual([400, "VALIDATION_ERROR"]);
    const refused = await hub.request("POST", "/api/actors/user/c1/refuse");
    expect(refused.status).toBe(500);
    expect(refused.body.error).toMatchObject({ code: "TOO_LATE", message: "the shop is closed" });
    expect(JSON.stringify(refused.body)).not.toMatch(/\.js:|stack/);
  });
});

describe("the overview of actors", () => {
  it("tells of threads and of the actors that have handled most", async () => {
    const counter = hub.handle.system.spawn(Counter, { name: "busy", on: 1, args: {} });
    for (let i = 0; i < 1_000; i++) counter.tell("add", 1);
    await counter.ask("get");
    const { status, body } = await hub.request("GET", "/api/admin/actors?limit=3");
    expect(status).toBe(200);
    const [busiest, ...others] = body.data.actors;
    expect(busiest).toMatchObject({
      path: "/user/busy",
      thread: 1,
      state: "ready",
      mailbox: 0,
      current: null,
    });
    expect(busiest.handled).toBe(1_001);
    expect(others).toHaveLength(2);
    expect(body.data).toMatchObject({ cut: false, unreachable: [], threads: [{ thread: 1, stalls: 0 }] });
    expect(body.data.threads[0].messages).toBeGreaterThan(1_000);
    expect(body.data.total_count).toBeGreaterThan(3);
    const wrong = await hub.request("GET", "/api/admin/actors?limit=0&pth=/user");
    expect([wrong.status, wrong.body.error.field_errors.length]).toEqual([400, 2]);
    expect((await hub.request("GET", "/api/admin/actors?path=/user/nobody")).body.error.code).toBe(
      "NO_ACTOR",
    );
    const seen = await hub.client().inspect({ path: "/user/busy" });
    expect(seen).toMatchObject({ total_count: 1, actors: [{ path: "/user/busy" }] });
    hub.handle.system.stop(counter);
  });
});

describe("threads", () => {
  it("are ended and replaced; only those that are there", async () => {
    const before = hub.handle.system.threads()[0]?.epoch ?? 0;
    const { status, body } = await hub.request("POST", "/api/admin/threads/1/restart");
    expect(status).toBe(200);
    expect(body.data.thread).toMatchObject({ thread: 1, epoch: before + 1, state: "running" });
    for (const wrong of ["0", "99", "one"]) {
      expect((await hub.request("POST", `/api/admin/threads/${wrong}/restart`)).status).toBe(404);
    }
  });
});

describe("the sockets' path", () => {
  it("says to whoever asks for no upgrade that it speaks WebSocket", async () => {
    const response = await fetch(`${hub.url}/ws`);
    expect(response.status).toBe(426);
    expect(response.headers.get("upgrade")).toBe("websocket");
    const { success, error } = (await response.json()) as { success: boolean; error: { message: string } };
    expect({ success, error }).toMatchObject({ success: false, error: { code: "UPGRADE_REQUIRED" } });
    expect(error.message).toMatch(/WebSocket client.*Upgrade: websocket/);
    expect((await fetch(`${hub.url}/ws`, { method: "POST" })).status).toBe(405);
  });
});

describe("the audit", () => {
  it("holds after all of this", async () => {
    expect((await hub.request("GET", "/api/audit/invariants")).body.data).toMatchObject({ ok: true });
  });
});
