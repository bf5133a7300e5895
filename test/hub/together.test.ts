import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";

import { loadAddon } from "../../src/base/addon.js";
import { type Random, seededRandom } from "../../src/base/random.js";
import { createAssigner } from "../../src/compute/assign.js";
import { LEARNED_TERM_WEIGHTS } from "../../src/compute/chooser.js";
import { createEngines } from "../../src/compute/engines.js";
import { Learner } from "../../src/compute/learner.js";
import type { AgentRow } from "../../src/hub/agent-row.js";
import { ByteSlab } from "../../src/hub/byte-slab.js";
import { type Forecast, Matcher } from "../../src/hub/match.js";
import { unpackMatched } from "../../src/hub/matched.js";
import { Openings } from "../../src/hub/openings.js";
import { WaitingRoom } from "../../src/hub/queue.js";
import { BACKOFF } from "../../src/hub/retry.js";
import { Roster } from "../../src/hub/roster.js";
import type { TaskRecord } from "../../src/hub/task-record.js";
import { assignTogether, type Places, type TaskInLine } from "../../src/hub/together.js";
import type { CreateTask } from "../../src/wire/task-shapes.js";
import { eventually, removeDirs, startHub, type TestHub } from "./hub-rig.js";
import { makeRecord, makeRow, StillClock } from "./rig.js";

afterAll(removeDirs);

const SLAB = new ByteSlab();
const { addon } = loadAddon();
const AVOIDED = 100;

interface Scene {
  readonly tasks: readonly TaskInLine[];
  readonly places: readonly Places[];
}

function someScene(random: Random): Scene {
  const places = Array.from({ length: 1 + random.below(4) }, () => {
    return { freeSlots: 1 + random.below(3), lossPerTask: 0.1 * random.next() };
  });
  const tasks = Array.from({ length: 1 + random.below(5) }, (): TaskInLine => {
    const own = places.map((_, agent) => [agent, random.next()] as const).filter(() => random.next() < 0.6);
    own.sort((a, b) => b[1] - a[1]);
    const avoid = random.next() < 0.3 ? random.below(places.length) : undefined;
    return { agents: own.map(([agent]) => agent), values: own.map(([, value]) => value), avoid };
  });
  return { tasks, places };
}

/** What it comes to when tasks go to these places: who is served, the most urgent first, and the sum of the values. */
function worthOf(
  { tasks, places }: Scene,
  chosen: ArrayLike<number>,
): { served: string; total: number } | undefined {
  const taken = places.map(() => 0);
  let total = 0;
  for (const [index, task] of tasks.entries()) {
    const place = chosen[index] ?? -1;
    if (place < 0) continue;
    const agent = task.agents[place]!;
    const { freeSlots, lossPerTask } = places[agent]!;
    if (taken[agent] === freeSlots) return undefined;
    total += task.values[place]! - taken[agent]!++ * lossPerTask - (agent === task.avoid ? AVOIDED : 0);
  }
  return { served: tasks.map((_, index) => ((chosen[index] ?? -1) < 0 ? "0" : "1")).join(""), total };
}

/** By trying everything. */
function bestOf(scene: Scene): { served: string; total: number } {
  let best = { served: "", total: 0 };
  const visit = (chosen: readonly number[]): void => {
    const worth = worthOf(scene, chosen);
    if (worth === undefined) return;
    const task = scene.tasks[chosen.length];
    if (task !== undefined)
      for (let place = -1; place < task.agents.length; place++) visit([...chosen, place]);
    else if (worth.served > best.served || (worth.served === best.served && worth.total > best.total))
      best = worth;
  };
  visit([]);
  return best;
}

test.each([addon, undefined])(
  "for any few tasks and agents the most urgent are served, at the highest sum",
  (engine) => {
    const seed = Math.floor(Math.random() * 0x7fff_ffff);
    console.log(`together: seed ${seed}`);
    const assigner = createAssigner(engine);
    const property = fc.property(fc.integer(), (one) => {
      const scene = someScene(seededRandom(one));
      const chosen = assignTogether(scene.tasks, (agent) => scene.places[agent]!, assigner);
      const worth = worthOf(scene, chosen);
      const best = bestOf(scene);
      expect(worth?.served).toBe(best.served);
      expect(worth?.total).toBeCloseTo(best.total, 4);
    });
    fc.assert(property, { seed, numRuns: 200 });
  },
);

function hubOf(...rows: readonly AgentRow[]) {
  return foreseeingHub(undefined, rows);
}

function foreseeingHub(forecast: Forecast | undefined, rows: readonly AgentRow[]) {
  const roster = new Roster();
  const matcher = new Matcher(createEngines({ addon }), new Learner(), {
    clock: new StillClock(),
    random: seededRandom(1),
    exploration: "index",
    weights: LEARNED_TERM_WEIGHTS,
    forecast,
  });
  for (const row of rows) {
    roster.add(row);
    matcher.add(row);
  }
  const room = new WaitingRoom(60_000, (kind) => roster.eligible(kind));
  const give = (...tasks: TaskRecord[]) =>
    matcher.pickTogether(tasks, room, SLAB).map((pick) => pick?.agent.number);
  return { matcher, room, give };
}

function wanting(number: number, capability: string, min = 0, priority = 1): TaskRecord {
  return makeRecord({
    number,
    priority,
    capabilities: [{ name: capability, min_proficiency: min, weight: 1 }],
  });
}

describe("tasks that are given away together", () => {
  const able = { number: 1, name: "x", capabilities: { a: 1, b: 0.9 } };
  const onesided = { number: 2, name: "x", capabilities: { a: 0.9, b: 0.1 } };

  test("have the highest sum, where the best for each in turn would have a lower one", () => {
    const { give, matcher, room } = hubOf(makeRow(able), makeRow(onesided));
    const [first, second] = [wanting(1, "a"), wanting(2, "b")];
    expect(matcher.pickFree(room.lane(first.kind), first, SLAB)?.agent.number).toBe(1);
    expect(give(first, second)).toEqual([2, 1]);
  });

  test("keep the ranking behind each choice, the chosen one first", () => {
    const { matcher, room } = hubOf(makeRow(able), makeRow(onesided));
    const [pick] = matcher.pickTogether([wanting(1, "a"), wanting(2, "b")], room, SLAB);
    const [chosen, better] = unpackMatched(pick?.matched ?? new Uint8Array(0));
    expect([chosen?.agent, better?.agent]).toEqual([2, 1]);
    expect(chosen?.score).toBeLessThan(better?.score ?? 0);
  });

  test("never leave the more urgent one waiting for another one that its agent could do", () => {
    const { give } = hubOf(makeRow(able));
    expect(give(wanting(1, "b"), wanting(2, "a"))).toEqual([1, undefined]);
  });

  test("keep to the minima, and to what is free", () => {
    const { give, matcher } = hubOf(makeRow(able), makeRow({ ...onesided, maxConcurrent: 2 }));
    expect(give(wanting(1, "a", 0.95), wanting(2, "b", 0.5))).toEqual([1, undefined]);
    expect(give(wanting(1, "a"), wanting(2, "a"), wanting(3, "a"), wanting(4, "a"))).toEqual([
      1,
      2,
      2,
      undefined,
    ]);
    expect(matcher.engine).toBe(addon === undefined ? "js" : "native");
  });

  test("avoid the agent that failed last, unless there is no other", () => {
    const { give } = hubOf(makeRow(able), makeRow(onesided));
    const retry = wanting(1, "a");
    retry.history = [[1, 1, 0, 1, "failed", null]];
    expect(give(retry, wanting(2, "a"))).toEqual([2, 1]);
    expect(give(retry)).toEqual([2]);
    expect(hubOf(makeRow(able)).give(retry)).toEqual([1]);
  });

  test("go each by what is foreseen for it, also where they ask for the same", () => {
    // The first agent for what is urgent, the second for the rest.
    const forecast: Forecast = {
      weight: 1,
      outlookOn: ({ priority }) => ({
        weight: 1,
        foresee: (candidates, _energy, expected) => {
          for (const [place, { row }] of candidates.entries())
            expected[place] = (row === 0) === priority > 1 ? 1 : 0;
        },
      }),
    };
    const rows = [1, 2].map((number) => makeRow({ number, name: "x" }));
    const { give, matcher, room } = foreseeingHub(forecast, rows);
    const [urgent, other] = [wanting(1, "general", 0, 3), wanting(2, "general", 0, 0)];
    expect(give(urgent, other)).toEqual([1, 2]);
    expect(give(other, urgent)).toEqual([2, 1]);
    expect(matcher.ranksAlone(room.lane(urgent.kind))).toBe(true);
    expect(hubOf(...rows).matcher.ranksAlone(room.lane(urgent.kind))).toBe(false);
    const [pick] = matcher.pickTogether([other], room, SLAB);
    expect(unpackMatched(pick?.matched ?? new Uint8Array(0))[0]?.predicted).toEqual({
      success: 1,
      weight: 1,
    });
  });

  test("are spread over free slots as they would be one by one", () => {
    const rows = [1, 2].map((number) => makeRow({ number, name: "x", maxConcurrent: 4 }));
    const { give } = hubOf(...rows);
    const given = give(...[1, 2, 3, 4].map((number) => wanting(number, "general")));
    expect(given.filter((agent) => agent === 1)).toHaveLength(2);
  });
});

test("the most urgent tasks are taken out of the line in order, of each pool no more than it has free slots", () => {
  const rows = [
    makeRow({ number: 1, capabilities: { a: 1 } }),
    makeRow({ number: 2, capabilities: { b: 1 }, maxConcurrent: 2 }),
  ];
  const { room } = hubOf(...rows);
  const tasks = [
    wanting(1, "a", 0, 0),
    wanting(2, "a", 0, 3),
    wanting(3, "b", 0, 1),
    wanting(4, "b", 0, 2),
    wanting(5, "b", 0, 0),
    wanting(6, "c", 0, 3),
  ];
  for (const task of tasks) room.add(task);
  const openings = new Openings(room, rows);
  const taken = openings.take(2, 9, () => 1);
  expect(taken.map(({ number }) => number)).toEqual([2, 4]);
  expect(openings.take(9, 1, () => 4).map(({ number }) => number)).toEqual([3]);
  for (const task of taken) openings.giveBack(task);
  expect(openings.take(9, 9, () => 1)).toEqual([]);
  expect(room.size).toBe(5);
  expect(room.firstFor(2)?.number).toBe(4);
});

describe("a hub with several free agents", () => {
  /** Two helpers with one slot each, both good at `a`, one of them also at `b`. */
  async function start(): Promise<TestHub> {
    const rig = await startHub({ settings: { maxConcurrentTasks: 1 } });
    const capabilities = (a: number, b: number) => [
      { name: "a", proficiency: a },
      { name: "b", proficiency: b },
    ];
    await rig.hub.agents.create({ name: "able", definition: "helper", capabilities: capabilities(1, 0.9) });
    await rig.hub.agents.create({
      name: "onesided",
      definition: "helper",
      capabilities: capabilities(0.9, 0.1),
    });
    const isReady = () => rig.hub.agents.list({}).agents.every(({ place }) => place !== undefined);
    await eventually(isReady);
    return rig;
  }

  const hold = (capability: string, ms = 0): CreateTask => {
    return {
      description: "hold",
      type: "hold",
      parameters: { ms },
      required_capabilities: [{ name: capability }],
    };
  };

  async function agentOf(rig: TestHub, id: string): Promise<string | undefined> {
    const task = await rig.hub.tasks.settled(id, { timeoutMs: 8_000 });
    expect(task?.status).toBe("completed");
    return rig.hub.agents.get(task?.assigned_agent ?? "")?.name;
  }

  test("gives tasks that come in together to those who are best for them in sum", async () => {
    const rig = await start();
    const created = await Promise.all(rig.hub.tasks.createAll([hold("a"), hold("b")]));
    const names = await Promise.all(created.map(({ id }) => agentOf(rig, id)));
    expect(names).toEqual(["onesided", "able"]);
    expect(rig.hub.invariants().holds).toBe(true);
    await rig.close();
  });

  test("gives a backlog to agents that become free in one turn so, the most urgent first", async () => {
    const rig = await start();
    const blockers = await Promise.all(rig.hub.tasks.createAll([hold("a", 100), hold("b", 100)]));
    const running = async () =>
      (await Promise.all(blockers.map(({ id }) => rig.hub.tasks.get(id)))).every(
        (task) => task?.status === "running",
      );
    await eventually(running);
    const low = await rig.hub.tasks.create({ ...hold("b"), priority: "low" });
    const waiting = [await rig.hub.tasks.create(hold("a")), await rig.hub.tasks.create(hold("b"))];
    const started: string[] = [];
    rig.hub.events.subscribe(({ type, data }) => {
      if (type === "task_started") started.push(String(data["task_id"]));
    });
    // Both answers lie in the ring when this thread looks again.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
    const names = await Promise.all([...waiting, low].map(({ id }) => agentOf(rig, id)));
    expect(names.slice(0, 2)).toEqual(["onesided", "able"]);
    expect(started.at(-1)).toBe(low.id);
    await rig.close();
  });

  test("gives what waited at the end of a process so after the next start", async () => {
    const before = await start();
    const blockers = await Promise.all(before.hub.tasks.createAll([hold("a", 60_000), hold("b", 60_000)]));
    const waiting = [await before.hub.tasks.create(hold("a")), await before.hub.tasks.create(hold("b"))];
    await before.abandon();
    const settings = { maxConcurrentTasks: 1, backoff: { ...BACKOFF, initialMs: 5_000 } };
    const rig = await startHub({ dir: before.dir, settings });
    expect(await Promise.all(waiting.map(({ id }) => agentOf(rig, id)))).toEqual(["onesided", "able"]);
    for (const { id } of blockers) await rig.hub.tasks.cancel(id);
    await rig.close();
  });

  test("runs each task of a large backlog once", async () => {
    const rig = await start();
    const started = new Map<string, number>();
    rig.hub.events.subscribe(({ type, data }) => {
      const id = String(data["task_id"]);
      if (type === "task_started") started.set(id, (started.get(id) ?? 0) + 1);
    });
    const inputs = Array.from({ length: 200 }, (_, index) => hold(index % 3 === 0 ? "b" : "a"));
    const created = await Promise.all(rig.hub.tasks.createAll(inputs));
    for (const { id } of created) await agentOf(rig, id);
    expect(started.size).toBe(200);
    expect(Math.max(...started.values())).toBe(1);
    expect(rig.hub.invariants().holds).toBe(true);
    await rig.close();
  });
});
