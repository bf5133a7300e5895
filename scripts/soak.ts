// `npm run soak -- [spawns] [messages] [kills] [--scale F]`: does anything grow that should not? Ten million actors
// that live for one message, a hundred million messages to another thread, a minute in which a thread is killed every
// 200 ms. Exit 1 when memory grows by more than the noise, or when something that was promised did not happen.

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type ActorRef, type ActorSystem, createSystem, type RefOf } from "hive";
import { type Member, Pond, Sink, Warden } from "./soak/actors.js";

const SPAWNS = 10_000_000;
const MESSAGES = 100_000_000;
const KILLS_MS = 60_000;
const KILL_EVERY_MS = 200;
const THREADS = 3;
/** Samples of memory in a run; the first quarter is warm-up. */
const SAMPLES = 40;
/** What the later half of the samples may lie above the earlier one: the collector's own ups and downs. */
const NOISE_MB = 24;

const quiet = { log: { log: () => undefined } };

class Memory {
  readonly samplesMb: number[] = [];

  look(): void {
    // Garbage is no growth.
    globalThis.gc?.();
    this.samplesMb.push(process.memoryUsage.rss() / 2 ** 20);
  }

  /** The median of the last samples above that of those after the warm-up. */
  get growthMb(): number {
    const steady = this.samplesMb.slice(this.samplesMb.length >> 2);
    const middle = steady.length >> 1;
    return median(steady.slice(middle)) - median(steady.slice(0, middle));
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function judge(what: string, memory: Memory, wrong: readonly string[]): boolean {
  const { growthMb, samplesMb } = memory;
  const range = `${Math.min(...samplesMb).toFixed(0)} to ${Math.max(...samplesMb).toFixed(0)} MB`;
  console.log(`${what}: memory ${range}, the later half ${growthMb.toFixed(1)} MB above the earlier`);
  const broken = growthMb > NOISE_MB ? [...wrong, `grew by ${growthMb.toFixed(1)} MB`] : wrong;
  for (const line of broken) console.log(`  WRONG ${line}`);
  return broken.length === 0;
}

async function spawns(scale: number): Promise<boolean> {
  const system = await createSystem({ threads: 1, ...quiet });
  const pond = system.spawn(Pond, { on: 1 });
  const memory = new Memory();
  const perLook = Math.round((SPAWNS * scale) / SAMPLES);
  let hatched = 0;
  for (let look = 0; look < SAMPLES; look++) {
    for (let left = perLook; left > 0; left -= 5_000)
      hatched = await pond.ask("hatch", Math.min(left, 5_000), { timeoutMs: 60_000 });
    memory.look();
  }
  const actors = await settled(() => system.threads()[0]?.actors ?? 0, 1);
  const wrong = actors === 1 ? [] : [`${actors} actors live, 1 was expected`];
  await system.shutdown();
  return judge(`${hatched.toLocaleString("en")} actors spawned and stopped`, memory, wrong);
}

async function messages(scale: number): Promise<boolean> {
  const system = await createSystem({ threads: 1, ...quiet });
  const sink = system.spawn(Sink, { on: 1 });
  const memory = new Memory();
  const perLook = Math.round((MESSAGES * scale) / SAMPLES);
  let sent = 0;
  for (let look = 0; look < SAMPLES; look++) {
    for (const until = sent + perLook; sent < until; ) {
      if (sink.tell("drop") === "sent") sent++;
      else await new Promise(setImmediate);
    }
    memory.look();
  }
  const got = await askPatiently(() => sink.ask("count", undefined, { timeoutMs: 60_000 }));
  await system.shutdown();
  const wrong = got === sent ? [] : [`${got} messages arrived`];
  return judge(`${sent.toLocaleString("en")} messages to another thread`, memory, wrong);
}

async function kills(scale: number): Promise<boolean> {
  const system = await createSystem({ threads: THREADS, ...quiet });
  const warden = system.spawn(Warden, { on: 0 });
  const members = await Promise.all(
    Array.from({ length: 60 }, (_, i) => warden.ask("bear", 1 + (i % THREADS))),
  );
  const load = new Load(members);
  const memory = new Memory();
  const endMs = performance.now() + KILLS_MS * scale;
  const asking = load.run(endMs);
  let killed = 0;
  for (let nextMs = performance.now(); performance.now() < endMs; ) {
    nextMs += KILL_EVERY_MS;
    await sleep(Math.max(0, nextMs - performance.now()));
    void system.restartThread(1 + Math.floor(Math.random() * THREADS));
    killed++;
    memory.look();
  }
  await asking;
  const wrong = await afterwards(system, members, load);
  await system.shutdown();
  const told = [...load.outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(", ");
  console.log(`${killed} threads killed under load; asks: ${told}`);
  return judge("a thread killed every 200 ms", memory, wrong);
}

/** Asks all the time, everybody and through everybody. */
class Load {
  readonly outcomes = new Map<string, number>();
  asked = 0;
  settled = 0;
  readonly #members: readonly RefOf<typeof Member>[];

  constructor(members: readonly RefOf<typeof Member>[]) {
    this.#members = members;
  }

  async run(endMs: number): Promise<void> {
    await Promise.all(Array.from({ length: 64 }, () => this.#ask(endMs)));
  }

  async #ask(endMs: number): Promise<void> {
    while (performance.now() < endMs) {
      const value = this.asked++;
      const outcome = await this.#pick()
        .ask("pass", { via: this.#pick(), value })
        .then(
          (got) => (got === value ? "answered" : `answered with ${got}`),
          (error: { code?: string }) => error.code ?? String(error),
        );
      this.settled++;
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
      if (outcome !== "answered") await sleep(1);
    }
  }

  #pick(): RefOf<typeof Member> {
    return this.#members[Math.floor(Math.random() * this.#members.length)] as RefOf<typeof Member>;
  }
}

const LEGAL = new Set([
  "answered",
  "THREAD_LOST",
  "MAILBOX_FULL",
  "SYSTEM_FULL",
  "ACTOR_STOPPED",
  "NO_ACTOR",
]);

async function afterwards(system: ActorSystem, members: readonly ActorRef[], load: Load): Promise<string[]> {
  const wrong: string[] = [];
  if (load.settled !== load.asked) wrong.push(`${load.asked - load.settled} asks never settled`);
  for (const outcome of load.outcomes.keys())
    if (!LEGAL.has(outcome)) wrong.push(`asks came to ${outcome}: ${load.outcomes.get(outcome)}`);
  const alive = await settled(async () => {
    const echoes = members.map((member, i) =>
      member.ask("echo", i).then(
        (got) => got === i,
        () => false,
      ),
    );
    return (await Promise.all(echoes)).filter(Boolean).length;
  }, members.length);
  if (alive !== members.length) wrong.push(`${alive} of ${members.length} members are back`);
  if (system.threads().some(({ state }) => state !== "running")) wrong.push("a thread is not back");
  return wrong;
}

/** The value once it is what is expected, or what it is after a while. */
async function settled(look: () => number | Promise<number>, expected: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await look()) === expected) return expected;
    await sleep(50);
  }
  return look();
}

async function askPatiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { code?: string }).code !== "MAILBOX_FULL") throw error;
      await new Promise(setImmediate);
    }
  }
}

const RUNS = { spawns, messages, kills };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { scale: { type: "string", default: "1" } },
});
const scale = Number(values.scale);
const names = positionals.length === 0 ? Object.keys(RUNS) : positionals;
const unknown = names.filter((name) => !(name in RUNS));
if (unknown.length > 0 || !(scale > 0)) {
  console.error(`npm run soak -- [${Object.keys(RUNS).join("] [")}] [--scale F], F above 0`);
  process.exit(2);
}
let isWell = true;
for (const name of names) isWell = (await RUNS[name as keyof typeof RUNS](scale)) && isWell;
process.exitCode = isWell ? 0 : 1;
