// Names and service keys, on real threads.

import { expect, expectTypeOf, it } from "vitest";
import { type ActorRef, NameTaken, type ServiceKey, serviceKey } from "../../src/index.js";
import { Counter } from "../fixtures/counter.js";
import { Counterpart, Steady, Trader, Traders } from "../fixtures/market.js";
import { describeSystems } from "./everywhere.js";

describeSystems((system, label) => {
  const spawn = (on: "this" | number, restart: "permanent" | "temporary" = "permanent") =>
    system().spawn(Trader, { on, restart });
  const traders = (count: number) => Array.from({ length: count }, (_, i) => spawn(i % 3 || "this"));
  const ended = (ref: ActorRef) => new Promise<void>((resolve) => void system().watch(ref, () => resolve()));
  const stopped = (ref: ActorRef) => {
    const end = ended(ref);
    system().stop(ref);
    return end;
  };
  const idsOf = (refs: readonly ActorRef[]) => refs.map(({ id }) => id);
  const membersFrom = async (asker: ActorRef, key: ServiceKey) => idsOf(await asker.ask("members", key));
  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise(setImmediate);
  }

  it("gives a name to one actor, however many want it at once from all threads", async () => {
    const all = traders(9);
    for (let round = 0; round < 30; round++) {
      const name = `race ${round}`;
      const answers: string[] = await Promise.all(all.map((trader) => trader.ask("claim", name)));
      const winners = all.filter((_trader, i) => answers[i] === "mine");
      expect(winners).toHaveLength(1);
      const [winner] = winners as [ActorRef];
      expect(new Set(answers)).toEqual(new Set(["mine", winner.id]));
      for (const trader of all.slice(0, 3))
        expect((await trader.ask("find", name))?.equals(winner)).toBe(true);
      await all[round % 9]?.ask("giveBack", name);
      expect(await system().registry.whereIs(name)).toBeUndefined();
    }
    for (const trader of all) system().stop(trader);
  });

  it("says who has a name that is taken", async () => {
    const path = `holder ${label}`;
    const holder = system().spawn(Trader, { on: 1, name: path });
    const other = spawn(2);
    await holder.ask("claim", "taken");
    await holder.ask("claim", "taken");
    const refused = system().registry.register("taken", other);
    await expect(refused).rejects.toBeInstanceOf(NameTaken);
    await expect(refused).rejects.toMatchObject({ code: "NAME_TAKEN", data: { holder: holder.id } });
    await expect(refused).rejects.toThrow(`"taken" is the name of /user/${path}`);
    await expect(system().registry.register("", other)).rejects.toThrow("give 1 to 256 characters");
    await stopped(holder);
    system().stop(other);
  });

  it("frees a name with the end of its actor: by a stop, by a fault, or with its thread", async () => {
    const { registry } = system();
    const heir = spawn("this");
    for (const on of ["this", 1, 2] as const) {
      const name = `freed on ${on}`;
      for (const end of ["stop", "fail", "thread"] as const) {
        if (end === "thread" && on === "this") continue;
        const holder = spawn(on, "temporary");
        expect(await holder.ask("claim", name)).toBe("mine");
        const gone = ended(holder);
        if (end === "stop") system().stop(holder);
        else if (end === "fail") holder.tell("fail");
        else await system().restartThread(Number(on));
        await gone;
        expect(await registry.whereIs(name)).toBeUndefined();
        await registry.register(name, heir);
        await registry.unregister(name);
        await expect(registry.register(name, holder)).rejects.toMatchObject({ code: "NO_ACTOR" });
        await expect(registry.join(Traders, holder)).rejects.toMatchObject({ code: "NO_ACTOR" });
      }
    }
    await stopped(heir);
  });

  it("keeps name and membership over a restart, and over a lost thread for one that is reborn", async () => {
    const { registry } = system();
    const key = serviceKey("steadies", Steady);
    const [failing, lost] = [1, 2].map((on) => system().spawn(Steady, { on })) as [ActorRef, ActorRef];
    await Promise.all([failing.ask("members"), lost.ask("members")]);
    for (const [name, ref] of Object.entries({ failing, lost })) {
      await registry.register(name, ref);
      await registry.join(key, ref);
    }
    await expect(failing.ask("fail")).rejects.toThrow("on purpose");
    expect(await failing.ask("prices")).toEqual([]);
    await system().restartThread(2);
    expect(await lost.ask("prices", undefined, { timeoutMs: 0 })).toEqual([]);
    for (const [name, ref] of Object.entries({ failing, lost }))
      expect((await registry.whereIs(name))?.equals(ref)).toBe(true);
    expect(idsOf(await registry.members(key))).toEqual([failing.id, lost.id]);
    for (const ref of [failing, lost]) await stopped(ref);
    await until(async () => (await registry.members(key)).length === 0);
  });

  it("knows the members of a service on every thread, oldest first, until they leave or are gone", async () => {
    const key = serviceKey("members", Trader);
    const all = traders(6);
    for (const trader of all) await trader.ask("join", key);
    const [here, one, two] = all.map(({ id }) => id);
    for (const trader of all) expect(await membersFrom(trader, key)).toEqual(idsOf(all));
    await Promise.all(all.slice(3).map((trader) => trader.ask("leave", key)));
    expect(idsOf(await system().registry.members(key))).toEqual([here, one, two]);
    await stopped(all[1] as ActorRef);
    await until(async () => (await system().registry.members(key)).length === 2);
    expect(await membersFrom(all[5] as ActorRef, key)).toEqual([here, two]);
    for (const trader of all) system().stop(trader);
  });

  it("tells a subscriber the members at once and after each change, on whatever thread", async () => {
    const key = serviceKey("told");
    const [here, one, two, guest] = [spawn("this"), spawn(1), spawn(2), spawn(2)];
    const all = [here, one, two] as const;
    const lists = (trader: ActorRef): Promise<string[][]> => trader.ask("lists");
    const told = (ids: string[]) =>
      Promise.all(
        all.map((trader) =>
          until(async () => JSON.stringify((await lists(trader)).at(-1)) === JSON.stringify(ids)),
        ),
      );
    for (const trader of all) await trader.ask("follow", { key });
    await told([]);
    await guest.ask("join", key);
    await told([guest.id]);
    await one.ask("join", key);
    await told([guest.id, one.id]);
    await stopped(guest);
    await told([one.id]);
    for (const trader of all)
      expect(await lists(trader)).toEqual([[], [guest.id], [guest.id, one.id], [one.id]]);
    await two.ask("unfollow", key);
    await one.ask("leave", key);
    await until(async () => (await lists(here)).length === 5);
    expect(await lists(two)).toHaveLength(4);
    for (const trader of all) await stopped(trader);
  });

  it("tells a subscriber only lists that were true, and at last the one that is", async () => {
    const key = serviceKey("flicker");
    const [watcher, one, two] = [spawn("this"), spawn(1), spawn(2)];
    for (const trader of [watcher, one, two]) await trader.ask("follow", { key });
    await watcher.ask("join", key);
    await Promise.all([one, two].map((trader) => trader.ask("flicker", { key, times: 100 })));
    for (const trader of [watcher, one, two]) {
      await until(async () => ((await trader.ask("lists")) as string[][]).at(-1)?.length === 1);
      const lists = (await trader.ask("lists")) as string[][];
      expect(Math.max(...lists.map(({ length }) => length))).toBeLessThanOrEqual(3);
      expect(lists.at(-1)).toEqual([watcher.id]);
    }
    for (const trader of [watcher, one, two]) await stopped(trader);
  });

  it("subscribes again with its actor on the successor of a lost thread", async () => {
    const { registry } = system();
    const [steady, member] = [system().spawn(Steady, { on: 2 }), spawn(1)];
    await member.ask("join", Traders);
    const isTold = (ids: string[]) => async () => {
      const members = await steady.ask("members", undefined, { timeoutMs: 0 }).catch(() => undefined);
      return JSON.stringify(members) === JSON.stringify(ids);
    };
    await until(isTold([member.id]));
    await system().restartThread(2);
    await until(isTold([member.id]));
    await registry.leave(Traders, member);
    await until(isTold([]));
    await stopped(steady);
    await stopped(member);
  });

  it("calls a function of the system's user with the members, until it is ended", async () => {
    const key = serviceKey("called", Trader);
    const { registry } = system();
    const lists: string[][] = [];
    const end = registry.subscribe(key, (members) => lists.push(idsOf(members)));
    const [one, two] = [spawn(1), spawn(2)];
    await one.ask("join", key);
    await registry.join(key, two);
    await stopped(one);
    await until(async () => lists.length === 4);
    expect(lists).toEqual([[], [one.id], [one.id, two.id], [two.id]]);
    end();
    end();
    await stopped(two);
    expect(idsOf(await registry.members(key))).toEqual([]);
    expect(lists).toHaveLength(4);
  });

  it("refuses a subscription by a method that the actor does not have", async () => {
    const trader = spawn(1);
    const refused = trader.ask("follow", { key: Traders, method: "onMember" });
    await expect(refused).rejects.toMatchObject({ code: "NO_METHOD" });
    await expect(refused).rejects.toThrow("onMembers");
    await stopped(trader);
  });

  it("types refs by the definition behind the key or the name", async () => {
    const { registry } = system();
    const key = serviceKey<typeof Counterpart>("typed");
    const ref = system().spawn(Counterpart, { on: "this" });
    await registry.join(key, ref);
    await registry.register("typed", ref);
    const [member] = await registry.members(key);
    expectTypeOf(member?.ask("echo", 1)).toEqualTypeOf<Promise<number> | undefined>();
    const found = await registry.whereIs("typed", Counterpart);
    expectTypeOf(found?.ask("echo", 1)).toEqualTypeOf<Promise<number> | undefined>();
    // @ts-expect-error a Counter is no Counterpart
    const wrong = registry.join(key, system().spawn(Counter, { on: "this", name: `wrong ${label}` }));
    await wrong;
    expect(await found?.ask("echo", 7)).toBe(7);
    for (const one of await registry.members(key)) await stopped(one);
  });
});
