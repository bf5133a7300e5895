// What a router is in the simulated worlds: it is shown who is free, chooses, and is told how it went.

import type { Random } from "../../src/base/random.js";

/** The world as a router may know it. */
export interface Setting {
  readonly agents: number;
  readonly kinds: number;
  /** By agent · kinds + kind. */
  readonly declared: Float64Array;
  readonly random: Random;
}

export interface Decision {
  readonly agent: number;
  /** The success that the router expects. */
  readonly expected: number;
}

export interface Router {
  /** `busy[agent]` is 1 for those that cannot be chosen; somebody is free. */
  choose(kind: number, busy: Uint8Array): Decision;
  /** How it went: 0 or 1. */
  learn(kind: number, agent: number, outcome: number): void;
  /** An agent's success at a kind has been drawn anew, for those who are told (told-policies.ts). */
  changed?(kind: number, agent: number): void;
  /** The share of an agent's slots that is taken now. */
  loaded?(agent: number, share: number): void;
  /** How long an agent took. */
  timed?(agent: number, duration: number): void;
}

export type MakeRouter = (setting: Setting) => Router;
