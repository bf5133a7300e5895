// The micro programs for other actor libraries of JavaScript, written once against what they have in common. They do
// what ours do, message by message; smaller sizes, because a rate needs no more, and some of them take their time.

import { isDeepStrictEqual } from "node:util";
import type { Contender, Measured } from "../../question.js";
import { complement } from "../chameneos.js";
import { type AnyProgram, figureOf } from "../program.js";
import type { PlainActors, PlainRef } from "./plain-actors.js";

type Sizes = Readonly<Record<string, number>>;
type Run = (actors: PlainActors, size: Sizes) => Promise<object>;

interface PlainProgram {
  readonly size: Sizes;
  readonly run: Run;
}

/** The program as another library runs it, by default at the size that it is benched with. */
export function plainContender(
  system: string,
  open: () => PlainActors,
  program: AnyProgram,
  size: Sizes | undefined = PLAIN_PROGRAMS[program.name]?.size,
): Contender {
  const plain = PLAIN_PROGRAMS[program.name];
  if (plain === undefined || size === undefined)
    throw new Error(`nobody has written ${program.name} for ${system}`);
  return {
    system,
    params: size,
    open: async () => {
      const expected: unknown = program.expected(size);
      const actors = open();
      const run = async (): Promise<Measured> => {
        const startedMs = performance.now();
        const result = await plain.run(actors, size);
        const tookMs = performance.now() - startedMs;
        return {
          value: figureOf({ program, size, repeats: 1 }, tookMs),
          verified: isDeepStrictEqual(result, expected),
        };
      };
      return { run, close: async () => actors.close() };
    },
  };
}

/** `Promise.withResolvers`, which Node 20 lacks. */
class Deferred<Value> {
  readonly promise: Promise<Value>;
  give: (value: Value) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve) => {
      this.give = resolve;
    });
  }
}

const pingpong: Run = (actors, { rounds = 0 }) => {
  type Pinged = { type: "ping"; from: PlainRef<Ponged> };
  type Ponged = { type: "pong"; pings: number };
  const done = new Deferred<object>();
  let [pings, pongs, left] = [0, 0, rounds];
  const pong = actors.spawn<Pinged>(({ from }) => {
    pings += 1;
    from.send({ type: "pong", pings });
  });
  const ping = actors.spawn<Ponged>((answer, self) => {
    pongs += 1;
    left -= 1;
    if (left > 0) return pong.send({ type: "ping", from: self });
    for (const one of [self, pong]) one.stop();
    done.give({ pings: answer.pings, pongs });
  });
  pong.send({ type: "ping", from: ping });
  return done.promise;
};

const count: Run = (actors, { messages = 0 }) => {
  const done = new Deferred<object>();
  let counted = 0;
  const counter = actors.spawn<{ type: "increment" | "report" }>(({ type }, self) => {
    if (type === "increment") counted += 1;
    else {
      self.stop();
      done.give({ counted });
    }
  });
  for (let i = 0; i < messages; i++) counter.send({ type: "increment" });
  counter.send({ type: "report" });
  return done.promise;
};

const fjthrput: Run = (actors, { actors: workerCount = 0, messages = 0 }) => {
  const done = new Deferred<object>();
  let [handledByAll, finished] = [0, 0];
  const workers = Array.from({ length: workerCount }, () => {
    let handled = 0;
    return actors.spawn<{ type: "work" | "finish" }>(({ type }, self) => {
      const sine = Math.sin(37.2);
      if (type === "work") handled += sine * sine > 0 ? 1 : 0;
      else {
        self.stop();
        handledByAll += handled;
        finished += 1;
        if (finished === workerCount) done.give({ handled: handledByAll, finished });
      }
    });
  });
  for (let i = 0; i < messages; i++) for (const worker of workers) worker.send({ type: "work" });
  for (const worker of workers) worker.send({ type: "finish" });
  return done.promise;
};

const fjcreate: Run = (actors, { actors: wanted = 0 }) => {
  const done = new Deferred<object>();
  let finished = 0;
  const forker = actors.spawn<{ type: "finished" }>((_, self) => {
    finished += 1;
    if (finished < wanted) return;
    self.stop();
    done.give({ finished });
  });
  for (let i = 0; i < wanted; i++) {
    const shortLived = actors.spawn<{ type: "work" }>((_, self) => {
      const sine = Math.sin(37.2);
      if (sine * sine > 0) forker.send({ type: "finished" });
      self.stop();
    });
    shortLived.send({ type: "work" });
  }
  return done.promise;
};

const threadring: Run = (actors, { actors: places = 0, hops = 0 }) => {
  type Token = { type: "token"; left: number };
  const done = new Deferred<object>();
  let passed = -1;
  const links: PlainRef<Token>[] = Array.from({ length: places }, (_, at) =>
    actors.spawn<Token>(({ left }) => {
      passed += 1;
      if (left > 0) return links[(at + 1) % places]?.send({ type: "token", left: left - 1 });
      for (const link of links) link.stop();
      done.give({ hops: passed, lastAt: at });
    }),
  );
  links[0]?.send({ type: "token", left: hops });
  return done.promise;
};

const chameneos: Run = (actors, { creatures = 0, meetings = 0 }) => {
  type Creature = PlainRef<Told>;
  type Told =
    | { type: "meet"; with: Creature; colour: number }
    | { type: "change"; colour: number }
    | { type: "leave" };
  type Arrival = { type: "arrive"; creature: Creature; colour: number };
  const done = new Deferred<object>();
  let [left, gone, waiting] = [meetings, 0, undefined as Creature | undefined];
  const sums = { meetings: 0, alone: 0, faded: 0 };
  const mall = actors.spawn<Arrival>(({ creature, colour }, self) => {
    if (left === 0) {
      creature.send({ type: "leave" });
      gone += 1;
      if (gone === creatures) self.stop();
    } else if (waiting === undefined) waiting = creature;
    else {
      left -= 1;
      waiting.send({ type: "meet", with: creature, colour });
      waiting = undefined;
    }
  });
  let reported = 0;
  const everybody = Array.from({ length: creatures }, (_, i) => {
    let [colour, met, alone] = [i % 3, 0, 0];
    return actors.spawn<Told>((told, self) => {
      if (told.type === "leave") {
        self.stop();
        sums.meetings += met / 2;
        sums.alone += alone;
        sums.faded += colour < 0 || colour > 2 ? 1 : 0;
        reported += 1;
        if (reported === creatures) done.give(sums);
        return;
      }
      met += 1;
      if (told.type === "meet") {
        if (told.with === self) alone += 1;
        colour = complement(colour, told.colour);
        told.with.send({ type: "change", colour });
      } else colour = told.colour;
      mall.send({ type: "arrive", creature: self, colour });
    });
  });
  for (const [i, creature] of everybody.entries()) mall.send({ type: "arrive", creature, colour: i % 3 });
  return done.promise;
};

const big: Run = (actors, { actors: playerCount = 0, pings = 0 }) => {
  type Player = PlainRef<Told>;
  type Told = { type: "ping"; from: Player } | { type: "pong"; from: Player } | { type: "play" };
  const done = new Deferred<object>();
  const sums = { pings: 0, pongs: 0, strangers: 0 };
  let finished = 0;
  const players: Player[] = Array.from({ length: playerCount }, () => {
    let [left, asked] = [pings, undefined as Player | undefined];
    return actors.spawn<Told>((told, self) => {
      if (told.type === "ping") {
        sums.pings += 1;
        return told.from.send({ type: "pong", from: self });
      }
      if (told.type === "pong") {
        sums.pongs += 1;
        if (told.from !== asked) sums.strangers += 1;
      }
      if (left > 0) {
        left -= 1;
        asked = players[Math.floor(Math.random() * playerCount)];
        return asked?.send({ type: "ping", from: self });
      }
      finished += 1;
      if (finished < playerCount) return;
      for (const player of players) player.stop();
      done.give(sums);
    });
  });
  for (const player of players) player.send({ type: "play" });
  return done.promise;
};

const echoPairs: Run = (actors, { pairs = 0, inFlight = 0, messages = 0 }) => {
  type Echoed = { type: "echoed"; value: number };
  type Asked = { type: "echo"; value: number; from: PlainRef<Echoed> };
  const done = new Deferred<object>();
  let [finished, echoesOfAll, sumOfAll] = [0, 0, 0];
  for (let pair = 0; pair < pairs; pair++) {
    let [sent, echoes, sum] = [0, 0, 0];
    const server = actors.spawn<Asked>(({ value, from }) => from.send({ type: "echoed", value }));
    const client = actors.spawn<Echoed>(({ value }, self) => {
      echoes += 1;
      sum += value;
      if (sent < messages) return server.send({ type: "echo", value: sent++, from: self });
      if (echoes < messages) return;
      for (const one of [self, server]) one.stop();
      echoesOfAll += echoes;
      sumOfAll += sum;
      finished += 1;
      if (finished === pairs) done.give({ echoes: echoesOfAll, sum: sumOfAll });
    });
    while (sent < Math.min(inFlight, messages)) server.send({ type: "echo", value: sent++, from: client });
  }
  return done.promise;
};

const PLAIN_PROGRAMS: Readonly<Record<string, PlainProgram>> = {
  pingpong: { size: { rounds: 40_000 }, run: pingpong },
  count: { size: { messages: 100_000 }, run: count },
  fjthrput: { size: { actors: 60, messages: 1_000 }, run: fjthrput },
  fjcreate: { size: { actors: 10_000 }, run: fjcreate },
  threadring: { size: { actors: 100, hops: 50_000 }, run: threadring },
  chameneos: { size: { creatures: 100, meetings: 20_000 }, run: chameneos },
  big: { size: { actors: 120, pings: 400 }, run: big },
  "echo-pairs": { size: { pairs: 256, inFlight: 50, messages: 200 }, run: echoPairs },
};
