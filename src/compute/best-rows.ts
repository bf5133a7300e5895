// The best rows found so far, best first, for searches that look at every row in order.

export interface BestRows {
  readonly rows: Uint32Array;
  readonly scores: Float32Array;
  count: number;
}

/** Puts `row` where it belongs in the ordered result. Rows come in order, so among equals the earlier stays first. */
export function offerRow(k: number, score: number, row: number, result: BestRows): void {
  const { rows, scores, count } = result;
  let place = Math.min(count, k - 1);
  for (; place > 0 && scores[place - 1]! < score; place--) {
    rows[place] = rows[place - 1]!;
    scores[place] = scores[place - 1]!;
  }
  rows[place] = row;
  scores[place] = score;
  result.count = Math.min(count + 1, k);
}
