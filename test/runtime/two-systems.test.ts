// Two systems in one process number their actors alike; a ref never means somebody of the other system.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ActorRef,
  type ActorSystem,
  createSystem,
  defineActor,
  routerOf,
  serviceKey,
} from "../../src/index.js";
import { Counter, Echo } from "../fixtures/counter.js";

type Deed = "stop" | "restart" | "watch" | "unwatch" | "link" | "unlink" | "tell" | "stream" | "forward";

const Meddler = defineActor({
  name: "Meddler",
  state: () => ({}),
  on: {
    do: async (ctx, { deed, to }: { deed: Deed | "ask" | "register"; to: ActorRef }) => {
      if (deed === "ask") return ctx.ask(to, "get");
      if (deed === "register") return ctx.registry.register("stray", to);
      (ctx[deed] as (ref: ActorRef, method: string) => unknown)(to, "get");
    },
  },
});

const OTHER = { code: "OTHER_SYSTEM", message: expect.stringContaining("belongs to another actor system") };

let [own, other]: ActorSystem[] = [];
let [mine, theirs]: ActorRef[] = [];
beforeAll(async () => {
  const options = { threads: 1, log: { log: () => undefined } };
  [own, other] = await Promise.all([createSystem(options), createSystem(options)]);
  mine = own.spawn(Counter, { on: 1, args: { start: 1 } });
  theirs = other.spawn(Counter, { on: 1, args: { start: 2 } });
  await Promise.all([mine.ask("get"), theirs.ask("get")]);
});
afterAll(() => Promise.all([own?.shutdown(), other?.shutdown()]));

describe("a ref of another system", () => {
  it("is never equal to one of this system, though both are numbered alike", () => {
    expect(theirs?.id).toBe(mine?.id);
    expect(theirs?.equals(mine as ActorRef)).toBe(false);
    expect(mine?.equals(theirs as ActorRef)).toBe(false);
  });

  it("is refused by the other one for whatever it would do to its actor", async () => {
    const [system, stray] = [own as ActorSystem, theirs as ActorRef];
    expect(() => system.stop(stray)).toThrow(expect.objectContaining(OTHER));
    expect(() => system.watch(stray, () => undefined)).toThrow(expect.objectContaining(OTHER));
    await expect(system.trace(stray, () => undefined)).rejects.toMatchObject(OTHER);
    await expect(system.replayDeadLetters({}, stray)).rejects.toMatchObject(OTHER);
    await expect(system.registry.register("stray", stray)).rejects.toMatchObject(OTHER);
    await expect(system.registry.join(serviceKey("strays", Counter), stray)).rejects.toMatchObject(OTHER);
    expect(() => routerOf([mine as ActorRef, stray])).toThrow(expect.objectContaining(OTHER));
    const deeds = ["stop", "restart", "watch", "unwatch", "link", "unlink", "tell", "stream", "forward"];
    for (const deed of [...deeds, "ask", "register"])
      await expect(
        (system.spawn(Meddler, { on: 0 }) as ActorRef).ask("do", { deed, to: stray }),
        deed,
      ).rejects.toMatchObject(OTHER);
    expect(await Promise.all([mine?.ask("get"), stray.ask("get")])).toEqual([1, 2]);
  });

  it("is refused in a message to another thread, with its path, and works by itself", async () => {
    const echo = (own as ActorSystem).spawn(Echo, { on: 1 });
    const payload = { to: [mine, theirs] };
    expect(() => echo.tell("hear", payload)).toThrow(
      "payload.to[1]: a ref of another actor system cannot travel",
    );
    await expect(echo.ask("echo", Object.assign(new Error("x"), { data: { theirs } }))).rejects.toMatchObject(
      {
        code: "ENCODE",
        message: expect.stringContaining("payload.data.theirs: a ref of another actor system"),
      },
    );
    expect(((await echo.ask("echo", { mine })) as { mine: ActorRef }).mine.equals(mine as ActorRef)).toBe(
      true,
    );
    const here = (own as ActorSystem).spawn(Echo, { on: 0 });
    expect(await ((await here.ask("echo", theirs)) as ActorRef).ask("get")).toBe(2);
  });
});
