// One answer to one question, as the JSON file holds it.

import type { Params } from "./question.js";

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Row {
  readonly group: string;
  readonly question: string;
  readonly system: string;
  readonly params: Params;
  readonly value: number | null;
  readonly unit: string;
  readonly higherIsBetter: boolean;
  readonly verified: boolean;
  readonly runs: Spread | null;
  readonly p50?: number;
  readonly p99?: number;
  /** Processor cores this process kept busy during the runs, itself and its threads. */
  readonly cpuCores?: number;
  /** Why there is no value. */
  readonly missing?: string;
}
