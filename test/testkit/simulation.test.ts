// Fifty seeds of a small world under faults: actors on three threads that tell, ask, crash, stop, and lose their
// threads. Whatever the order of things, the promises hold; and a seed replays exactly.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

const SEEDS = 50;

interface Numbered {
  readonly from: string;
  readonly number: number;
}

interface World {
  /** By receiver and sender: the numbers in the order they came. */
  readonly heard: Map<string, number[]>;
}

/** The world of the run under way. One isolate, one run at a time. */
let world: World = { heard: new Map() };

const Member = defineActor({
  module: "simulated",
  name: "Member",
  state: (args: { name: string }) => ({ ...args, told: 0 }),
  mailbox: { capacity: 64 },
  on: {
    hear(ctx, { from, number }: Numbered) {
      const key = `${ctx.state.name} from ${from}`;
      const heard = world.heard.get(key) ?? [];
      heard.push(number);
      world.heard.set(key, heard);
    },
    tellAll(ctx, { others, count }: { others: ActorRef[]; count: number }) {
      for (let i = 0; i < count; i++) {
        ctx.state.told++;
        for (const other of others)
          other.tell("hear", { from: `${ctx.state.name}.${ctx.random.next()}`, number: i });
      }
    },
    stream(ctx, { to, from, count }: { to: ActorRef; from: number; count: number }) {
      for (let i = 0; i < count; i++) to.tell("hear", { from: ctx.state.name, number: from + i });
    },
    echo: (_ctx, value: unknown) => value,
    askOther: (ctx, { other, value }: { other: ActorRef; value: unknown }) => ctx.ask(other, "echo", value),
    never: (ctx) =>
      new Promise((_resolve, reject) =>
        ctx.signal.addEventListener("abort", () => reject(new Error("late"))),
      ),
    crash(): never {
      throw new Error("on purpose");
    },
    leave(ctx) {
      ctx.stop();
    },
  },
});

/** Everything that can be observed of one run. */
interface Outcome {
  readonly settled: string[];
  readonly ended: number[];
  readonly heard: [string, number[]][];
  readonly leftovers: ReturnType<Simulation["leftovers"]>;
  readonly steps: number;
  readonly events: number;
}

async function runWorld(seed: number): Promise<Outcome> {
  world = { heard: new Map() };
  const sim = new Simulation({ seed, definitions: [Member] });
  const restarts = ["permanent", "transient", "temporary"] as const;
  const members = Array.from({ length: 9 }, (_, i) => {
    const restart = restarts[sim.random.below(3)] as "permanent";
    return sim.spawn(Member, { name: `m${i}`, on: i % 3, args: { name: `m${i}` }, restart });
  });
  const pick = () => members[sim.random.below(members.length)] as (typeof members)[number];
  const ended = members.map(() => 0);
  members.forEach((member, i) => {
    sim.watch(member, () => {
      ended[i] = (ended[i] ?? 0) + 1;
    });
  });
  const settled: string[] = [];
  let asked = 0;
  const ask = (answer: Promise<unknown>) => {
    const serial = asked++;
    answer.then(
      () => settled.push(`${serial} answered`),
      (error: { code?: string; message: string }) => settled.push(`${serial} ${error.code ?? error.message}`),
    );
  };
  let streamed = 0;
  for (let round = 0; round < 60; round++) {
    const wish = sim.random.below(16);
    if (wish < 5) {
      pick().tell("stream", { to: pick(), from: streamed, count: 40 });
      streamed += 40;
    } else if (wish < 8)
      ask(
        pick().ask("askOther", {
          other: pick(),
          value: { round, text: "x".repeat(sim.random.below(6_000)) },
        }),
      );
    else if (wish < 10) ask(pick().ask("echo", round, { timeoutMs: 1 + sim.random.below(50) }));
    else if (wish === 10) ask(pick().ask("never", undefined, { timeoutMs: 20 }));
    else if (wish === 11) pick().tell("crash");
    else if (wish === 12) pick().tell("leave");
    else if (wish === 13) sim.stop(pick());
    else if (wish === 14) sim.loseThread(1 + sim.random.below(2));
    else pick().tell("tellAll", { others: [pick(), pick()], count: 5 });
    for (let steps = sim.random.below(8); steps > 0; steps--) await sim.step();
  }
  await sim.run();
  for (const member of members) sim.stop(member);
  await sim.run();
  expect(settled, `asks of seed ${seed}`).toHaveLength(asked);
  return {
    settled,
    ended,
    heard: [...world.heard].sort(([a], [b]) => (a < b ? -1 : 1)),
    leftovers: sim.leftovers(),
    steps: sim.steps,
    events: sim.events.length,
  };
}

describe("a simulated system", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`keeps its promises under seed ${seed}`, async () => {
      const { ended, heard, leftovers } = await runWorld(seed);
      for (const [pair, numbers] of heard) {
        const sorted = [...numbers].sort((a, b) => a - b);
        expect(numbers, `${pair}, seed ${seed}`).toEqual(sorted);
        expect(new Set(numbers).size, `${pair} hears nothing twice, seed ${seed}`).toBe(numbers.length);
      }
      expect(ended, `one Terminated per watch, seed ${seed}`).toEqual(ended.map(() => 1));
      expect(leftovers, `nothing is left, seed ${seed}`).toEqual({ actors: 0, openAsks: 0, watches: 0 });
    });
  }

  it("replays a seed exactly", async () => {
    const first = await runWorld(7);
    expect(await runWorld(7)).toEqual(first);
  });

  it("says so when something never comes to rest", async () => {
    const Restless = defineActor({
      name: "Restless",
      state: () => undefined,
      on: {
        go(ctx) {
          ctx.self.tell("go");
        },
      },
    });
    const sim = new Simulation({ seed: 1, definitions: [Restless], threads: 1, stepsMax: 50 });
    sim.spawn(Restless, { on: "this" }).tell("go");
    await expect(sim.run()).rejects.toMatchObject({ code: "SIMULATION_STUCK" });
  });
});
