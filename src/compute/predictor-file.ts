// What a predictor knows as bytes, for a file, and back: the outcomes it learns from, its network, and how far its
// predictions could be believed. Sealed as sealed-bytes.ts says; the body is MessagePack, numbers in bytes of 32-bit
// floats.

import { isObject } from "../base/show.js";
import { inspectBoundary } from "../wire/boundary.js";
import { packPlain, unpackPlain } from "../wire/codec.js";
import type { LatencyScale } from "./predictor-job.js";
import { floatsFrom, floatsToBytes, openSealed, type Seal, sealBytes } from "./sealed-bytes.js";

/** Everything by which a predictor goes on as if it had never stopped. */
export interface PredictorState {
  readonly recorded: number;
  readonly recordedAtTraining: number;
  readonly trainings: number;
  /** The oldest first, as are the two below. */
  readonly features: Float32Array;
  readonly successes: Float32Array;
  readonly logLatencies: Float32Array;
  /** As `saveNetwork` makes them; null before the first training. */
  readonly network: Uint8Array | null;
  readonly latency: LatencyScale;
  readonly calibrated: number;
  readonly calibration: Float32Array;
}

const SEAL: Seal = {
  magic: "HIVE-OUT",
  version: 1,
  code: "PREDICTOR_FILE",
  name: "predictor",
  madeBy: "OutcomePredictor.save",
};
/** 65,536 outcomes of ten numbers, and the network. */
const BODY_CAPS = { maxBytes: 4 * 1024 * 1024, maxDepth: 3 };
const FLOATS = ["features", "successes", "logLatencies", "calibration"] as const;
const COUNTS = ["recorded", "recordedAtTraining", "trainings", "calibrated"] as const;

export function packPredictor(state: PredictorState): Uint8Array {
  const floats = Object.fromEntries(FLOATS.map((name) => [name, floatsToBytes(state[name])]));
  return sealBytes(SEAL, packPlain({ ...state, ...floats }));
}

/** Hands what `packPredictor` made bytes of to `take`. Throws PREDICTOR_FILE for bytes that are none, or not taken. */
export function unpackPredictor<T>(bytes: Uint8Array, take: (state: PredictorState) => T): T {
  return openSealed(SEAL, bytes, (body) => {
    inspectBoundary(body, BODY_CAPS);
    return take(stateOf(unpackPlain(body)));
  });
}

function stateOf(body: unknown): PredictorState {
  const given = isObject(body) ? (body as Record<string, unknown>) : {};
  for (const name of COUNTS)
    if (!Number.isSafeInteger(given[name]) || (given[name] as number) < 0)
      throw new Error(`${name} is no count`);
  const { network, latency } = given;
  if (network !== null && !(network instanceof Uint8Array))
    throw new Error("network is neither bytes nor null");
  const { mean, spread } = isObject(latency) ? (latency as Record<string, unknown>) : {};
  if (!Number.isFinite(mean) || !Number.isFinite(spread)) throw new Error("latency is no mean and spread");
  const floats = Object.fromEntries(FLOATS.map((name) => [name, floatsFrom(name, given[name])]));
  return { ...given, ...floats } as unknown as PredictorState;
}
