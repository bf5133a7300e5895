// How far predictions can be believed: each is compared with what happened before anything is learnt from it, over the
// latest ones.
//
//   calibration error   over ten bins of predicted success: Σ share of the bin · |mean predicted - mean happened|
//                       (expected calibration error; Naeini, Cooper & Hauskrecht, 2015)
//   Brier score         the mean of (predicted - happened)²; beside it the score of always saying the mean

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
  /** Half of the latencies were off by no more than this factor; 1 is exact. */
  readonly latencyFactor: number;
  /** Those that hold something. */
  readonly bins: readonly CalibrationBin[];
}

/** The latest predictions with their outcomes. */
export class CalibrationWindow {
  readonly #predicted = new Float32Array(WINDOW);
  readonly #happened = new Float32Array(WINDOW);
  readonly #latencyOff = new Float32Array(WINDOW);
  #seen = 0;

  /** `latencyOff` is the difference of the logarithms of predicted and measured latency. */
  add(predicted: number, happened: number, latencyOff: number): void {
    const at = this.#seen++ % WINDOW;
    this.#predicted[at] = predicted;
    this.#happened[at] = happened;
    this.#latencyOff[at] = Math.abs(latencyOff);
  }

  report(): Calibration {
    const outcomes = Math.min(this.#seen, WINDOW);
    const predicted = this.#predicted.subarray(0, outcomes);
    const happened = this.#happened.subarray(0, outcomes);
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
      latencyFactor: outcomes === 0 ? 0 : Math.exp(off[outcomes >> 1]!),
      bins,
    };
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
