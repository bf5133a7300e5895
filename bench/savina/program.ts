// What a Savina program is: a root actor that is asked to `run`, its published size, and what must come out.
//
// Source: Imam & Sarkar, "Savina - An Actor Benchmark Suite" (AGERE! 2014). The programs are written from that
// description; each file names the sizes it is published with. Each run starts the actors anew and ends when the root
// has its result, which is compared with one that was computed without any actor.

import { isDeepStrictEqual } from "node:util";
import {
  type ActorDefinition,
  type ActorRef,
  type ActorSystem,
  createSystem,
  type Log,
} from "../../src/index.js";
import type { Measured, Params, Session } from "../question.js";

/** What every root understands. */
export type RootProtocol<Result> = { readonly run: { payload: void; reply: Result } };

/**
 * An actor of which no more is known than what it is told. Why not `RefOf`: of two definitions that name each other by
 * it, neither could be inferred.
 */
export type Told<Payloads> = ActorRef<{
  readonly [Method in keyof Payloads]: { payload: Payloads[Method]; reply: unknown };
}>;

export interface Program<Size extends Params, Result> {
  readonly name: string;
  readonly asks: string;
  /** As published. */
  readonly full: Size;
  /** For `--quick` and for tests. */
  readonly quick: Size;
  /** Worker threads, for programs that gain from them. Default 0: all actors on one thread. */
  readonly threads?: number;
  /** Programs that do nothing but send are told by what they do a second; the others by the time they take. */
  readonly rate?: Rate<Size>;
  readonly root: ActorDefinition<Size, RootProtocol<Result>>;
  /** The result, without any actor. */
  expected(size: Size): Result;
}

export interface Rate<Size> {
  readonly unit: string;
  /** How many of those one run is. */
  pieces(size: Size): number;
  /** Runs that are timed together, where one alone would be too short to time. */
  readonly repeats: number;
}

/** Any program at all. */
export type AnyProgram = Program<Params, unknown>;

/** Sees to it that size, root and result fit; from here on a program gets the sizes that it names itself. */
export function defineProgram<Size extends Params, Result>(program: Program<Size, Result>): AnyProgram {
  return program as unknown as AnyProgram;
}

/** What one run is: the program at one size, so many times. */
export interface Work {
  readonly program: AnyProgram;
  readonly size: Params;
  readonly repeats: number;
}

/** A system that runs the program again and again; the rate or the time of each run, verified. */
export async function openProgram({ program, size, repeats }: Work, log?: Log): Promise<Session> {
  const system = await createSystem({ threads: program.threads ?? 0, ...(log && { log }) });
  const expected: unknown = program.expected(size);
  const run = async (): Promise<Measured> => {
    let verified = true;
    let tookMs = 0;
    for (let i = 0; i < repeats; i++) {
      const once = await runProgram(system, program, size);
      verified &&= isDeepStrictEqual(once.result, expected);
      tookMs += once.tookMs;
    }
    return { value: figureOf({ program, size, repeats }, tookMs), verified };
  };
  return { run, close: async () => void (await system.shutdown()) };
}

/** What the row shows: pieces a second, or milliseconds. */
export function figureOf({ program, size, repeats }: Work, tookMs: number): number {
  const { rate } = program;
  return rate === undefined ? tookMs / repeats : (rate.pieces(size) * repeats) / (tookMs / 1000);
}

/** Runs it once and waits until all its actors are gone. */
export async function runProgram(
  system: ActorSystem,
  { root }: AnyProgram,
  size: Params,
): Promise<{ readonly result: unknown; readonly tookMs: number }> {
  const startedMs = performance.now();
  const running: ActorRef<RootProtocol<unknown>> = system.spawn(root, {
    args: size,
    on: "this",
    restart: "temporary",
  });
  const result = await running.ask("run", undefined, { timeoutMs: 0 });
  const tookMs = performance.now() - startedMs;
  const gone = new Promise<unknown>((resolve) => system.watch(running, resolve));
  system.stop(running);
  await gone;
  return { result, tookMs };
}
