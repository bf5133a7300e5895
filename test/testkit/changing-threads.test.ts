// Fifty seeds of a small world whose threads come and go: added, drained, ended with actors still on them, lost.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

const SEEDS = 50;

/** Asks that wait for the test. One isolate, one run at a time. */
const held: ((answer: string) => void)[] = [];

const Member = defineActor({
  module: "simulated",
  name: "ChangingMember",
  state: () => ({ heard: 0 }),
  concurrent: ["hold"],
  supervision: { intensity: { restarts: 100, withinMs: 1_000 } },
  on: {
    hear(ctx) {
      ctx.state.heard++;
    },
    echo: (_ctx, value: unknown) => value,
    askOther: (ctx, other: ActorRef) => ctx.ask(other, "echo", 1, { timeoutMs: 50 }),
    never: (ctx) =>
      new Promise((_resolve, reject) =>
        ctx.signal.addEventListener("abort", () => reject(new Error("late"))),
      ),
    hold: () => new Promise<string>((resolve) => held.push(resolve)),
    askToHold: (ctx, other: ActorRef) => ctx.ask(other, "hold", undefined, { timeoutMs: 0 }),
    spawn: (ctx, on: number): ActorRef => ctx.spawn(Child, { on }),
  },
});

const Child = defineActor({
  module: "simulated",
  name: "ChangingChild",
  state: () => undefined,
  on: { echo: (_ctx, value: unknown) => value, hear: () => undefined },
});

async function runWorld(seed: number) {
  const sim = new Simulation({ seed, definitions: [Member, Child] });
  const threads = [1, 2];
  const members: ActorRef[] = [];
  const ended: number[] = [];
  const outcomes: Promise<string>[] = [];
  const adopt = (ref: ActorRef) => {
    const at = members.push(ref) - 1;
    ended.push(0);
    sim.watch(ref, () => {
      ended[at] = (ended[at] ?? 0) + 1;
    });
  };
  const note = (answer: Promise<unknown>) => {
    outcomes.push(
      answer.then(
        () => "answered",
        (error: { code?: string; message: string }) => error.code ?? error.message,
      ),
    );
  };
  const pick = <T>(from: readonly T[]) => from[sim.random.below(from.length)] as T;
  for (let i = 0; i < 4; i++) adopt(sim.spawn(Member, { on: pick(threads) }));
  for (let round = 0; round < 80; round++) {
    const wish = sim.random.below(14);
    if (wish < 2)
      adopt(sim.spawn(Member, { on: pick([pick(threads), "any", { key: `k${round}` }] as const) }));
    else if (wish < 5) note(pick(members).ask("askOther", pick(members)));
    else if (wish === 5) note(pick(members).ask("never", undefined, { timeoutMs: 0 }));
    else if (wish < 8) pick(members).tell("hear");
    else if (wish === 8)
      pick(members)
        .ask("spawn", pick(threads))
        .then(adopt, () => undefined);
    else if (wish === 9 && threads.length < 5) threads.push(sim.addThread());
    else if (wish === 10 && threads.length > 1) {
      const leaving = threads.splice(sim.random.below(threads.length), 1)[0] as number;
      sim.closeThread(leaving);
      for (let steps = sim.random.below(30); steps > 0; steps--) await sim.step();
      sim.retireThread(leaving);
    } else if (wish === 11) await sim.loseThread(pick(threads));
    else pick(members).tell("hear");
    for (let steps = sim.random.below(8); steps > 0; steps--) await sim.step(60_000);
  }
  await sim.run(60_000);
  for (const member of members) sim.stop(member);
  await sim.run(120_000);
  return { sim, ended, outcomes: await Promise.all(outcomes), threads };
}

describe("a system whose threads come and go", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`settles every ask and says one word per watch under seed ${seed}`, async () => {
      const { sim, ended, outcomes } = await runWorld(seed);
      expect(ended, `one Terminated per watch, seed ${seed}`).toEqual(ended.map(() => 1));
      expect(outcomes.length).toBeGreaterThan(0);
      expect(sim.leftovers(), `nothing is left, seed ${seed}`).toMatchObject({
        actors: 0,
        openAsks: 0,
        watches: 0,
      });
    });
  }

  it("an answer to a thread that is gone settles no ask of the one that has its number now", async () => {
    held.length = 0;
    const sim = new Simulation({ seed: 1, definitions: [Member, Child] });
    await sim.loseThread(1);
    const [one, two] = [1, 2].map((on) => sim.spawn(Member, { on })) as [ActorRef, ActorRef];
    const ask = () =>
      two.ask("askToHold", one, { timeoutMs: 0 }).catch((error: { code: string }) => error.code);
    const first = ask();
    await sim.run(1_000);
    await sim.loseThread(2);
    const second = ask();
    await sim.run(2_000);
    expect(held).toHaveLength(2);
    held[0]?.("stale");
    await sim.run(3_000);
    held[1]?.("fresh");
    await sim.run(4_000);
    expect(await Promise.all([first, second])).toEqual(["THREAD_LOST", "fresh"]);
  });
});
