// Sieve: numbers run through a chain of actors, each of which holds back the multiples of its primes; a number that
// gets through the last one is prime, and stays with it until that has as many as it may hold.

import { type ActorContext, defineActor, type Later, type RefOf } from "../../src/index.js";
import { defineProgram, type Told } from "./program.js";

type Size = { readonly below: number; readonly primesEach: number };
type Primes = { readonly primes: number; readonly sum: number };

interface FilterArgs {
  readonly primesEach: number;
  readonly collector: Told<{ found: Primes }>;
}

interface FilterState extends FilterArgs {
  readonly primes: number[];
  next: RefOf<typeof Filter> | undefined;
}

const Filter = defineActor({
  name: "Filter",
  state: ({ primesEach, collector }: FilterArgs): FilterState => ({
    primesEach,
    collector,
    primes: [],
    next: undefined,
  }),
  on: {
    candidate(ctx, number: number): void {
      const { primes, next, primesEach } = ctx.state;
      for (const prime of primes) if (number % prime === 0) return;
      if (next !== undefined) next.tell("candidate", number);
      else if (primes.length < primesEach) primes.push(number);
      else {
        ctx.state.next = spawnFilter(ctx, ctx.state);
        ctx.state.next.tell("candidate", number);
      }
    },
    end(ctx, before: Primes): void {
      const { primes, next, collector } = ctx.state;
      const sum = primes.reduce((total, prime) => total + prime, before.sum);
      const soFar: Primes = { primes: before.primes + primes.length, sum };
      if (next === undefined) collector.tell("found", soFar);
      else next.tell("end", soFar);
    },
  },
  mailbox: { capacity: 131_072 }, // all candidates may wait for the first of the chain
});

function spawnFilter(ctx: ActorContext, { primesEach, collector }: FilterArgs): RefOf<typeof Filter> {
  return ctx.spawn(Filter, { args: { primesEach, collector } });
}

const Producer = defineActor({
  name: "Producer",
  state: (size: Size, ctx: ActorContext) => ({
    below: size.below,
    first: spawnFilter(ctx, { primesEach: size.primesEach, collector: ctx.self }),
    done: undefined as Later<Primes> | undefined,
  }),
  on: {
    run(ctx) {
      const { below, first } = ctx.state;
      first.tell("candidate", 2);
      for (let odd = 3; odd < below; odd += 2) first.tell("candidate", odd);
      first.tell("end", { primes: 0, sum: 0 });
      ctx.state.done = ctx.later<Primes>();
      return ctx.state.done;
    },
    found(ctx, primes: Primes) {
      ctx.state.done?.give(primes);
    },
  },
});

/** Eratosthenes. */
function primesBelow(below: number): Primes {
  const composite = new Uint8Array(below);
  let [primes, sum] = [0, 0];
  for (let number = 2; number < below; number++) {
    if (composite[number] === 1) continue;
    primes += 1;
    sum += number;
    for (let multiple = number * number; multiple < below; multiple += number) composite[multiple] = 1;
  }
  return { primes, sum };
}

export const sieve = defineProgram({
  name: "sieve",
  asks: "how long does a chain of actors take to find the primes below 100,000?",
  full: { below: 100_000, primesEach: 1_000 },
  quick: { below: 10_000, primesEach: 100 },
  root: Producer,
  expected: ({ below }) => primesBelow(below),
});
