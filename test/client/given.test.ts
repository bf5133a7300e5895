// What a caller gives to tasks, agents and blobs: what cannot be meant or written is refused at once and by name.

import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ClientError, connect, type HiveClient } from "../../src/client.js";
import { WholeHub } from "./client-rig.js";

let hub: WholeHub;
let client: HiveClient;
beforeAll(async () => {
  hub = await WholeHub.open();
  client = hub.client();
});
afterAll(() => hub.close());

/** What a promise rejects with, which must come at once: nothing of this is worth a second attempt. */
async function refusalOf(promise: Promise<unknown>): Promise<ClientError> {
  const startMs = performance.now();
  const error = await promise.then(
    (value) => expect.fail(`nothing was refused: ${JSON.stringify(value)}`),
    (thrown) => thrown,
  );
  // Attempts that are made again take half a minute.
  expect(performance.now() - startMs).toBeLessThan(10_000);
  return error;
}

const parametersOf = (parameters: unknown) => ({ description: "x", parameters }) as never;

describe("what JSON cannot hold, or would change in silence,", () => {
  const ring: Record<string, unknown> = {};
  ring["self"] = ring;
  const unsendable: readonly [what: string, value: unknown, message: RegExp][] = [
    ["a bigint", { b: 5n }, /^parameters\.b: JSON has no bigint: send it as text$/],
    ["a function", { f: () => 1 }, /^parameters\.f: a Function cannot travel/],
    ["a symbol", { s: [Symbol("s")] }, /^parameters\.s\[0\]: a Symbol cannot travel/],
    ["a map", { m: new Map([["a", 1]]) }, /^parameters\.m: a Map cannot travel to a hub/],
    ["a set", { m: new Set() }, /^parameters\.m: a Set cannot travel to a hub/],
    ["an error", { e: new Error("no") }, /^parameters\.e: an Error/],
    ["no number", { n: [1, Number.NaN] }, /^parameters\.n\[1\]: JSON has no NaN/],
    ["no end", { n: Number.POSITIVE_INFINITY }, /^parameters\.n: JSON has no Infinity/],
    ["a gap in a list", { l: [1, undefined] }, /^parameters\.l\[1\]: JSON has no undefined in a list/],
    ["bytes", { bytes: new Uint8Array(2) }, /^parameters\.bytes: JSON has no bytes: put them by blobs\.put/],
    ["a date that is none", { at: new Date(Number.NaN) }, /^parameters\.at: an invalid Date/],
    ["what contains itself", ring, /^parameters\.self: is parameters again/],
    ["a field __proto__", JSON.parse('{"__proto__":1}'), /^parameters: has a field __proto__/],
  ];

  it.each(unsendable)("is refused with the path to it: %s", async (_, value, why) => {
    for (const call of [
      client.tasks.create(parametersOf(value)),
      client.agents.create({ name: "x", parameters: value } as never),
    ]) {
      const error = await refusalOf(call);
      expect(error).toBeInstanceOf(ClientError);
      expect(error.code).toBe("ENCODE");
      expect(error.message).toMatch(why);
    }
  });

  it("is told from what it holds: dates and addresses become texts, what is undefined was not given", async () => {
    const parameters = { at: new Date(0), where: new URL("http://x/y"), left: undefined, n: [0.5, null] };
    const { task } = await client.tasks.create({ description: "x", type: "nap", parameters });
    expect(task.parameters).toEqual({ at: "1970-01-01T00:00:00.000Z", where: "http://x/y", n: [0.5, null] });
  });
});

describe("a key, or a kind of content, that no header can hold", () => {
  it("is refused by its name", async () => {
    const keyed = client.tasks.create({ description: "x" }, { idempotencyKey: "ключ" });
    const typed = client.blobs.put("x", { mediaType: "a\nb" });
    for (const [call, name] of [
      [keyed, "idempotency-key"],
      [typed, "content-type"],
    ] as const) {
      const { code, message } = await refusalOf(call);
      expect([code, message.split(":")[0]]).toEqual(["OPTIONS", name]);
    }
  });
});

describe("an id that names nothing", () => {
  it.each(["", ".", "..", undefined as never, 5 as never])(
    "is refused, not taken for the list: %j",
    async (id) => {
      const calls = [
        client.tasks.get(id),
        client.tasks.cancel(id),
        client.tasks.retry(id),
        client.tasks.explain(id),
        client.tasks.wait(id),
        client.agents.get(id),
        client.agents.remove(id),
        (async () => {
          for await (const part of client.blobs.open(id)) void part;
        })(),
      ];
      for (const call of calls) {
        const error = await refusalOf(call);
        expect([error.code, error.message]).toEqual([
          "VALIDATION_ERROR",
          expect.stringMatching(/^(task|agent|blob)_id: .* is no id; give the text that the hub answered\.$/),
        ]);
      }
      expect(() => client.tasks.events(id)).toThrow(/^task_id: /);
    },
  );
});

describe("nothing at all in place of a task or an agent", () => {
  it("is refused with what is expected", async () => {
    for (const nothing of [undefined, null, "x", []] as never[]) {
      expect(await refusalOf(client.tasks.create(nothing))).toMatchObject({
        code: "VALIDATION_ERROR",
        message: expect.stringMatching(/^task: .* is no object; give its fields, such as { description/),
      });
      expect(await refusalOf(client.agents.create(nothing))).toMatchObject({ code: "VALIDATION_ERROR" });
    }
  });
});

describe("the content of a blob", () => {
  it("that is no text, bytes or stream is refused", async () => {
    for (const source of [5, null, undefined, true, {}, [1, 2], () => 5] as never[]) {
      const { code, message } = await refusalOf(client.blobs.put(source));
      expect([code, message]).toEqual([
        "VALIDATION_ERROR",
        expect.stringMatching(/ is no content of a blob; give text, bytes, a Blob, a stream of bytes/),
      ]);
    }
    async function* texts() {
      yield "text" as never;
    }
    const error = await refusalOf(client.blobs.put(texts()));
    expect(error.message).toBe(
      "source: a piece of it is of the type string; give pieces of bytes (Uint8Array).",
    );
  });

  it("that fails on its way is failed by its own error, and not tried again", async () => {
    const broken = new Error("the disk is gone");
    let began = 0;
    async function* pieces() {
      began++;
      yield new Uint8Array(10);
      throw broken;
    }
    expect(await refusalOf(client.blobs.put(() => pieces()))).toBe(broken);
    expect(await refusalOf(client.blobs.put(pieces()))).toBe(broken);
    const source = () => {
      began++;
      throw broken;
    };
    expect(await refusalOf(client.blobs.put(source))).toBe(broken);
    const elsewhere = new ClientError("CONNECTION_LOST", "the other hub is gone");
    const passedOn = async function* (): AsyncGenerator<Uint8Array> {
      began++;
      yield new Uint8Array(10);
      throw elsewhere;
    };
    expect(await refusalOf(client.blobs.put(passedOn))).toBe(elsewhere);
    expect(began).toBe(4);
  });

  it("that can be read only once is sent only once, however the hub refuses it", async () => {
    let requests = 0;
    const server = createServer((request, response) => {
      requests++;
      request.resume().on("end", () => {
        const error = { code: "BLOBS_BUSY", message: "later" };
        response.writeHead(503).end(JSON.stringify({ success: false, data: null, error }));
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const visitor = connect({ url: `http://127.0.0.1:${port}`, retryForMs: 500 });
    async function* pieces() {
      yield new Uint8Array(10);
    }
    expect((await refusalOf(visitor.blobs.put(pieces()))).code).toBe("BLOBS_BUSY");
    expect(requests).toBe(1);
    expect((await refusalOf(visitor.blobs.put(() => pieces()))).code).toBe("BLOBS_BUSY");
    expect(requests).toBeGreaterThan(2);
    await visitor.close();
    server.close();
  });
});
