// What can happen in a simulated world: a table. One line of it is one kind of thing that the seed may choose, and how
// often; adding one is a few lines here and, where an actor takes part, a handler in simulation/members.

import type { Birth, Known, Reading } from "./conduct.js";
import { KINDS } from "./members.js";
import type { SimulatedWorld } from "./world.js";

export interface Operation {
  readonly name: string;
  /** How often it is chosen, compared with the others. */
  readonly weight: number;
  /** Faults of the system, for worlds that have them. */
  readonly needs?: "losses" | "pauses";
  run(world: SimulatedWorld): void | Promise<void>;
}

/** Tells somebody picked by the seed something that is not followed further. */
function tellSomebody(world: SimulatedWorld, method: string, payload?: unknown): void {
  world.pick().ref.tell(method, payload);
}

const TEXT_CHARS_MAX = 6_000;
export const NAMES = ["red", "green", "blue"] as const;

export const OPERATIONS: readonly Operation[] = [
  {
    name: "notes",
    weight: 6,
    run(world) {
      const to = world.pick();
      for (let count = 1 + world.below(6); count > 0; count--) world.send(to);
    },
  },
  {
    name: "notes from one actor to another",
    weight: 8,
    run: (world) => tellSomebody(world, "send", { to: world.pick(), count: 1 + world.below(30) }),
  },
  {
    name: "a ref from hand to hand",
    weight: 4,
    run(world) {
      tellSomebody(world, "pass", { to: world.pick(), through: world.some() });
    },
  },
  {
    name: "echoes",
    weight: 5,
    run(world) {
      const to = world.pick();
      for (let count = 1 + world.below(5); count > 0; count--) {
        const timeoutMs = world.below(2) === 0 ? 0 : 1 + world.below(200);
        const value = "x".repeat(world.below(TEXT_CHARS_MAX));
        world.askFor(value, to, "echo", value, { timeoutMs });
      }
    },
  },
  {
    name: "an ask behind an ask behind an ask",
    weight: 5,
    run(world) {
      const method = world.below(2) === 0 ? "askOther" : "askAside";
      const value = "y".repeat(world.below(TEXT_CHARS_MAX));
      const timeoutMs = 1 + world.below(400);
      void world.ask(world.pick(), method, { others: world.some(), value, timeoutMs }, {});
    },
  },
  {
    name: "an ask that is sent on",
    weight: 3,
    run(world) {
      const hops = world.some().filter(({ uid }, at, all) => all.findIndex((one) => one.uid === uid) === at);
      const value = "z".repeat(world.below(TEXT_CHARS_MAX));
      const timeoutMs = world.below(2) * 200;
      world.askFor(value, hops[0] as Known, "relay", { hops, value }, { timeoutMs });
    },
  },
  { name: "a stream", weight: 4, run: (world) => world.read(world.pick(), reading(world)) },
  {
    name: "a stream from one actor to another",
    weight: 4,
    run: (world) => tellSomebody(world, "read", { from: world.pick(), reading: reading(world) }),
  },
  { name: "a subscription", weight: 4, run: (world) => tellSomebody(world, "subscribe", name(world)) },
  {
    name: "no subscription any more",
    weight: 1,
    run: (world) => tellSomebody(world, "unsubscribe", name(world)),
  },
  {
    name: "news",
    weight: 5,
    run: (world) => tellSomebody(world, "publish", { name: name(world), count: 1 + world.below(10) }),
  },
  { name: "a name", weight: 2, run: (world) => world.register(name(world), world.pick()) },
  { name: "a name is given up", weight: 1, run: (world) => world.unregister(name(world)) },
  { name: "a service has one more", weight: 3, run: (world) => world.join(name(world), world.pick()) },
  { name: "a service has one less", weight: 1, run: (world) => world.leave(name(world), world.pick()) },
  { name: "a service is followed", weight: 2, run: (world) => tellSomebody(world, "follow", name(world)) },
  {
    name: "an ask that is cancelled",
    weight: 2,
    run(world) {
      const controller = new AbortController();
      void world.ask(world.pick(), "never", undefined, { timeoutMs: 0, signal: controller.signal });
      world.sim.time.after(world.below(20), () => controller.abort());
    },
  },
  {
    name: "an ask nobody answers",
    weight: 1,
    run: (world) => void world.ask(world.pick(), "never", undefined, { timeoutMs: 20 }),
  },
  { name: "a turn that waits", weight: 3, run: (world) => tellSomebody(world, "linger", world.below(30)) },
  { name: "a fault", weight: 3, run: (world) => tellSomebody(world, "crash", world.below(8)) },
  {
    name: "a fault after a while",
    weight: 2,
    run: (world) => tellSomebody(world, "crashLater", world.below(8)),
  },
  { name: "an actor ends itself", weight: 2, run: (world) => tellSomebody(world, "leave") },
  {
    name: "a child, anywhere",
    weight: 7,
    run: (world) => world.adopt(world.pick(), birth(world)),
  },
  {
    name: "a child at the top",
    weight: 1,
    run(world) {
      world.plant(birth(world));
    },
  },
  { name: "a child is stopped", weight: 2, run: (world) => tellSomebody(world, "dropChild", world.below(8)) },
  {
    name: "a child is renewed",
    weight: 1,
    run: (world) => tellSomebody(world, "renewChild", world.below(8)),
  },
  { name: "a stop from outside", weight: 1, run: (world) => world.sim.stop(world.pick().ref) },
  { name: "a watch", weight: 4, run: (world) => world.watcher().ref.tell("watch", world.pick()) },
  { name: "no watch any more", weight: 2, run: (world) => world.watcher().ref.tell("unwatch", world.pick()) },
  {
    name: "no watch any more, while the end is near",
    weight: 2,
    run(world) {
      const other = world.pick();
      world.watcher().ref.tell("forgo", other);
      if (world.below(2) === 0) world.sim.stop(other.ref);
    },
  },
  {
    name: "another takes the place of an actor",
    weight: 1,
    run: (world) => tellSomebody(world, "crowd", { writers: world.some(), afterMs: world.below(6) }),
  },
  { name: "a watch from outside", weight: 2, run: (world) => world.watch(world.pick()) },
  { name: "a link", weight: 2, run: (world) => tellSomebody(world, "link", world.pick()) },
  { name: "no link any more", weight: 1, run: (world) => tellSomebody(world, "unlink", world.pick()) },
  { name: "timers", weight: 2, run: (world) => tellSomebody(world, "remind", 1 + world.below(30)) },
  { name: "become", weight: 1, run: (world) => tellSomebody(world, "become", world.below(2) === 0) },
  { name: "stash", weight: 2, run: (world) => tellSomebody(world, "hold", 1 + world.below(6)) },
  { name: "unstash", weight: 1, run: (world) => tellSomebody(world, "release") },
  { name: "pipe", weight: 2, run: (world) => tellSomebody(world, "pipe", world.below(30)) },
  {
    name: "a thread is lost",
    weight: 4,
    needs: "losses",
    run: (world) => world.loseThread(1 + world.below(world.threads)),
  },
  {
    name: "two threads are lost at once",
    weight: 5,
    needs: "losses",
    async run(world) {
      const first = 1 + world.below(world.threads);
      await world.loseThread(first);
      for (let steps = world.below(4); steps > 0; steps--) await world.sim.step();
      await world.loseThread(1 + (first % world.threads));
    },
  },
  {
    name: "a thread lags",
    weight: 4,
    needs: "pauses",
    run: (world) => world.sim.pause(world.below(world.threads + 1), 1 + world.below(60)),
  },
];

/** Few enough that several take the same. */
function name(world: SimulatedWorld): string {
  return world.oneOf(NAMES);
}

function reading(world: SimulatedWorld): Reading {
  const elements = world.below(40);
  return {
    elements,
    failsAt: world.below(5) === 0 ? world.below(40) : elements,
    pauseMs: world.below(2) * world.below(10),
    takes: world.below(3) === 0 ? world.below(40) : elements + 1,
    window: 1 + world.below(8),
    timeoutMs: world.below(3) === 0 ? 0 : 1 + world.below(300),
  };
}

function birth(world: SimulatedWorld): Birth {
  const kinds = ["Plain", "Plain", ...Object.keys(KINDS)];
  const restart = world.oneOf(["permanent", "permanent", "transient", "temporary"] as const);
  const shutdowns = [5_000, 5_000, 20, "brutal", "unlimited"] as const;
  return {
    uid: world.newName(),
    kind: world.oneOf(kinds),
    on: world.oneOf(["any", "this", world.below(world.threads + 1)]),
    restart,
    significant: restart !== "permanent" && world.below(3) === 0,
    shutdownMs: world.oneOf(shutdowns),
    slow: world.below(5) === 0,
    sick: world.below(8) === 0 ? 1 + world.below(2) : 0,
  };
}

/** Everybody a world begins with. */
export function firstMembers(world: SimulatedWorld, count: number): Known[] {
  return Array.from({ length: count }, () =>
    world.plant({ ...birth(world), on: world.below(world.threads + 1), sick: 0 }),
  );
}
