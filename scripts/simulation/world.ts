// One seed of a simulated world: actors that do whatever the seed says under whatever faults it says, then silence,
// then the end of everybody. In the silence the books must balance; after the end nothing may be left.

import type { AnyDefinition } from "../../src/actor/definition.js";
import { type ActorRef, type AskOptions, serviceKey } from "../../src/index.js";
import { Simulation } from "../../src/testkit.js";
import type { Birth, Known, Reading } from "./conduct.js";
import { Ledger, nameIn } from "./ledger.js";
import { KINDS, makeMembers } from "./members.js";
import { firstMembers, NAMES, OPERATIONS, type Operation } from "./operations.js";

export interface SeedReport {
  readonly seed: number;
  /** Broken invariants; none for a good seed. */
  readonly wrong: readonly string[];
  readonly trace: readonly string[];
  readonly steps: number;
  readonly messages: number;
  readonly asks: number;
}

const RING_BYTES = [4, 8, 64].map((kib) => kib * 1024);
const FIRST_MEMBERS = 6;
const WAVES = 2;
const OPERATIONS_PER_WAVE = 50;
/** A thread's own timers: the wheel of deadlines, the sweep of the unborn, the retry of a full ring. */
const TIMERS_PER_THREAD = 3;
const OUTSIDE = "outside";

export class SimulatedWorld {
  readonly sim: Simulation;
  readonly ledger = new Ledger();
  readonly threads: number;
  readonly #definitions: Readonly<Record<string, AnyDefinition>>;
  readonly #operations: Operation[] = [];
  readonly #members: Known[] = [];
  readonly #tops: Known[] = [];
  /** Watches others, lives to the end, on a thread that is never lost. */
  readonly #witness: Known;
  readonly #hasLosses: boolean;
  #names = 0;

  constructor(seed: number) {
    this.threads = 1 + (seed % 3);
    this.#hasLosses = seed % 2 === 1;
    const has = { losses: this.#hasLosses, pauses: seed % 4 < 2 };
    for (const operation of OPERATIONS) {
      if (operation.needs !== undefined && !has[operation.needs]) continue;
      for (let i = 0; i < operation.weight; i++) this.#operations.push(operation);
    }
    const late: { sim?: Simulation } = {};
    this.#definitions = makeMembers({
      ledger: this.ledger,
      get sim() {
        return late.sim as Simulation;
      },
    });
    const [controlBytes = 0, dataBytes = 0] = [RING_BYTES[seed % 2], RING_BYTES[seed % 3]];
    this.sim = new Simulation({
      seed,
      threads: this.threads,
      definitions: Object.values(this.#definitions),
      rings: { controlBytes, dataBytes },
      stepsMax: 60_000,
    });
    late.sim = this.sim;
    this.#witness = this.plant({
      uid: "witness",
      kind: "Plain",
      on: "this",
      restart: "permanent",
      significant: false,
      shutdownMs: 5_000,
      slow: false,
      sick: 0,
    });
    this.#members.length = 0;
  }

  // ---- choices -----------------------------------------------------------------------------------------------------

  below(bound: number): number {
    return this.sim.random.below(bound);
  }

  oneOf<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  pick(): Known {
    return this.oneOf(this.#members);
  }

  /** One to three of them. */
  some(): Known[] {
    return Array.from({ length: 1 + this.below(3) }, () => this.pick());
  }

  watcher(): Known {
    return this.below(2) === 0 ? this.#witness : this.pick();
  }

  newName(): string {
    return `a${++this.#names}`;
  }

  // ---- what operations do ------------------------------------------------------------------------------------------

  send(to: Known): void {
    this.ledger.send(OUTSIDE, to.uid, (note) => to.ref.tell("note", note));
  }

  ask(to: Known, method: string, payload: unknown, options: AskOptions): Promise<unknown> {
    const answer: Promise<unknown> = to.ref.ask(method, payload, options);
    this.ledger.ask(`${method} of ${to.uid}`, undefined, answer);
    return answer.catch(() => undefined);
  }

  /** An ask whose answer is known, if there is one. */
  askFor(expected: string, to: Known, method: string, payload: unknown, options: AskOptions): void {
    const answer: Promise<unknown> = to.ref.ask(method, payload, options);
    const checked = answer.then((given) => {
      if (given !== expected)
        this.ledger.blame("answers are right", `${method} of ${to.uid}: ${String(given)}`);
    });
    this.ledger.ask(`${method} of ${to.uid}`, undefined, checked);
  }

  read({ uid, ref }: Known, reading: Reading): void {
    const { window, timeoutMs } = reading;
    void this.ledger.read(
      `reading of ${uid}`,
      undefined,
      ref.stream("count", reading, { window, timeoutMs }),
      reading,
    );
  }

  register(name: string, { ref }: Known): void {
    this.ledger.ask(`name ${name}`, undefined, this.sim.registry.register(name, ref));
  }

  unregister(name: string): void {
    this.ledger.ask(`no name ${name}`, undefined, this.sim.registry.unregister(name));
  }

  join(name: string, { ref }: Known): void {
    this.ledger.ask(`join ${name}`, undefined, this.sim.registry.join(serviceKey(name), ref));
  }

  leave(name: string, { ref }: Known): void {
    this.ledger.ask(`leave ${name}`, undefined, this.sim.registry.leave(serviceKey(name), ref));
  }

  watch({ uid, ref }: Known): void {
    const watcher = `${OUTSIDE} ${this.newName()}`;
    this.ledger.watch(watcher, undefined, ref, uid);
    this.sim.watch(ref, () => this.ledger.terminated(watcher, ref));
  }

  /** An actor at the top of the tree. */
  plant({ kind, on, restart, significant: _none, shutdownMs, ...args }: Birth): Known {
    const definition = this.#definitions[kind] as AnyDefinition;
    const ref: ActorRef = this.sim.spawn(definition, { name: args.uid, on, restart, shutdownMs, args });
    const known = { uid: args.uid, ref };
    this.ledger.kinds.set(args.uid, kind);
    this.#members.push(known);
    this.#tops.push(known);
    return known;
  }

  /** A child of somebody's; it is known here once the answer has come. */
  adopt(parent: Known, birth: Birth): void {
    this.ledger.kinds.set(birth.uid, birth.kind);
    void this.ask(parent, "bear", birth, { timeoutMs: 1_000 }).then((born) => {
      if (born !== undefined) this.#members.push(born as Known);
    });
  }

  async loseThread(thread: number): Promise<void> {
    const before = this.sim.epochOf(thread);
    await this.sim.loseThread(thread);
    this.ledger.lose({ thread, epoch: before });
  }

  // ---- the run -----------------------------------------------------------------------------------------------------

  async run(): Promise<void> {
    firstMembers(this, FIRST_MEMBERS);
    for (let wave = 0; wave < WAVES; wave++) {
      for (let count = OPERATIONS_PER_WAVE; count > 0; count--) {
        const operation = this.oneOf(this.#operations);
        this.sim.note(operation.name);
        await operation.run(this);
        for (let steps = this.below(8); steps > 0; steps--) await this.sim.step();
      }
      await this.sim.run();
      this.#checkSilence();
      await this.#checkRegistry();
    }
    await this.#end();
  }

  #checkSilence(): void {
    const { ledger, sim } = this;
    const { living, wrong } = sim.census();
    for (const line of wrong) ledger.blame("everybody has a living parent and is ready", line);
    ledger.settleAsks();
    ledger.settleWatches(new Set(living.map(({ path }) => nameIn(path))));
    const { openAsks, deadlines, parked, ringBytes, unsent } = sim.leftovers();
    this.#assertNothing("silence", { openAsks, deadlines, parked, ringBytes, unsent });
  }

  /** Names and services know nobody who is gone. */
  async #checkRegistry(): Promise<void> {
    const { ledger, sim } = this;
    const living = new Set(sim.census().living.map(({ path }) => nameIn(path)));
    for (const name of NAMES) {
      const found = Promise.all([sim.registry.whereIs(name), sim.registry.members(serviceKey(name))]);
      await sim.run();
      const [named, members] = await found;
      for (const ref of named === undefined ? members : [named, ...members]) {
        const { uid = ref.id } = this.#members.find((one) => one.ref.equals(ref)) ?? {};
        if (!living.has(uid)) ledger.blame("the registry forgets who is gone", `${name} is ${uid} still`);
      }
      if (new Set(members.map(({ id }) => id)).size !== members.length)
        ledger.blame("a member is one once", `of ${name}: ${members.join(", ")}`);
    }
  }

  async #end(): Promise<void> {
    const { ledger, sim } = this;
    sim.note("the end");
    for (const { ref } of [...this.#tops].reverse()) if (ref !== this.#witness.ref) sim.stop(ref);
    await sim.run();
    ledger.settleWatches(new Set(sim.census().living.map(({ path }) => nameIn(path))));
    sim.stop(this.#witness.ref);
    while (sim.population > 0 && (await sim.step()));
    const { timers } = sim.leftovers();
    if (timers > TIMERS_PER_THREAD * (this.threads + 1))
      ledger.blame("no leak", `${timers} timers when everybody has gone`);
    await sim.run();
    this.#assertNothing("the end", { ...sim.leftovers() });
    ledger.settleAsks();
    ledger.settleMessages(sim.allDeadLetters(), !this.#hasLosses);
    ledger.settleFamilies(sim.happened, (uid) => {
      const { intensity, strategy } = KINDS[ledger.kinds.get(uid) ?? ""]?.supervision ?? {};
      return { restarts: intensity?.restarts ?? 0, together: (strategy ?? "one-for-one") !== "one-for-one" };
    });
  }

  #assertNothing(when: string, left: Readonly<Record<string, number>>): void {
    for (const [what, count] of Object.entries(left))
      if (count !== 0) this.ledger.blame("no leak", `${count} ${what} at ${when}`);
  }
}

/** Runs one seed from its beginning to its end. */
export async function runSeed(seed: number): Promise<SeedReport> {
  // Why: stacks travel with errors, and their length depends on who called; a seed must not.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const world = new SimulatedWorld(seed);
  const { ledger, sim } = world;
  try {
    await world.run();
  } catch (error) {
    ledger.blame("the runtime does not throw", error instanceof Error ? `${error}` : String(error));
  } finally {
    Error.stackTraceLimit = limit;
  }
  const { wrong, asks } = ledger;
  return { seed, wrong, trace: sim.history, steps: sim.steps, messages: ledger.told.size, asks: asks.length };
}
