// Streams over a real socket, from an actor on another thread of a whole hub to a client program, and a raw client that
// keeps to the protocol in its own way.

import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { WebSocket } from "ws";
import type { ClientError, HiveClient } from "../../src/client.js";
import { packPlain, unpackPlain } from "../../src/wire/codec.js";
import { Streamer } from "../fixtures/streamer.js";
import { WholeHub } from "./client-rig.js";

let hub: WholeHub;
let client: HiveClient;
beforeAll(async () => {
  hub = await WholeHub.open();
  client = hub.client();
});
afterAll(() => hub.close());

let spawned = 0;
function spawn() {
  const name = `s${++spawned}`;
  const ref = hub.handle.system.spawn(Streamer, { name, on: 1 });
  return { ref, path: `/user/${name}`, remote: client.actor<typeof Streamer>(`/user/${name}`) };
}

type Spawned = ReturnType<typeof spawn>;

async function collect<E>(stream: AsyncIterable<E>, into: E[] = []): Promise<E[]> {
  for await (const element of stream) into.push(element);
  return into;
}

async function until({ ref }: Spawned, holds: (state: { produced: number; ended: number }) => boolean) {
  for (;;) {
    const state = await ref.ask("state");
    if (holds(state)) return state;
    await new Promise(setImmediate);
  }
}

/** How far the writer is once it does not go on any more, over some rounds through the hub and back. */
async function settled({ ref, remote }: Spawned): Promise<number> {
  let last = -1;
  for (let same = 0; same < 20; ) {
    await remote.ask("state");
    const { produced } = await ref.ask("state");
    same = produced === last ? same + 1 : 0;
    last = produced;
  }
  return last;
}

describe("a stream over the socket", () => {
  it("brings every element in order, typed by the definition, and then ends", async () => {
    const { remote } = spawn();
    const stream = remote.stream("count", 20_000);
    expectTypeOf(stream).toExtend<AsyncIterable<number>>();
    const heard = await collect(stream);
    expect(heard).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    // @ts-expect-error a stream takes its payload
    await remote.stream("count").return();
    // @ts-expect-error what answers once is no stream
    await expect(remote.stream("state").next()).rejects.toMatchObject({ code: "WRONG_CALL" });
    // @ts-expect-error a stream is not asked
    await expect(remote.ask("count", 1)).rejects.toMatchObject({ code: "WRONG_CALL" });
    const untyped = client.actor(remote.path).stream("count", 2, { window: 1 });
    expect(await collect(untyped)).toEqual([0, 1]);
  });

  it("holds its writer back as the reader does, by one window there and one here", async () => {
    const one = spawn();
    const stream = one.remote.stream("endless", undefined, { window: 10 });
    for (let i = 0; i < 25; i++) expect(await stream.next()).toEqual({ done: false, value: i });
    const produced = await settled(one);
    expect(produced).toBeGreaterThan(25);
    expect(produced).toBeLessThanOrEqual(25 + 20);
    await stream.return();
    await until(one, ({ ended }) => ended === 1);
  });

  it("ends its writer when the reader leaves, cancels, or waits too long", async () => {
    const one = spawn();
    for await (const i of one.remote.stream("endless")) if (i >= 30) break;
    await until(one, ({ ended }) => ended === 1);
    const controller = new AbortController();
    const cancelled = one.remote.stream("endless", undefined, { signal: controller.signal });
    await cancelled.next();
    controller.abort();
    await expect(collect(cancelled)).rejects.toMatchObject({ code: "CANCELLED" });
    await until(one, ({ ended }) => ended === 2);
    const slow = one.remote.stream("pause", undefined, { timeoutMs: 30 });
    await slow.next();
    await expect(slow.next()).rejects.toMatchObject({ code: "TIMEOUT" });
    await until(one, ({ ended }) => ended === 3);
  });

  it("fails with the handler's error, or at what is no plain data, after the elements before it", async () => {
    const heard: number[] = [];
    const failing = collect(spawn().remote.stream("failAfter", 500), heard);
    await expect(failing).rejects.toMatchObject({ message: "no more" });
    expect(heard).toHaveLength(500);
    const plain: unknown[] = [];
    await expect(collect(spawn().remote.stream("leaky"), plain)).rejects.toMatchObject({ code: "ENCODE" });
    expect(plain).toEqual(["plain"]);
  });

  it("reaches only actors that are there, and methods that are open to the outside", async () => {
    const { remote } = spawn();
    const codeOf = (stream: AsyncIterator<unknown>) =>
      stream.next().then(
        () => "none",
        ({ code }: ClientError) => code,
      );
    expect(await codeOf(remote.stream("holding"))).toBe("FORBIDDEN");
    expect(await codeOf(client.actor("/user/nobody").stream("count", 1))).toBe("NO_ACTOR");
    expect(await codeOf(remote.stream("count", (() => 1) as never))).toBe("ENCODE");
    for (const window of [0, 1_025]) expect(() => remote.stream("count", 1, { window })).toThrow(/window/);
  });

  it("ends when the client is closed, or the hub goes away, on both sides", async () => {
    const one = spawn();
    const brief = hub.client();
    const closed = brief.actor<typeof Streamer>(one.path).stream("endless");
    await closed.next();
    await brief.close();
    await expect(collect(closed)).rejects.toMatchObject({ code: "CANCELLED" });
    await until(one, ({ ended }) => ended === 1);
    const other = await WholeHub.open();
    other.handle.system.spawn(Streamer, { name: "far", on: 1 });
    const lost = other.client().actor<typeof Streamer>("/user/far").stream("endless");
    await lost.next();
    const reading = expect(collect(lost)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await other.stop();
    await reading;
    await other.close();
  });

  it("ends with THREAD_LOST when its writer's thread is lost", async () => {
    const { remote } = spawn();
    const stream = remote.stream("pause", undefined, { timeoutMs: 0 });
    await stream.next();
    const reading = expect(stream.next()).rejects.toMatchObject({ code: "THREAD_LOST" });
    await hub.handle.system.restartThread(1);
    await reading;
  });

  it("is refused over plain HTTP, which answers once, in words that say where to read it", async () => {
    const { path } = spawn();
    const { status, body } = await hub.request("POST", `/api/actors${path}/count`, 5);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: "WRONG_CALL",
      message: expect.stringContaining("hive.msgpack.v1"),
    });
  });
});

/** A client that speaks the protocol by hand. */
class RawClient {
  readonly socket: WebSocket;
  readonly frames: { kind: string; id: number; values: unknown[]; error: { code: string } }[] = [];

  constructor() {
    const headers = { authorization: `Bearer ${hub.token}` };
    const options = { headers, perMessageDeflate: false };
    this.socket = new WebSocket(`${hub.url.replace("http", "ws")}/ws`, ["hive.msgpack.v1"], options);
    this.socket.on("message", (data) => this.frames.push(unpackPlain(data as Buffer) as never));
    this.socket.on("error", () => undefined);
  }

  send(frame: object): void {
    this.socket.send(packPlain(frame));
  }

  elements(id: number): unknown[] {
    return this.frames.flatMap((frame) => (frame.kind === "elements" && frame.id === id ? frame.values : []));
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.socket, "message");
  }
}

describe("the frames of a stream", () => {
  it("bring as many elements as there is credit for, and no more", async () => {
    const one = spawn();
    const raw = new RawClient();
    await once(raw.socket, "open");
    raw.send({ kind: "stream", id: 1, path: one.path, method: "endless", window: 3 });
    await raw.until(() => raw.elements(1).length === 3);
    await settled(one);
    expect(raw.elements(1)).toEqual([0, 1, 2]);
    raw.send({ kind: "credit", id: 1, count: 2 });
    raw.send({ kind: "credit", id: 7, count: 2 });
    await raw.until(() => raw.elements(1).length === 5);
    await settled(one);
    expect(raw.elements(1)).toEqual([0, 1, 2, 3, 4]);
    raw.send({ kind: "stream", id: 1, path: one.path, method: "count", payload: 2, window: 9 });
    await raw.until(() => raw.frames.some(({ error }) => error?.code === "CONFLICT"));
    raw.send({ kind: "cancel", id: 1 });
    await raw.until(() => raw.frames.some(({ error }) => error?.code === "CANCELLED"));
    raw.send({ kind: "stream", id: 1, path: one.path, method: "count", payload: 2, window: 9 });
    await raw.until(() => raw.frames.at(-1)?.kind === "end");
    expect(raw.elements(1).slice(-2)).toEqual([0, 1]);
    raw.send({ kind: "stream", id: 2, path: one.path, method: "endless", window: 5 });
    await raw.until(() => raw.elements(2).length === 5);
    raw.socket.terminate();
    await until(one, ({ ended }) => ended === 2);
  });

  it("wait for a client that does not read, whatever credit it gave, and so does the writer", async () => {
    const one = spawn();
    const raw = new RawClient();
    await once(raw.socket, "open");
    raw.socket.pause();
    raw.send({
      kind: "stream",
      id: 1,
      path: one.path,
      method: "filling",
      payload: 256 * 1024,
      window: 1_024,
    });
    await until(one, ({ produced }) => produced > 5);
    // The kernel takes some megabytes; what is behind them waits in the actor, not in the hub.
    const before = await settled(one);
    expect(before).toBeLessThan(300);
    const first = raw.elements(1).length;
    raw.socket.resume();
    await raw.until(() => raw.elements(1).length > first + 400);
    expect(raw.socket.readyState).toBe(WebSocket.OPEN);
    raw.socket.terminate();
    await until(one, ({ ended }) => ended === 1);
  });
});
