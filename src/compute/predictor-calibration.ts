// How far predictions can be believed: each is compared with what happened before anything is learnt from it, over the
// latest ones.
//
//   calibration error   over ten bins of predicted success: Σ share of the bin · |mean predicted - mean happened|
//                       (expected calibration error; Naeini, Cooper & Hauskrecht, 2015)
//   Brier score         the mean of (predicted - happened)²; beside it the score of always saying the mean
//   weight              how much of what was predicted to mix into what was believed without it:
//                       mixed = believed + weight · (predicted - believed)
//
// The weight is that of the least squared error over the remembered outcomes, less one standard error of itself, so
// that a network which only happened to be right has no say (stacking; Wolpert, "Stacked generalization", 1992):
//
//   d = predicted - believed    r = happened - believed    weight = (Σ r·d - √(mean r² · Σ d²)) / Σ d², within 0 … 1

/** Predictions that are remembered. */
const WINDOW = 1024;
const BINS = 10;

export interface CalibrationBin {
  /** Predictions from this up to the next bin's. */
  readonly from: number;
  readonly outcomes: number;
  readonly predicted: number;
  readonly happened: number;
}

export interface Calibration {
  /** How many predictions this is about; with 0 all figures are 0. */
  readonly outcomes: number;
  readonly calibrationError: number;
  readonly brierScore: number;
  /** Whoever knows the mean alone has this one. */
  readonly brierScoreOfMean: number;
  /** That of what was believed without the predictions. */
  readonly brierScoreOfBelief: number;
  /** How much of a prediction to mix into a belief, 0 … 1. */
  readonly weight: number;
  /** Half of the latencies were off by no more than this factor; 1 is exact. */
  readonly latencyFactor: number;
  /** Those that hold something. */
  readonly bins: readonly CalibrationBin[];
}

/** Numbers kept of each: predicted, happened, how far the latency was off, believed. */
const COLUMNS = 4;
/** Fewer outcomes than this give no weight. */
const WEIGHED_LEAST = 32;

/** The latest predictions with their outcomes. */
export class CalibrationWindow {
  readonly #columns = new Float32Array(COLUMNS * WINDOW);
  readonly #predicted = this.#columns.subarray(0, WINDOW);
  readonly #happened = this.#columns.subarray(WINDOW, 2 * WINDOW);
  readonly #latencyOff = this.#columns.subarray(2 * WINDOW, 3 * WINDOW);
  readonly #believed = this.#columns.subarray(3 * WINDOW);
  #seen = 0;
  #weight: number | undefined;

  /**
   * `latencyOff` is the difference of the logarithms of predicted and measured latency, `believed` what was expected
   * without the prediction.
   */
  add(predicted: number, happened: number, latencyOff: number, believed: number): void {
    const at = this.#seen++ % WINDOW;
    this.#predicted[at] = predicted;
    this.#happened[at] = happened;
    this.#latencyOff[at] = Math.abs(latencyOff);
    this.#believed[at] = believed;
    this.#weight = undefined;
  }

  /** As in the report. */
  get weight(): number {
    this.#weight ??= this.#weigh();
    return this.#weight;
  }

  /** How many it has seen, and the columns, for `restore`. The latter is not a copy. */
  dump(): { readonly seen: number; readonly columns: Float32Array } {
    return { seen: this.#seen, columns: this.#columns };
  }

  /** Takes what `dump` gave; false when it cannot have been that. */
  restore(seen: number, columns: Float32Array): boolean {
    if (!Number.isInteger(seen) || seen < 0 || columns.length !== COLUMNS * WINDOW) return false;
    this.#seen = seen;
    this.#columns.set(columns);
    this.#weight = undefined;
    return true;
  }

  report(): Calibration {
    const outcomes = Math.min(this.#seen, WINDOW);
    const predicted = this.#predicted.subarray(0, outcomes);
    const happened = this.#happened.subarray(0, outcomes);
    const believed = this.#believed.subarray(0, outcomes);
    const bins = binsOf(predicted, happened);
    const off = this.#latencyOff.slice(0, outcomes).sort();
    const mean = meanOf(happened);
    return {
      outcomes,
      calibrationError: bins.reduce(
        (sum, bin) => sum + (bin.outcomes / outcomes) * Math.abs(bin.predicted - bin.happened),
        0,
      ),
      brierScore: meanOf(predicted.map((value, at) => (value - happened[at]!) ** 2)),
      brierScoreOfMean: meanOf(happened.map((value) => (value - mean) ** 2)),
      brierScoreOfBelief: meanOf(believed.map((value, at) => (value - happened[at]!) ** 2)),
      weight: this.weight,
      latencyFactor: outcomes === 0 ? 0 : Math.exp(off[outcomes >> 1]!),
      bins,
    };
  }

  #weigh(): number {
    const outcomes = Math.min(this.#seen, WINDOW);
    if (outcomes < WEIGHED_LEAST) return 0;
    let product = 0;
    let apart = 0;
    let missed = 0;
    for (let at = 0; at < outcomes; at++) {
      const difference = this.#predicted[at]! - this.#believed[at]!;
      const residual = this.#happened[at]! - this.#believed[at]!;
      product += residual * difference;
      apart += difference * difference;
      missed += residual * residual;
    }
    const weight = (product - Math.sqrt((missed / outcomes) * apart)) / apart;
    // Where nothing is apart there is nothing to mix, and the quotient is none.
    return apart === 0 ? 0 : Math.min(1, Math.max(0, weight));
  }
}

function binsOf(predicted: Float32Array, happened: Float32Array): CalibrationBin[] {
  const bins = Array.from({ length: BINS }, (_, bin) => ({
    from: bin / BINS,
    outcomes: 0,
    predicted: 0,
    happened: 0,
  }));
  for (const [at, value] of predicted.entries()) {
    const bin = bins[Math.min(BINS - 1, Math.floor(value * BINS))]!;
    bin.outcomes++;
    bin.predicted += value;
    bin.happened += happened[at]!;
  }
  return bins
    .filter(({ outcomes }) => outcomes > 0)
    .map((bin) => ({
      ...bin,
      predicted: bin.predicted / bin.outcomes,
      happened: bin.happened / bin.outcomes,
    }));
}

function meanOf(values: Float32Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
