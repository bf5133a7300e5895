import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createGate } from "../../src/access/gate.js";
import { openTokens, type Tokens } from "../../src/access/tokens.js";
import { systemClock, systemTimers } from "../../src/base/clock.js";
import { EventStream as GatewayEvents } from "../../src/gateway/event-stream.js";
import type { HubFace, SystemFace } from "../../src/gateway/faces.js";
import { ActorBook } from "../../src/gateway/reach-actor.js";
import type { Server } from "../../src/gateway/server.js";
import { Sockets } from "../../src/gateway/sockets.js";
import { EventStream } from "../../src/hub/events.js";
import { packPlain } from "../../src/wire/codec.js";
import { EVENT_FIELDS } from "../../src/wire/event-shapes.js";
import { Listener } from "./listener.js";
import { ask, keepLog, RawConnection, serve } from "./rig.js";

const HOUR_SECONDS = 3_600;
const SECRET = new TextEncoder().encode("a secret that is long enough for the hash");

describe("/ws", () => {
  let server: Server;
  let sockets: Sockets;
  let events: EventStream;
  let tokens: Tokens;
  let token: string;
  const opened: Listener[] = [];
  const wall = { skewMs: 0 };

  beforeEach(async () => {
    wall.skewMs = 0;
    const real = systemClock();
    const clock = { nowMs: real.nowMs, wallMs: () => real.wallMs() + wall.skewMs };
    const timers = systemTimers();
    tokens = await openTokens({ secret: SECRET, ttlSeconds: HOUR_SECONDS, clock });
    token = await tokens.issue({ subject: "ann", scopes: ["client"] });
    events = new EventStream(clock, 100);
    const publish = (topic: string, message: Uint8Array): void => server.publish(topic, message);
    const stream = new GatewayEvents(events, publish, setImmediate);
    const gate = createGate({ tokens, host: "127.0.0.1", openOnLoopback: true });
    // Only the events of the hub take part here; commands and actors are tested against a whole hub.
    const hub = { events } as unknown as HubFace;
    const book = new ActorBook({ find: async () => undefined } as unknown as SystemFace);
    const origins = ["https://app.example"];
    sockets = new Sockets({
      hub,
      book,
      gate,
      stream,
      maxSockets: 5,
      origins,
      clock,
      timers,
      log: keepLog(),
    });
    server = await serve([], { sockets });
  });
  afterEach(async () => {
    for (const { socket } of opened.splice(0)) socket.terminate();
    await server.close(2_000);
    sockets.close();
  });

  const dial = (protocols: string[], headers: Record<string, string>): WebSocket =>
    new WebSocket(`ws://127.0.0.1:${server.port}/ws`, protocols, { headers, perMessageDeflate: false });
  const open = async (protocol = "hive.json.v1"): Promise<Listener> => {
    const socket = dial([protocol], { authorization: `Bearer ${token}` });
    const listener = new Listener(socket);
    opened.push(listener);
    await once(socket, "open");
    return listener;
  };
  /** The protocol that was chosen, or the status of the refusal. */
  const outcome = async (
    protocols: string[],
    headers: Record<string, string> = {},
  ): Promise<string | number> => {
    const socket = dial(protocols, headers);
    opened.push(new Listener(socket));
    return new Promise((resolve) => {
      socket.on("open", () => resolve(socket.protocol));
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode as number));
    });
  };

  describe("admits", () => {
    it("a bearer token, or a token as a subprotocol, and nobody else", async () => {
      expect(await outcome([], { authorization: `Bearer ${token}` })).toBe("");
      expect(await outcome(["hive.json.v1", `hive.token.${token}`])).toBe("hive.json.v1");
      expect(await outcome(["hive.msgpack.v1", `hive.token.${token}`])).toBe("hive.msgpack.v1");
      expect(await outcome(["hive.json.v1"])).toBe(401);
      expect(await outcome(["hive.json.v1", "hive.token.forged"])).toBe(401);
      expect(await outcome(["soap", `hive.token.${token}`])).toBe(400);
    });

    it("nobody without saying which request it refused", async () => {
      const refuse = async (): Promise<Record<string, unknown>> => {
        const upgrade =
          "GET /ws HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n" +
          "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n";
        return JSON.parse((await ask(server.port, upgrade)).body);
      };
      const refused = [await refuse(), await refuse()];
      const http = JSON.parse((await ask(server.port, "GET /no HTTP/1.1\r\nhost: a\r\n\r\n")).body);
      for (const body of refused) expect(body).toMatchObject({ error: { code: "UNAUTHORIZED" } });
      expect(new Set([...refused, http].map((body) => body.request_id)).size).toBe(3);
    });

    it("pages of listed origins and its own, and no others", async () => {
      const proto = ["hive.json.v1", `hive.token.${token}`];
      expect(await outcome(proto, { origin: "https://app.example" })).toBe("hive.json.v1");
      expect(await outcome(proto, { origin: `http://127.0.0.1:${server.port}` })).toBe("hive.json.v1");
      expect(await outcome(proto, { origin: "https://evil.example" })).toBe(403);
    });

    it("only so many sockets", async () => {
      for (let count = 0; count < 5; count++) await open();
      expect(await outcome([], { authorization: `Bearer ${token}` })).toBe(503);
      opened[0]?.socket.close();
      await expect.poll(() => server.socketCount).toBe(4);
      expect(await outcome([], { authorization: `Bearer ${token}` })).toBe("");
    });
  });

  describe("events", () => {
    it("go to those who subscribed to them, by topic and filter", async () => {
      const [all, tasks, one] = [await open(), await open(), await open()];
      await all.ask("subscribe", {});
      await tasks.ask("subscribe", { topics: ["task_*"] });
      await one.ask("subscribe", { topics: ["tasks"], filters: { task_id: "t1" } });
      events.emit("agent_created", { agent_id: "a" });
      events.emit("task_created", { task_id: "t1" });
      events.emit("task_created", { task_id: "t2" });
      await Promise.all([all.until(() => all.seqs.length === 3), tasks.until(() => tasks.seqs.length === 2)]);
      await one.until(() => one.seqs.length === 1);
      expect(all.seqs).toEqual([101, 102, 103]);
      expect(tasks.seqs).toEqual([102, 103]);
      expect(one.seqs).toEqual([102]);
    });

    it("go on after a number that was seen before, without a hole and without a double", async () => {
      for (let count = 0; count < 50; count++) events.emit("task_created", { task_id: `t${count}` });
      const listener = await open();
      const reply = await listener.ask("subscribe", { from_seq: 120 });
      expect(reply).toMatchObject({ success: true, data: { from_seq: 120, last_seq: 150 } });
      for (let count = 0; count < 50; count++) events.emit("task_created", { task_id: `u${count}` });
      await listener.until(() => listener.seqs.at(-1) === 200);
      expect(listener.seqs).toEqual(Array.from({ length: 80 }, (_, index) => 121 + index));
    });

    it("that are no longer kept, or not yet there, are gone", async () => {
      const listener = await open();
      expect(await listener.ask("subscribe", { from_seq: 5 })).toMatchObject({
        error: { code: "EVENTS_GONE" },
      });
      expect(await listener.ask("subscribe", { from_seq: 5_000 })).toMatchObject({
        error: { code: "EVENTS_GONE", details: { last_seq: 100 } },
      });
    });

    it("stop when they are unsubscribed, and a new subscription replaces the old", async () => {
      const listener = await open();
      await listener.ask("subscribe", { topics: ["agents"] });
      await listener.ask("subscribe", { topics: ["task_created"] });
      events.emit("agent_created", {});
      events.emit("task_created", {});
      await listener.until(() => listener.seqs.length === 1);
      await listener.ask("unsubscribe", {});
      events.emit("task_created", {});
      await listener.ask("unsubscribe", {});
      expect(listener.seqs).toEqual([102]);
    });

    it("are refused where a field is none, at every level, with the one that was meant", async () => {
      const listener = await open();
      const refusals: readonly (readonly [string, unknown, string, RegExp])[] = [
        ["subscribe", { topcis: ["tasks"] }, "topcis", /did you mean topics\?$/],
        ["cancel_task", { task_id: "t", raeson: "x" }, "raeson", /did you mean reason\?$/],
        ["get_status", { detailed: true }, "detailed", /none is expected here$/],
        ["unsubscribe", { topics: [] }, "topics", /none is expected here$/],
      ];
      for (const [action, payload, field, message] of refusals) {
        expect(await listener.ask(action, payload), action).toMatchObject({
          error: {
            code: "VALIDATION_ERROR",
            field_errors: [{ field, message: expect.stringMatching(message) }],
          },
        });
      }
      listener.socket.send(JSON.stringify({ action: "subscribe", paylaod: {}, correlation_id: "c" }));
      await listener.until(() => listener.messages.some((one) => one.correlation_id === "c"));
      expect(listener.messages.at(-1)).toMatchObject({
        error: {
          field_errors: [{ field: "paylaod", message: expect.stringMatching(/did you mean payload\?$/) }],
        },
      });
    });

    it("are refused where a topic names none", async () => {
      const listener = await open();
      const reply = await listener.ask("subscribe", { topics: ["tasks", "weather"] });
      expect(reply).toMatchObject({
        error: { code: "VALIDATION_ERROR", field_errors: [{ field: "topics.1" }] },
      });
    });

    it("that are wished by a field that no event has are refused, and the fields that there are named", async () => {
      const listener = await open();
      const known = EVENT_FIELDS.join(", ");
      for (const [filters, message] of [
        [{ bogus: 1 }, `filters.bogus: is not a known field; known are ${known}`],
        [{ task_di: "t1" }, "filters.task_di: is not a known field; did you mean task_id?"],
        [{ constructor: "x" }, `filters.constructor: is not a known field; known are ${known}`],
      ] as const) {
        expect(await listener.ask("subscribe", { filters })).toMatchObject({
          success: false,
          error: { code: "VALIDATION_ERROR", message: `The payload is not valid: ${message}` },
        });
      }
      const every = Object.fromEntries(EVENT_FIELDS.slice(0, 8).map((field) => [field, "x"]));
      expect(await listener.ask("subscribe", { filters: every })).toMatchObject({ success: true });
    });

    it("cut a consumer that is too slow with 1013, after a stream without a hole; others hear all", async () => {
      const [slow, fast] = [await open(), await open()];
      for (const one of [slow, fast]) await one.ask("subscribe", {});
      slow.socket.pause();
      const message = "x".repeat(8_000);
      // The kernel takes some megabytes before the hub notices; what then waits is bounded.
      for (let burst = 0; burst < 40; burst++) {
        for (let count = 0; count < 50; count++) events.emit("task_created", { message });
        await fast.until(() => fast.seqs.length === (burst + 1) * 50);
      }
      slow.socket.resume();
      await slow.until(() => slow.closeCode !== undefined);
      expect(slow.closeCode).toBe(1013);
      expect(slow.seqs.length).toBeLessThan(2_000);
      expect(slow.seqs).toEqual(slow.seqs.map((_, index) => 101 + index));
      expect(fast.seqs).toHaveLength(2_000);
    });

    it("replay at the pace of the reader, more than may wait in memory", async () => {
      const message = "x".repeat(1_000);
      for (let count = 0; count < 10_000; count++) events.emit("task_created", { message });
      const listener = await open();
      await listener.ask("subscribe", { from_seq: 100 });
      await listener.until(() => listener.seqs.length >= 10_000);
      events.emit("task_created", {});
      await listener.until(() => listener.seqs.length >= 10_001);
      expect(listener.seqs).toEqual(Array.from({ length: 10_001 }, (_, index) => 101 + index));
    });
  });

  it("closes a socket whose token has expired", async () => {
    const listener = await open();
    wall.skewMs = 2 * HOUR_SECONDS * 1_000;
    await listener.until(() => listener.closeCode !== undefined);
    expect(listener.closeCode).toBe(4401);
  });

  it("says goodbye with 1001 when the hub stops", async () => {
    const listener = await open();
    const closing = server.close(2_000);
    await listener.until(() => listener.closeCode !== undefined);
    expect(listener.closeCode).toBe(1001);
    await closing;
  });

  describe("survives", () => {
    it("text that is no command, and answers it", async () => {
      const listener = await open();
      const nested = `{"action":"get_status","payload":${"[".repeat(1_000)}${"]".repeat(1_000)}}`;
      for (const text of ["", "{", "null", "[]", '{"action":"fly"}', '{"action":5}', nested]) {
        const before = listener.messages.length;
        listener.socket.send(text);
        await listener.until(() => listener.messages.length > before);
        expect(listener.messages.at(-1)).toMatchObject({ type: "reply", success: false });
      }
      expect(await listener.ask("fly", {})).toMatchObject({ success: false });
    });

    it("bytes that are no frame, by closing the socket", async () => {
      const bad: readonly (string | Uint8Array)[] = [
        "text",
        new Uint8Array(0),
        new Uint8Array([0xc1]),
        new Uint8Array(60_000).fill(0x91),
        new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]),
        packPlain({ kind: "fly" }),
        packPlain({ kind: "ask", id: -1, path: "/user/x", method: "get" }),
        packPlain({ kind: "ask", id: 1, path: "user/x", method: "get" }),
        packPlain({ kind: "ask", id: 1, path: "/user/x", method: "get", timeoutMs: 5 }),
      ];
      for (const bytes of bad) {
        const listener = await open("hive.msgpack.v1");
        listener.socket.send(bytes);
        await listener.until(() => listener.closeCode !== undefined);
        expect(listener.closeCode).toBe(1003);
        expect(listener.messages[0]).toMatchObject({ kind: "error" });
        expect(JSON.stringify(listener.messages[0])).not.toMatch(/ at /);
      }
    });

    it("a frame with a field that its kind does not have, by saying which was meant", async () => {
      const listener = await open("hive.msgpack.v1");
      listener.socket.send(packPlain({ kind: "tell", path: "/user/x", mehtod: "get", method: "get" }));
      await listener.until(() => listener.closeCode !== undefined);
      expect(listener.messages[0]).toMatchObject({
        error: { message: "The frame is not valid: mehtod: is not a known field; did you mean method?" },
      });
    });

    it("messages that are too large, by closing the socket with 1009 and what is too much", async () => {
      for (const protocol of ["hive.json.v1", "hive.msgpack.v1"]) {
        for (const bytes of [65_537, 4 * 65_536]) {
          const listener = await open(protocol);
          listener.socket.send(new Uint8Array(bytes));
          await listener.until(() => listener.closeCode !== undefined);
          expect(listener.closeCode).toBe(1009);
          expect(listener.closeReason).toContain(`the message has ${bytes} bytes, at most 65536 are taken`);
          expect(listener.messages).toEqual([]);
        }
      }
    });

    it("messages of more than four times that, by cutting the connection", async () => {
      const listener = await open();
      listener.socket.send(new Uint8Array(4 * 65_536 + 1));
      await listener.until(() => listener.closeCode !== undefined);
      expect(listener.closeCode).toBe(1006);
    });

    it("messages of exactly the limit, and takes them", async () => {
      const listener = await open();
      const command = JSON.stringify({ action: "unsubscribe", correlation_id: "full" });
      listener.socket.send(command.padEnd(65_536));
      await listener.until(() => listener.messages.length > 0 || listener.closeCode !== undefined);
      expect(listener.messages[0]).toMatchObject({ correlation_id: "full", success: true });
    });

    it("frames that the standard forbids, cut into pieces or not", async () => {
      const handshake =
        `GET /ws HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n` +
        `sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n` +
        `authorization: Bearer ${token}\r\n\r\n`;
      const forbidden: readonly (readonly number[])[] = [
        [0x81, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f],
        [0xf1, 0x80, 0, 0, 0, 0],
        [0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0],
        [0x80, 0x80, 0, 0, 0, 0],
        [0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
        [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28],
      ];
      for (const bytes of forbidden) {
        const connection = await RawConnection.open(server.port);
        await connection.send(handshake);
        await connection.until(() => connection.received.includes("\r\n\r\n"));
        expect(connection.received.toString("latin1")).toMatch(/^HTTP\/1\.1 101/);
        for (const byte of bytes) await connection.send(Uint8Array.of(byte));
        connection.socket.end();
        await connection.until(() => false);
        expect(connection.closed).toBe(true);
      }
      const listener = await open();
      expect(await listener.ask("unsubscribe", {})).toMatchObject({ success: true });
    });
  });
});
