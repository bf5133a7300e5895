// The golden vectors of ranking: agents, a task, and the answer worked out by hand. Every engine gives these answers.

import { type AgentProfile, ELIGIBLE, ELIGIBLE_ALL } from "../../src/compute/agent-table.js";
import type { NoMatch } from "../../src/compute/no-match.js";
import { DEFAULT_TERM_WEIGHTS, type TermWeights } from "../../src/compute/scorer.js";
import type { TaskNeeds } from "../../src/compute/task-needs.js";

type Capabilities = Readonly<Record<string, number>>;

/** An agent in one line: what it can do, and what else is not the default. */
export function profile(
  capabilities: Capabilities,
  rest: Omit<AgentProfile, "capabilities"> = {},
): AgentProfile {
  const list = Object.entries(capabilities).map(([name, proficiency]) => ({ name, proficiency }));
  return { capabilities: list, ...rest };
}

export function needing(minima: Capabilities): TaskNeeds {
  return { capabilities: Object.entries(minima).map(([capability, min]) => ({ capability, min })) };
}

export interface GoldenVector {
  readonly says: string;
  readonly agents: Readonly<Record<string, AgentProfile>>;
  readonly needs: TaskNeeds;
  readonly k?: number;
  readonly weights?: TermWeights;
  /** Best first, with scores. */
  readonly ranked: readonly (readonly [key: string, score: number])[];
}

const FITNESS_ONLY: TermWeights = { fitness: 1, success: 0, headroom: 0, speed: 0 };
const SUCCESS_ONLY: TermWeights = { fitness: 0, success: 1, headroom: 0, speed: 0 };
const SPEED_ONLY: TermWeights = { fitness: 0, success: 0, headroom: 0, speed: 1 };

export const GOLDEN_RANKINGS: readonly GoldenVector[] = [
  {
    says: "the default weights are divided by their sum, 0.9, while semantic similarity is not in use",
    agents: {
      skilled: profile({ cpp: 0.9 }, { load: 0.5, outcomes: { alpha: 3, beta: 1 }, latencyMs: 100 }),
      free: profile({ cpp: 0.6 }, { latencyMs: 300 }),
    },
    needs: needing({ cpp: 0.5 }),
    weights: DEFAULT_TERM_WEIGHTS,
    ranked: [
      ["skilled", (0.4 * 0.9 + 0.25 * 0.75 + 0.15 * 0.5 + 0.1 * 0.5) / 0.9],
      ["free", (0.4 * 0.6 + 0.25 * 0.5 + 0.15 * 1 + 0.1 * 0.25) / 0.9],
    ],
  },
  {
    says: "fitness is one half when nothing is required",
    agents: { any: profile({ cpp: 1 }), other: profile({ go: 0.2 }, { idleSinceMs: 5 }) },
    needs: needing({}),
    weights: FITNESS_ONLY,
    ranked: [
      ["any", 0.5],
      ["other", 0.5],
    ],
  },
  {
    says: "fitness is the weighted mean of the required capabilities",
    agents: { a: profile({ x: 0.8, y: 0.4 }), b: profile({ x: 0.4, y: 0.8 }) },
    needs: {
      capabilities: [
        { capability: "x", min: 0.1, weight: 3 },
        { capability: "y", min: 0.1 },
      ],
    },
    weights: FITNESS_ONLY,
    ranked: [
      ["a", 0.7],
      ["b", 0.5],
    ],
  },
  {
    says: "a capability of weight 0 filters and does not count",
    agents: { can: profile({ x: 0.3, allowed: 1 }), cannot: profile({ x: 1 }) },
    needs: {
      capabilities: [
        { capability: "x", min: 0 },
        { capability: "allowed", min: 0, weight: 0 },
      ],
    },
    weights: FITNESS_ONLY,
    ranked: [["can", 0.3]],
  },
  {
    says: "fitness is one half when everything required only filters",
    agents: { can: profile({ allowed: 1 }), cannot: profile({ x: 1 }) },
    needs: { capabilities: [{ capability: "allowed", min: 0.5, weight: 0 }] },
    weights: FITNESS_ONLY,
    ranked: [["can", 0.5]],
  },
  {
    says: "proficiency at its minimum is enough, below it is not, and minimum 0 still asks for the capability",
    agents: {
      at: profile({ x: 0.7, y: 0.01 }),
      below: profile({ x: 0.699, y: 1 }),
      lacking: profile({ x: 1, y: 0 }),
    },
    needs: needing({ x: 0.7, y: 0 }),
    weights: FITNESS_ONLY,
    ranked: [["at", 0.355]],
  },
  {
    says: "energy of exactly 0.1 is too little",
    agents: { tired: profile({ x: 1 }, { energy: 0.1 }), awake: profile({ x: 0.5 }, { energy: 0.11 }) },
    needs: needing({ x: 0 }),
    weights: FITNESS_ONLY,
    ranked: [["awake", 0.5]],
  },
  {
    says: "an agent needs every bit of eligibility",
    agents: {
      busy: profile({ x: 1 }, { eligible: ELIGIBLE_ALL & ~ELIGIBLE.idle }),
      broken: profile({ x: 1 }, { eligible: ELIGIBLE_ALL & ~ELIGIBLE.breakerClosed }),
      lost: profile({ x: 1 }, { eligible: ELIGIBLE_ALL & ~ELIGIBLE.threadHealthy }),
      paused: profile({ x: 1 }, { eligible: ELIGIBLE_ALL & ~ELIGIBLE.active }),
      ready: profile({ x: 0.2 }),
    },
    needs: needing({ x: 0 }),
    weights: FITNESS_ONLY,
    ranked: [["ready", 0.2]],
  },
  {
    says: "a task may ask for fewer bits, as a preview does that ignores who is busy",
    agents: {
      busy: profile({ x: 1 }, { eligible: ELIGIBLE_ALL & ~ELIGIBLE.idle }),
      broken: profile({ x: 1 }, { eligible: ELIGIBLE_ALL & ~ELIGIBLE.breakerClosed }),
    },
    needs: { ...needing({ x: 0 }), eligible: ELIGIBLE_ALL & ~ELIGIBLE.idle },
    weights: FITNESS_ONLY,
    ranked: [["busy", 1]],
  },
  {
    says: "ties go to the lower load, then to the longer idle, then to the lower row",
    agents: {
      loaded: profile({ x: 0.5 }, { load: 0.5, idleSinceMs: 1 }),
      late: profile({ x: 0.5 }, { load: 0.25, idleSinceMs: 1_763_713_500_002 }),
      early: profile({ x: 0.5 }, { load: 0.25, idleSinceMs: 1_763_713_500_001 }),
      same: profile({ x: 0.5 }, { load: 0.25, idleSinceMs: 1_763_713_500_001 }),
    },
    needs: needing({ x: 0 }),
    weights: FITNESS_ONLY,
    ranked: [
      ["early", 0.5],
      ["same", 0.5],
      ["late", 0.5],
      ["loaded", 0.5],
    ],
  },
  {
    says: "only the best k are returned",
    agents: {
      c: profile({ x: 0.3 }),
      a: profile({ x: 0.9 }),
      b: profile({ x: 0.6 }),
      d: profile({ x: 0.1 }),
    },
    needs: needing({ x: 0 }),
    k: 2,
    weights: FITNESS_ONLY,
    ranked: [
      ["a", 0.9],
      ["b", 0.6],
    ],
  },
  {
    says: "speed compares with the lower median of those who may have the task; never measured counts as average",
    agents: {
      slow: profile({ x: 1 }, { latencyMs: 600 }),
      middle: profile({ x: 1 }, { latencyMs: 200 }),
      fast: profile({ x: 1 }, { latencyMs: 100 }),
      unable: profile({ y: 1 }, { latencyMs: 1 }),
      unknown: profile({ x: 1 }, { load: 0.1 }),
      slower: profile({ x: 1 }, { latencyMs: 1_800 }),
    },
    needs: needing({ x: 0 }),
    weights: SPEED_ONLY,
    ranked: [
      ["fast", 1 / 1.5],
      ["middle", 0.5],
      ["unknown", 0.5],
      ["slow", 0.25],
      ["slower", 0.1],
    ],
  },
  {
    says: "success is the mean of the prior",
    agents: {
      new: profile({ x: 1 }),
      good: profile({ x: 1 }, { outcomes: { alpha: 8, beta: 2 } }),
      poor: profile({ x: 1 }, { outcomes: { alpha: 1, beta: 9 } }),
    },
    needs: needing({ x: 0 }),
    weights: SUCCESS_ONLY,
    ranked: [
      ["good", 0.8],
      ["new", 0.5],
      ["poor", 0.1],
    ],
  },
];

export interface GoldenRefusal {
  readonly says: string;
  readonly agents: Readonly<Record<string, AgentProfile>>;
  readonly needs: TaskNeeds;
  readonly answer: NoMatch;
}

const nobodyKept = { busy: 0, tired: 0, breakerOpen: 0, threadUnhealthy: 0, inactive: 0 };

export const GOLDEN_REFUSALS: readonly GoldenRefusal[] = [
  {
    says: "no-capability when there are no agents",
    agents: {},
    needs: needing({ x: 0.5 }),
    answer: { reason: "no-capability", capability: "x" },
  },
  {
    says: "no-capability without a name when there are no agents and nothing is required",
    agents: {},
    needs: needing({}),
    answer: { reason: "no-capability", capability: undefined },
  },
  {
    says: "no-capability when nobody has one of them",
    agents: { a: profile({ x: 1 }), b: profile({ y: 1 }) },
    needs: needing({ x: 0.5, z: 0.5 }),
    answer: { reason: "no-capability", capability: "z" },
  },
  {
    says: "no-capability when nobody has all of them, naming what the nearest agent lacks",
    agents: { one: profile({ x: 1 }), two: profile({ x: 1, y: 1 }), other: profile({ z: 1 }) },
    needs: needing({ x: 0.5, y: 0.5, z: 0.5 }),
    answer: { reason: "no-capability", capability: "z" },
  },
  {
    says: "below-minimum with the agent that misses by least and what it misses by most",
    agents: {
      far: profile({ x: 0.25, y: 0.75 }),
      near: profile({ x: 0.625, y: 0.5 }),
      lacking: profile({ x: 1 }),
    },
    needs: needing({ x: 0.75, y: 0.75 }),
    answer: {
      reason: "below-minimum",
      nearest: { key: "near", capability: "y", proficiency: 0.5, min: 0.75 },
    },
  },
  {
    says: "all-busy when those who are good enough lack a slot or energy",
    agents: {
      busy: profile({ x: 1 }, { eligible: ELIGIBLE_ALL & ~ELIGIBLE.idle }),
      tired: profile({ x: 1 }, { energy: 0.05 }),
      weak: profile({ x: 0.1 }),
    },
    needs: needing({ x: 0.5 }),
    answer: { reason: "all-busy", kept: { ...nobodyKept, capable: 2, busy: 1, tired: 1 } },
  },
  {
    says: "all-busy when one is busy and others are kept out, since waiting helps",
    agents: {
      busy: profile({ x: 1 }, { eligible: ELIGIBLE_ALL & ~ELIGIBLE.idle }),
      broken: profile({ x: 1 }, { eligible: ELIGIBLE_ALL & ~ELIGIBLE.breakerClosed }),
    },
    needs: needing({ x: 0.5 }),
    answer: { reason: "all-busy", kept: { ...nobodyKept, capable: 2, busy: 1, breakerOpen: 1 } },
  },
  {
    says: "breaker-open when all who are good enough are kept out",
    agents: {
      broken: profile({ x: 1 }, { eligible: 0 }),
      lost: profile({ x: 1 }, { eligible: ELIGIBLE_ALL & ~ELIGIBLE.threadHealthy }),
    },
    needs: needing({ x: 0.5 }),
    answer: {
      reason: "breaker-open",
      kept: { ...nobodyKept, capable: 2, busy: 1, breakerOpen: 1, threadUnhealthy: 2, inactive: 1 },
    },
  },
];
