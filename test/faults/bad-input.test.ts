// Nonsense against a whole hub in a process of its own, through every door: each is answered as something wrong with
// the request, the process is the same afterwards, and the next request is served. test/gateway has the wire itself:
// headers, paths, frames, sizes.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Random } from "../../src/base/random.js";
import type { Task } from "../../src/client.js";
import { packPlain } from "../../src/wire/codec.js";
import { ask, RawConnection } from "../gateway/rig.js";
import { freshDir, type HiveProcess, removeAll, startHive } from "./hive-process.js";
import { chance } from "./seed.js";

const MIB = 1024 * 1024;
const ROUNDS = 400;
/** What a request that is wrong, or right by chance, may be answered with. */
const LEGAL_STATUSES = [200, 201, 202, 400, 404, 405, 409, 413, 415, 422, 429];

let hive: HiveProcess;
let dir: string;
let hubPid: number;
beforeAll(async () => {
  dir = freshDir();
  hive = await startHive(dir, 0, "runtime.threads=1");
  hubPid = hive.hubPid();
});
afterAll(async () => {
  expect(hive.hubPid(), "the hub process died").toBe(hubPid);
  hive.child.kill("SIGTERM");
  expect(await hive.exited()).toBe(0);
  await removeAll();
});

async function request(method: string, path: string, body: string | undefined): Promise<number> {
  const headers = { authorization: `Bearer ${hive.token}`, "content-type": "application/json" };
  const init = body === undefined ? { method, headers } : { method, headers, body };
  const response = await fetch(`${hive.url}${path}`, init);
  const text = await response.text();
  expect(text, `${method} ${path} ${body}`).not.toMatch(/\n\s+at |node_modules|\.js:\d+/);
  return response.status;
}

/** Whether the next request is served, through to a thread and back. */
async function serves(): Promise<void> {
  const { task_id: id } = await hive.client.tasks.create(note("still there"));
  expect(await hive.client.tasks.wait(id)).toMatchObject({ status: "completed" });
  expect(await hive.client.invariants()).toMatchObject({ holds: true });
}

function note(description: string, extra: Readonly<Record<string, unknown>> = {}) {
  return { description, type: "note", parameters: { trace: `${dir}/trace`, ms: 0, ...extra } };
}

const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  "",
  "\u0000",
  "\ud800",
  "../../etc/passwd",
  "x".repeat(20_000),
  [],
  [[[[]]]],
  {},
  { constructor: { prototype: 1 } },
  Array.from({ length: 2_000 }, (_, at) => at),
];

const FIELDS = (
  "description type priority required_capabilities parameters action media_type agent timeout_seconds max_retries " +
  "deadline depends_on idempotency_key callback_url tags title task_type data blob name definition capabilities " +
  "max_concurrent reason timeout __proto__ constructor toString"
).split(" ");

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.below(from.length)] as T;
}

/** A body of known fields with odd values, or text that is no JSON at all. */
function oddBody(random: Random): string {
  const fields = Array.from({ length: 1 + random.below(5) }, () => {
    return `${JSON.stringify(pick(random, FIELDS))}:${JSON.stringify(pick(random, ODD))}`;
  });
  const whole = `{"description":"odd",${fields.join(",")}}`;
  const kind = random.below(5);
  if (kind === 0) return whole.slice(0, random.below(whole.length));
  if (kind === 1) return JSON.stringify(pick(random, ODD));
  return whole;
}

describe("HTTP", () => {
  test("odd bodies and odd paths are answered, never with a 5xx, never with a stack", async () => {
    const random = chance("bad-input http");
    const routes: readonly (readonly [string, string])[] = [
      ["POST", "/api/tasks"],
      ["POST", "/api/tasks"],
      ["POST", "/api/agents"],
      ["POST", "/api/v1/agents/chaos/tasks"],
      ["POST", "/api/tasks/none/retry"],
      ["DELETE", "/api/tasks/none"],
      ["POST", "/api/actors/user/nobody/get"],
      ["POST", "/api/admin/threads/99/restart"],
    ];
    const counts: Record<number, number> = {};
    for (let round = 0; round < ROUNDS; round += 1) {
      const [method, path] = pick(random, routes);
      const body = oddBody(random);
      const status = await request(method, path, body);
      expect(LEGAL_STATUSES, `${method} ${path} ${body.slice(0, 200)}`).toContain(status);
      counts[status] = (counts[status] ?? 0) + 1;
    }
    for (const odd of ODD) {
      const text = encodeURIComponent(Buffer.from(String(odd)).toString("utf8"));
      for (const query of ["status", "limit", "offset", "priority", "agent_id", "sort_by", "tag"]) {
        const status = await request("GET", `/api/tasks?${query}=${text.slice(0, 1_000)}`, undefined);
        expect(LEGAL_STATUSES, `${query}=${text.slice(0, 50)}`).toContain(status);
      }
    }
    console.log("answers:", counts);
    await serves();
  });

  test("parameters that are odd and valid come back as they were, also after the hub was killed", async () => {
    const parameters = {
      "": { nul: "\u0000", words: "漢字 🐝", large: 1e308, small: -5e-324, whole: Number.MAX_SAFE_INTEGER },
      constructor: "x",
      toString: [],
      list: [null, [[]], {}, ""],
      deep: Array.from({ length: 50 }).reduce<unknown>((inner) => ({ inner }), 1),
    };
    const { task_id: id } = await hive.client.tasks.create({
      description: "kept",
      type: "nobody",
      parameters,
    });
    const before = await hive.client.tasks.get(id);
    expect(before.parameters).toEqual(parameters);
    process.kill(hubPid, "SIGKILL");
    await hive.respawned(1);
    hubPid = hive.hubPid();
    const after: Task = await hive.client.tasks.get(id);
    expect(after.parameters).toEqual(parameters);
    await serves();
  });

  test("many callers that never finish what they began take nothing from others", async () => {
    const half = [
      "POST /api/tasks HTTP/1.1\r\nhost: a\r\ncontent-length: 500\r\n\r\n{",
      "POST /api/tasks HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{",
      "GET /health HTT",
      "GET /ws HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\n",
    ];
    const hanging = await Promise.all(
      Array.from({ length: 200 }, async (_, at) => {
        const connection = await RawConnection.open(hive.port);
        await connection.send(half[at % half.length] as string);
        return connection;
      }),
    );
    await serves();
    for (const connection of hanging) connection.end();
    expect((await ask(hive.port, "GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")).status).toBe(200);
  });

  test("bodies that are giant or nested without end are refused", async () => {
    const giant = "x".repeat(8 * MIB);
    const status = await request("POST", "/api/tasks", JSON.stringify({ description: giant })).catch(
      () => 413,
    );
    expect(status).toBe(413);
    const nested = `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`;
    expect([400, 413]).toContain(await request("POST", "/api/tasks", nested).catch(() => 413));
    expect([400, 413]).toContain(await request("POST", "/api/tasks", "[".repeat(900_000)).catch(() => 413));
    await serves();
  });
});

describe("sockets", () => {
  async function openSocket(protocol: string): Promise<WebSocket> {
    const url = `${hive.url.replace("http", "ws")}/ws`;
    const socket = new WebSocket(url, [protocol], { headers: { authorization: `Bearer ${hive.token}` } });
    socket.on("error", () => undefined);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("close", () => reject(new Error("the socket was refused")));
    });
    return socket;
  }

  /** Sends one message and waits until the hub has read it: its pong comes after, or the socket closes. */
  async function throwAt(protocol: string, message: string | Uint8Array): Promise<void> {
    const socket = await openSocket(protocol);
    const read = new Promise<void>((resolve) => {
      socket.once("pong", () => resolve());
      socket.once("close", () => resolve());
    });
    socket.send(message);
    socket.ping();
    await read;
    socket.terminate();
  }

  test("MessagePack frames that chance has changed harm nobody", async () => {
    const random = chance("bad-input msgpack");
    const frames = [
      { kind: "ask", id: 1, path: "/user/nobody", method: "get", payload: { a: [1, "x", null] } },
      { kind: "tell", id: 2, path: "/user/nobody", method: "add", payload: 1 },
      { kind: "watch", id: 3, path: "/user/nobody" },
      { kind: "cancel", id: 4 },
    ].map((frame) => Buffer.from(packPlain(frame)));
    for (let round = 0; round < 60; round += 1) {
      const frame = Buffer.from(pick(random, frames));
      for (let change = 1 + random.below(4); change > 0; change -= 1) {
        frame[random.below(frame.length)] = random.below(256);
      }
      const cut = random.below(4) === 0 ? frame.subarray(0, random.below(frame.length)) : frame;
      await throwAt("hive.msgpack.v1", cut);
    }
    await throwAt("hive.msgpack.v1", Buffer.alloc(60_000, 0x91));
    await throwAt("hive.msgpack.v1", Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]));
    await serves();
  });

  test("JSON commands that are odd harm nobody", async () => {
    const random = chance("bad-input json socket");
    for (let round = 0; round < 60; round += 1) {
      const action = pick(random, ["subscribe", "unsubscribe", "create_task", "get_status", "", 7]);
      const payload = pick(random, ODD);
      await throwAt("hive.json.v1", JSON.stringify({ action, payload, topics: payload, since: payload }));
    }
    await throwAt("hive.json.v1", "[".repeat(60_000));
    await serves();
  });
});
