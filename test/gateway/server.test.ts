import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answer, plain, type Route } from "../../src/gateway/exchange.js";
import type { Server } from "../../src/gateway/server.js";
import { ask, keepLog, RawConnection, serve } from "./rig.js";

const MIB = 1024 * 1024;

async function* repeat(chunk: Uint8Array, times: number) {
  for (let count = 0; count < times; count++) yield chunk;
}

const ROUTES: readonly Route[] = [
  {
    method: "GET",
    pattern: "/here",
    access: "open",
    whileDraining: true,
    handle: () => plain(200, { here: true }),
  },
  { method: "GET", pattern: "/things/{id}", access: "open", handle: ({ params }) => plain(200, params) },
  {
    method: "GET",
    pattern: "/deep/{path*}/{last}",
    access: "open",
    handle: ({ params }) => plain(200, params),
  },
  {
    method: "GET",
    pattern: "/throws",
    access: "open",
    handle: () => {
      throw new Error("the password is hunter2");
    },
  },
  {
    method: "GET",
    pattern: "/rejects",
    access: "open",
    handle: async () => Promise.reject(new Error("hunter2")),
  },
  {
    method: "POST",
    pattern: "/echo",
    access: "open",
    body: "json",
    handle: async (exchange) => answer(exchange, 200, exchange.body),
  },
  {
    method: "POST",
    pattern: "/count",
    access: "open",
    body: "stream",
    bodyLimitBytes: 64 * MIB,
    handle: async ({ stream }) => {
      let bytes = 0;
      for await (const chunk of stream) bytes += chunk.byteLength;
      return plain(200, { bytes });
    },
  },
  {
    method: "GET",
    pattern: "/flood",
    access: "open",
    handle: () => ({
      status: 200,
      mediaType: "application/octet-stream",
      body: { totalBytes: 16 * MIB, chunks: repeat(new Uint8Array(MIB).fill(7), 16) },
    }),
  },
];

const post = (path: string, body: string, headers = "content-type: application/json\r\n"): string =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe("the server", () => {
  let server: Server;
  const log = keepLog();
  const seen: string[] = [];
  beforeAll(async () => {
    const observe = (label: string, method: string, status: number): void =>
      void seen.push(`${method} ${label} ${status}`);
    server = await serve(ROUTES, { log, observe });
  });
  afterAll(() => server.close(1_000));

  describe("screens headers", () => {
    const cases: readonly (readonly [string, string])[] = [
      ["two Content-Length", "host: a\r\ncontent-length: 0\r\ncontent-length: 0\r\n"],
      ["an empty Content-Length", "host: a\r\ncontent-length: \r\n"],
      ["a negative Content-Length", "host: a\r\ncontent-length: -1\r\n"],
      ["two Host", "host: a\r\nhost: b\r\n"],
      ["an empty Host", "host: \r\n"],
      ["no Host", "accept: x\r\n"],
      ["a Transfer-Encoding other than chunked", "host: a\r\ntransfer-encoding: gzip\r\n"],
      ["two Transfer-Encoding", "host: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n"],
      [
        "Content-Length with Transfer-Encoding",
        "host: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n",
      ],
    ];
    for (const [name, headers] of cases) {
      it(`${name} is answered with a 400 or cut`, async () => {
        const connection = await RawConnection.open(server.port);
        await connection.send(`GET /here HTTP/1.1\r\n${headers}\r\n`);
        await connection.until(() => connection.received.includes("\r\n\r\n"));
        await connection.until(() => false);
        expect(connection.received.toString()).not.toContain("HTTP/1.1 200");
        expect(connection.closed).toBe(true);
      });
    }
  });

  describe("decodes a path once", () => {
    const cases: readonly (readonly [string, number])[] = [
      ["/things/a%20b", 200],
      ["/things//x", 200],
      ["/things/./x", 200],
      ["/things/..%2fx", 400],
      ["/things/%2e%2e", 400],
      ["/things/../here", 400],
      ["/things/%00", 400],
      ["/things/%zz", 400],
      ["/things/a%5cb", 400],
      ["/things/%252e%252e", 200],
      [`/things/${"x".repeat(3_000)}`, 400],
      ["/nowhere", 404],
    ];
    for (const [path, status] of cases) {
      it(`${path.slice(0, 30)} gives ${status}`, async () => {
        expect((await ask(server.port, `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)).status).toBe(status);
      });
    }

    it("hands the decoded parts to the route", async () => {
      const one = await ask(server.port, "GET /things/a%20b HTTP/1.1\r\nhost: a\r\n\r\n");
      expect(JSON.parse(one.body)).toEqual({ id: "a b" });
      const many = await ask(server.port, "GET /deep/user/a/b/get HTTP/1.1\r\nhost: a\r\n\r\n");
      expect(JSON.parse(many.body)).toEqual({ path: "user/a/b", last: "get" });
    });

    it("says which methods a route takes", async () => {
      const refused = await ask(server.port, post("/here", "{}"));
      expect(refused.status).toBe(405);
      expect(refused.head).toMatch(/allow: GET/);
    });
  });

  it("answers a handler that throws, now or later, with 500 and without its words", async () => {
    for (const path of ["/throws", "/rejects"]) {
      const failed = await ask(server.port, `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
      expect(failed.status).toBe(500);
      expect(failed.body).not.toMatch(/hunter2|at /);
      expect(JSON.parse(failed.body)).toMatchObject({ success: false, error: { code: "INTERNAL" } });
    }
    expect(log.lines.filter((line) => line.level === "error")).toHaveLength(2);
  });

  it("answers pipelined requests in order on one connection", async () => {
    const connection = await RawConnection.open(server.port);
    const one = "GET /things/1 HTTP/1.1\r\nhost: a\r\n\r\n";
    await connection.send(one + post("/echo", "[2]") + one);
    expect(JSON.parse((await connection.answer()).body)).toEqual({ id: "1" });
    expect(JSON.parse((await connection.answer()).body)).toMatchObject({ data: [2] });
    expect(JSON.parse((await connection.answer()).body)).toEqual({ id: "1" });
    connection.end();
  });

  it("answers HEAD with the length and without the body", async () => {
    const connection = await RawConnection.open(server.port);
    await connection.send("HEAD /here HTTP/1.1\r\nhost: a\r\n\r\nGET /here HTTP/1.1\r\nhost: a\r\n\r\n");
    await connection.until(() => connection.received.includes('{"here":true}'));
    expect(connection.received.toString().match(/content-length: 13/gi)).toHaveLength(2);
    connection.end();
  });

  describe("takes bodies", () => {
    it("whole, however they were split", async () => {
      const connection = await RawConnection.open(server.port);
      const text = post("/echo", JSON.stringify({ word: "grüße", list: [1, 2, 3] }));
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 7) await connection.send(bytes.subarray(at, at + 7));
      expect(JSON.parse((await connection.answer()).body)).toMatchObject({ data: { word: "grüße" } });
      connection.end();
    });

    it("in chunks", async () => {
      const head =
        "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
      const reply = await ask(server.port, `${head}3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n`);
      expect(JSON.parse(reply.body)).toMatchObject({ data: [1, 2] });
    });

    it("only as JSON", async () => {
      for (const type of [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
      ]) {
        expect((await ask(server.port, post("/echo", "{}", `content-type: ${type}\r\n`))).status).toBe(415);
      }
      expect((await ask(server.port, post("/echo", "{}", ""))).status).toBe(415);
    });

    it("only well formed", async () => {
      for (const body of ["{", "[1,]", "nope", '"\ud800'.replace("\ud800", "\\"), "{}{}"]) {
        expect((await ask(server.port, post("/echo", body))).status).toBe(400);
      }
      const notUtf8 = Buffer.concat([
        Buffer.from(
          "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\n",
        ),
        Buffer.from([0x22, 0xc3, 0x28, 0x22]),
      ]);
      expect((await ask(server.port, notUtf8)).status).toBe(400);
    });

    it("not nested deeper than 64 levels", async () => {
      const nest = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
      expect((await ask(server.port, post("/echo", nest(64)))).status).toBe(200);
      expect((await ask(server.port, post("/echo", nest(65)))).status).toBe(400);
      expect((await ask(server.port, post("/echo", nest(500_000)))).status).toBe(400);
      const inString = JSON.stringify("[".repeat(1_000));
      expect((await ask(server.port, post("/echo", inString))).status).toBe(200);
    });

    it("not larger than the limit, by its declared length", async () => {
      const head = "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
      const reply = await ask(server.port, `${head}content-length: ${2 * MIB}\r\n\r\n`);
      expect(reply.status).toBe(413);
      expect(reply.closed).toBe(true);
    });

    it("not larger than the limit, by what arrives", async () => {
      const connection = await RawConnection.open(server.port);
      await connection.send(
        "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
      );
      const chunk = `${(64 * 1024).toString(16)}\r\n${" ".repeat(64 * 1024)}\r\n`;
      for (let count = 0; count < 18; count++) await connection.send(chunk);
      expect((await connection.answer()).status).toBe(413);
      connection.end();
    });

    it("as a stream, larger than it would keep in memory", async () => {
      const connection = await RawConnection.open(server.port);
      const total = 32 * MIB;
      await connection.send(`POST /count HTTP/1.1\r\nhost: a\r\ncontent-length: ${total}\r\n\r\n`);
      const block = new Uint8Array(MIB);
      for (let sent = 0; sent < total; sent += MIB) await connection.send(block);
      expect(JSON.parse((await connection.answer()).body)).toEqual({ bytes: total });
      connection.end();
    });
  });

  it("streams an answer no faster than its reader reads", async () => {
    const connection = await RawConnection.open(server.port);
    await connection.send("GET /flood HTTP/1.1\r\nhost: a\r\n\r\n");
    const reply = await connection.answer();
    expect(reply.body.length).toBe(16 * MIB);
    connection.end();
  });

  it("survives a caller that leaves in the middle of anything", async () => {
    const half = post("/echo", "x".repeat(1_000)).slice(0, 200);
    for (const bytes of [
      half,
      "GET /flood HTTP/1.1\r\nhost: a\r\n\r\n",
      "POST /count HTTP/1.1\r\nhost: a\r\ncontent-length: 99\r\n\r\nabc",
    ]) {
      const connection = await RawConnection.open(server.port);
      await connection.send(bytes);
      connection.end();
    }
    expect((await ask(server.port, "GET /here HTTP/1.1\r\nhost: a\r\n\r\n")).status).toBe(200);
  });

  it("survives noise", async () => {
    for (const noise of [
      "\r\n\r\n",
      "\0\0\0\0",
      "GET",
      "GET / HTTP/9.9\r\n\r\n",
      "x".repeat(100_000),
      "GET /here HTTP/1.1\r\nx\r\n\r\n",
    ]) {
      const connection = await RawConnection.open(server.port);
      await connection.send(noise);
      connection.socket.end();
      await connection.until(() => false);
    }
    expect((await ask(server.port, "GET /here HTTP/1.1\r\nhost: a\r\n\r\n")).status).toBe(200);
  });

  it("counts requests by their pattern, never by their path", async () => {
    seen.length = 0;
    await ask(server.port, "GET /things/secret HTTP/1.1\r\nhost: a\r\n\r\n");
    await ask(server.port, "GET /elsewhere HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(seen).toEqual(["GET /things/{id} 200", "GET unmatched 404"]);
  });
});

describe("a server that drains", () => {
  it("refuses new work with 503, answers what may be answered, and closes", async () => {
    const server = await serve(ROUTES);
    const connection = await RawConnection.open(server.port);
    await connection.send("GET /here HTTP/1.1\r\nhost: a\r\n\r\n");
    expect((await connection.answer()).closed).toBe(false);
    const other = await RawConnection.open(server.port);
    await other.send("GET /here HTTP/1.1\r\nhost: a\r\n\r\n");
    await other.answer();
    server.drain();
    await other.send("GET /here HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(await other.answer()).toMatchObject({ status: 200, closed: true });
    await connection.send("GET /things/1 HTTP/1.1\r\nhost: a\r\n\r\n");
    const refused = await connection.answer();
    expect(refused).toMatchObject({ status: 503, closed: true });
    expect(refused.head).toMatch(/retry-after: 1/);
    expect(await ask(server.port, "GET /here HTTP/1.1\r\nhost: a\r\n\r\n")).toMatchObject({ status: 200 });
    await server.close(1_000);
    await expect(RawConnection.open(server.port)).rejects.toThrow(/ECONNREFUSED/);
    await server.close(1_000);
  });

  it("waits for a request in progress", async () => {
    let finish: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow: Route = {
      method: "GET",
      pattern: "/slow",
      access: "open",
      handle: async () => {
        await held;
        return plain(200, "done");
      },
    };
    const server = await serve([slow]);
    const connection = await RawConnection.open(server.port);
    await connection.send("GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
    await expect.poll(() => server.requestCount).toBe(1);
    const closing = server.close(10_000);
    finish?.();
    expect(await connection.answer()).toMatchObject({ status: 200, closed: true });
    await closing;
  });

  it("says which port was taken, also by another of its kind", async () => {
    const server = await serve(ROUTES);
    await expect(serve(ROUTES, { port: server.port })).rejects.toMatchObject({ code: "PORT_TAKEN" });
    await server.close(1_000);
  });

  it("leaves its port to a successor at once, although connections were open", async () => {
    const first = await serve(ROUTES);
    const connection = await RawConnection.open(first.port);
    await connection.send("GET /here HTTP/1.1\r\nhost: a\r\n\r\n");
    await connection.answer();
    await first.close(0);
    await connection.until(() => false);
    const second = await serve(ROUTES, { port: first.port });
    expect((await ask(second.port, "GET /here HTTP/1.1\r\nhost: a\r\n\r\n")).status).toBe(200);
    await second.close(0);
  });
});
