// What cannot be meant or cannot travel is refused in its own name, before anything is sent, and harms nothing else.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { ClientError, connect, type HiveClient } from "../../src/client.js";
import { packPlain } from "../../src/wire/codec.js";
import { WholeHub } from "./client-rig.js";
import { Counter } from "./counter.js";

let hub: WholeHub;
let client: HiveClient;
beforeAll(async () => {
  hub = await WholeHub.open();
  hub.handle.system.spawn(Counter, { name: "c1", args: {}, on: 1 });
  client = hub.client();
});
afterAll(() => hub.close());

/** What a promise rejects with. */
async function errorOf(promise: Promise<unknown>): Promise<ClientError> {
  return promise.then(
    (value) => expect.fail(`nothing was refused: ${String(value)}`),
    (error) => {
      expect(error).toBeInstanceOf(ClientError);
      return error;
    },
  );
}

class Hollow {
  get [Symbol.toStringTag]() {
    return "Hollow";
  }
}

describe("a call of an actor that cannot be meant", () => {
  const ring: unknown[] = [];
  ring.push(ring);
  const unsendable: readonly [what: string, value: unknown, message: RegExp][] = [
    ["a map", { a: new Map([[1, 2]]) }, /^payload\.a: a Map cannot travel to a hub: send an object/],
    ["a map with texts as keys", new Map([["a", 1]]), /^payload: a Map/],
    ["a set", [new Set([1])], /^payload\[0\]: a Set/],
    ["an error", { deep: [{ x: new Error("no") }] }, /^payload\.deep\[0\]\.x: an Error/],
    ["a pattern", /x/, /^payload: a RegExp/],
    ["a huge bigint", { n: 2n ** 70n }, /^payload\.n: a bigint of more than 64 bits/],
    ["a small bigint", { n: 5n }, /^payload\.n: a bigint this small would arrive as a number/],
    ["a function", { f: () => 1 }, /^payload\.f: a Function cannot travel/],
    ["what has no fields", { a: new Hollow() }, /^payload\.a: a Hollow cannot travel/],
    ["a field __proto__", JSON.parse('{"a":{"__proto__":1}}'), /^payload\.a: has a field __proto__/],
    ["what contains itself", ring, /^payload\[0\]: is payload again/],
    ["what is too deep", JSON.parse(`${"[".repeat(70)}${"]".repeat(70)}`), /nests deeper than 64 levels/],
  ];

  it.each(unsendable)(
    "is refused with the path to %s, and what is in flight goes on",
    async (_, value, why) => {
      const other = client.actor<typeof Counter>("/user/c1");
      const waiting = [other.ask("wait", 30), other.ask("wait", 30)];
      await other.ask("get");
      for (const call of [other.ask("echo", value), other.tell("echo", value)]) {
        const { code, message } = await errorOf(call);
        expect(code).toBe("ENCODE");
        expect(message).toMatch(why);
      }
      expect((await errorOf(client.actor("/user/c1").stream("echo", value).next())).code).toBe("ENCODE");
      expect(await Promise.all(waiting)).toEqual(["waited", "waited"]);
    },
  );

  it("is refused at once, hub or no hub", async () => {
    const lonely = connect({ url: "http://127.0.0.1:1" });
    expect((await errorOf(lonely.actor("/user/c1").ask("echo", new Set()))).code).toBe("ENCODE");
    await lonely.close();
  });

  it("is refused for its path or method, and what is in flight goes on", async () => {
    const waiting = client.actor("/user/c1").ask("wait", 30);
    await client.actor("/user/c1").ask("get");
    for (const path of ["nonsense", "", `/${"x".repeat(2_000)}`, 5 as never, undefined as never]) {
      const ref = client.actor(path);
      for (const call of [ref.ask("get"), ref.tell("get"), ref.stream("get").next()]) {
        expect(await errorOf(call)).toMatchObject({
          code: "VALIDATION_ERROR",
          fieldErrors: [{ field: "path" }],
        });
      }
      expect(() => ref.watch(() => undefined)).toThrow(expect.objectContaining({ code: "VALIDATION_ERROR" }));
    }
    for (const method of ["", "x".repeat(101), undefined as never]) {
      const { code, fieldErrors } = await errorOf(client.actor("/user/c1").ask(method));
      expect([code, fieldErrors[0]?.field]).toEqual(["VALIDATION_ERROR", "method"]);
    }
    expect(await waiting).toBe("waited");
  });

  it("is told from one that can: what arrives is what was sent", async () => {
    const ref = client.actor<typeof Counter>("/user/c1");
    const value = {
      texts: ["grüße", ""],
      numbers: [1, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60],
      big: [2n ** 60n, -(2n ** 63n), 2n ** 64n - 1n],
      bytes: new Uint8Array([1, 2]),
      floats: new Float64Array([1.5]),
      when: new Date(5),
      nothing: [null, undefined],
      missing: undefined,
      nested: { a: { b: [{ c: true }] } },
    };
    expect(await ref.ask("echo", value)).toEqual(value);
    expect(await ref.ask("echo", new URL("http://x/y"))).toBe("http://x/y");
    const same = { a: 1 };
    expect(await ref.ask("echo", [same, same])).toEqual([same, same]);
  });
});

describe("a time limit", () => {
  const warnings: string[] = [];
  const keep = (warning: Error): void => void warnings.push(warning.name);
  beforeAll(() => void process.on("warning", keep));
  afterAll(() => void process.off("warning", keep));
  const never = [0, Number.POSITIVE_INFINITY, 2 ** 31 - 1, 2 ** 40, undefined];
  const wrong = [Number.NaN, -1, Number.NEGATIVE_INFINITY, "5" as never, null as never];

  it.each(never)("of %s bounds no ask, stream or wait that takes a moment", async (timeoutMs) => {
    const options = { timeoutMs } as { timeoutMs: number };
    const ref = client.actor<typeof Counter>("/user/c1");
    const { task_id: id } = await client.tasks.create({
      description: "nap",
      type: "nap",
      parameters: { ms: 30 },
    });
    const [waited, task, element] = await Promise.all([
      ref.ask("wait", 30, options),
      client.tasks.wait(id, options),
      client.actor<typeof Counter>("/user/c1").stream("slowly", 30, options).next(),
    ]);
    expect([waited, task.status, element.value]).toEqual(["waited", "completed", 30]);
    await new Promise(setImmediate);
    expect(warnings).not.toContain("TimeoutOverflowWarning");
  });

  it("of 0 outlasts the 5 s that an ask has otherwise", { timeout: 20_000 }, async () => {
    const asking = client.actor<typeof Counter>("/user/c1").ask("wait", 5_300, { timeoutMs: 0 });
    expect(await asking).toBe("waited");
  });

  it.each(wrong)("of %s is refused, of that one call", async (timeoutMs) => {
    const ref = client.actor<typeof Counter>("/user/c1");
    const waiting = ref.ask("wait", 20);
    await ref.ask("get");
    for (const call of [ref.ask("get", undefined, { timeoutMs }), client.tasks.wait("any", { timeoutMs })]) {
      const { code, message } = await errorOf(call);
      expect([code, message]).toEqual([
        "OPTIONS",
        `timeoutMs: ${String(timeoutMs)}; give milliseconds from 0 up, or 0 for no limit`,
      ]);
    }
    expect(() => ref.stream("slowly", 1, { timeoutMs })).toThrow(
      expect.objectContaining({ code: "OPTIONS" }),
    );
    expect(await waiting).toBe("waited");
  });
});

describe("an option that a call does not know", () => {
  it("is refused with those that it takes", async () => {
    const ref = client.actor("/user/c1");
    const options = { timeout: 5 } as never;
    const takes = "knows no timeout; it takes timeoutMs, signal";
    expect((await errorOf(ref.ask("get", undefined, options))).message).toBe(`ask ${takes}`);
    expect((await errorOf(client.tasks.wait("any", options))).message).toBe(`wait ${takes}`);
    expect(() => ref.stream("slowly", 1, options)).toThrow(`stream ${takes}, window`);
  });
});

describe("a connection that the hub closes", () => {
  it("says why, to every call that was on it", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    const closes = [
      (send: (frame: unknown) => void, close: (code: number, reason: string) => void) => {
        send({ kind: "error", error: { code: "BAD_MESSAGE", message: "The message is odd." } });
        close(1003, "the message is not a frame");
      },
      (_: unknown, close: (code: number, reason: string) => void) => close(1001, "the hub is stopping"),
    ];
    server.on("connection", (socket) => {
      const close = closes.shift();
      socket.once("message", () =>
        close?.(
          (frame) => socket.send(packPlain(frame)),
          (code, reason) => socket.close(code, reason),
        ),
      );
    });
    const visitor = connect({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const first = await errorOf(visitor.actor("/user/x").ask("get"));
    expect(first).toMatchObject({
      code: "CONNECTION_LOST",
      data: { close_code: 1003, close_reason: "the message is not a frame" },
      cause: { code: "BAD_MESSAGE" },
    });
    expect(first.message).toMatch(
      /closed it with 1003: the message is not a frame; BAD_MESSAGE: The message is odd/,
    );
    const second = await errorOf(visitor.actor("/user/x").stream("count").next());
    expect(second.message).toMatch(/in the middle of the stream.* closed it with 1001: the hub is stopping$/);
    await visitor.close();
    server.close();
  });
});
