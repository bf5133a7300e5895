// What a bench is: a question with a unit, put to ourselves and to others in the same run.

export type Params = Readonly<Record<string, string | number | boolean>>;

/** One counted run. Latencies are microseconds whatever the unit of `value` is. */
export interface Measured {
  readonly value: number;
  /** The run counted its own completed work, and it was exactly what was asked. */
  readonly verified: boolean;
  readonly p50Us?: number;
  readonly p99Us?: number;
  /** Where one run holds many trials, such as seeds: the lowest and the highest of them. */
  readonly spread?: { readonly min: number; readonly max: number };
  /** Cores that the process of the contender kept busy. */
  readonly cpuCores?: number;
}

/** A contender that is ready to run: each `run` does the same work again. */
export interface Session {
  run(): Promise<Measured>;
  close(): Promise<void>;
}

/** Somebody who answers the question. Ours is called "hive". */
export interface Contender {
  readonly system: string;
  readonly params?: Params;
  open(): Promise<Session>;
}

/** A figure that others published; it is shown beside the rest and never verified here. */
export interface Published {
  readonly system: string;
  readonly params?: Params;
  readonly published: number;
}

/** What the answer should be, as data, so that one function judges all. */
export type Goal =
  | { readonly kind: "times"; readonly peer: string; readonly atLeast: number }
  | { readonly kind: "at-least"; readonly atLeast: number }
  | { readonly kind: "at-most"; readonly atMost: number }
  /** At most so many times the lowest figure among these peers. */
  | { readonly kind: "at-most-times"; readonly peers: readonly string[]; readonly atMost: number }
  /** Any figure will do, as long as the work was done and the result is right. */
  | { readonly kind: "verified" };

/**
 * Where a contender works: in one process of its own for all its runs; in a fresh one for each run, for figures that
 * depend on where memory happens to lie; or in processes that it starts itself, such as servers.
 */
export type Where = "kept-process" | "fresh-process" | "own-process";

export interface Question {
  readonly group: string;
  readonly name: string;
  readonly asks: string;
  readonly unit: string;
  readonly higherIsBetter: boolean;
  readonly params: Params;
  readonly goals: readonly Goal[];
  /** The contender that does nothing but what nobody could leave out, where there is one. */
  readonly bound?: string;
  readonly where: Where;
  contenders(scale: Scale): readonly (Contender | Published)[];
}

/** How much work: `quick` divides it, the number of counted runs stays. */
export interface Scale {
  readonly quick: boolean;
  /** Uncounted runs go on for this long: until everybody's code is compiled, as in a system that has been up. */
  readonly warmUpMs: number;
  /** `full` pieces of work, or a fifth of them when quick. */
  pieces(full: number): number;
}

export function scaleOf(quick: boolean): Scale {
  return { quick, warmUpMs: quick ? 500 : 2_000, pieces: (full) => (quick ? Math.ceil(full / 5) : full) };
}

/** Our side. Why a loader: a build in which our side does not start still shows the others. */
export function hive(params: Params, open: () => Promise<Session>): Contender {
  return { system: "hive", params, open };
}
