// Fifty seeds of streams between actors on three threads, under lost threads, crashes, stops, and readers that leave.
// Whatever happens: elements come in order and without a hole, no writer is further ahead than its window, every
// stream ends, and nothing is left open.

import { describe, expect, it } from "vitest";
import { type ActorRef, defineActor } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";

const SEEDS = 50;
const LEGAL = [
  "THREAD_LOST",
  "ACTOR_STOPPED",
  "NO_ACTOR",
  "STALE_INCARNATION",
  "on purpose",
  "TIMEOUT",
  "MAILBOX_FULL",
];

/** How far the writer of each stream got. One isolate, one run at a time. */
let produced = new Map<string, number>();
let broken: string[] = [];

interface Wish {
  readonly key: string;
  readonly window: number;
  readonly take: number;
  readonly of: "plain" | "bursts" | "failing";
}

/** The code of ours, the words of theirs. */
function nameOf(error: Error & { code?: string }): string {
  return error.code === undefined || error.code === "ERROR" ? error.message : error.code;
}

/** Reads a stream and looks at each element; how it ended. */
async function look(stream: AsyncIterable<unknown>, { key, window, take }: Wish): Promise<string> {
  let taken = 0;
  try {
    for await (const element of stream) {
      if ((element as { number: number }).number !== taken) broken.push(`${key}: a hole at ${taken}`);
      taken++;
      const ahead = (produced.get(key) ?? 0) - taken;
      if (ahead > window) broken.push(`${key}: ${ahead} ahead of a window of ${window}`);
      if (taken === take) break;
    }
    return taken === take ? "left" : "ended";
  } catch (error) {
    return nameOf(error as Error);
  }
}

const Member = defineActor({
  module: "simulated",
  name: "Member",
  state: () => undefined,
  concurrent: ["bursts", "read", "failing"],
  on: {
    *plain(_ctx, { key, upTo }: { key: string; upTo: number }) {
      for (let number = 0; number < upTo; number++) {
        produced.set(key, number + 1);
        // Large enough that the rings are full now and then.
        yield { number, text: "x".repeat((number * 37) % 900) };
      }
    },
    async *bursts(ctx, { key, upTo }: { key: string; upTo: number }) {
      for (let number = 0; number < upTo; number++) {
        produced.set(key, number + 1);
        yield { number };
        if (number % 7 === 6) await ctx.ask(ctx.self, "echo", number);
      }
    },
    async *failing(_ctx, { key, upTo }: { key: string; upTo: number }) {
      for (let number = 0; number < upTo; number++) {
        produced.set(key, number + 1);
        yield { number };
      }
      throw new Error("on purpose");
    },
    echo: (_ctx, value: unknown) => value,
    read: (ctx, { from, wish, upTo }: { from: ActorRef; wish: Wish; upTo: number }) =>
      look(ctx.stream(from, wish.of, { key: wish.key, upTo }, { window: wish.window }), wish),
    crash(): never {
      throw new Error("on purpose");
    },
  },
});

async function runWorld(seed: number) {
  produced = new Map();
  broken = [];
  const sim = new Simulation({ seed, definitions: [Member] });
  const members = Array.from({ length: 6 }, (_, i) =>
    sim.spawn(Member, { name: `m${i}`, on: i % 3, restart: "temporary" }),
  );
  const pick = () => members[sim.random.below(members.length)] as (typeof members)[number];
  const ends: string[] = [];
  let begun = 0;
  const note = (end: Promise<string>) => {
    begun++;
    end.then(
      (how) => ends.push(how),
      (error: Error) => ends.push(nameOf(error)),
    );
  };
  for (let round = 0; round < 40; round++) {
    const chance = sim.random.below(20);
    const key = `s${round}`;
    const upTo = sim.random.below(300);
    const of = (["plain", "bursts", "bursts", "failing"] as const)[sim.random.below(4)] as Wish["of"];
    const take = sim.random.below(3) === 0 ? 1 + sim.random.below(100) : Number.POSITIVE_INFINITY;
    const wish: Wish = { key, window: 1 + sim.random.below(40), take, of };
    if (chance < 8) note(look(pick().stream(of, { key, upTo }, { window: wish.window }), wish));
    else if (chance < 15) note(pick().ask("read", { from: pick(), wish, upTo }, { timeoutMs: 0 }));
    else if (chance === 15) pick().tell("crash");
    else if (chance === 16) sim.stop(pick());
    else if (chance === 17) await sim.loseThread(1 + sim.random.below(2));
    else
      members[sim.random.below(members.length)] = sim.spawn(Member, {
        on: sim.random.below(3),
        restart: "temporary",
      });
    for (let steps = sim.random.below(10); steps > 0; steps--) await sim.step();
  }
  await sim.run();
  const openStreams = sim.leftovers().openAsks;
  for (const member of members) sim.stop(member);
  await sim.run();
  return { begun, ends, openStreams, leftovers: sim.leftovers(), steps: sim.steps, broken };
}

describe("streams in a simulated system", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`keep their promises under seed ${seed}`, async () => {
      const { begun, ends, openStreams, leftovers, broken } = await runWorld(seed);
      expect(broken, `seed ${seed}`).toEqual([]);
      expect(ends, `every stream ends, seed ${seed}`).toHaveLength(begun);
      expect(
        ends.filter((end) => end !== "ended" && end !== "left" && !LEGAL.includes(end)),
        `seed ${seed}`,
      ).toEqual([]);
      expect(openStreams, `no writer without a reader, seed ${seed}`).toBe(0);
      expect(leftovers, `seed ${seed}`).toMatchObject({ openAsks: 0, watches: 0 });
    });
  }

  it("replays a seed exactly", async () => {
    const first = await runWorld(11);
    expect(await runWorld(11)).toEqual(first);
    expect(first.ends).toContain("ended");
  });
});
