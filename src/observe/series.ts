// What a probe hands over when somebody collects: named numbers with a few labels. Plain data, so that whoever knows a
// number (the hub, the system, the gateway) needs to know nothing about metric libraries.

export interface Sample {
  /** Differs from the series' name only inside a histogram. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Series {
  /** `hive_…`, in base units, counters ending in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly kind: "gauge" | "counter" | "histogram";
  readonly samples: readonly Sample[];
}

/** Read at each collection; must be quick and must not throw. */
export type Probe = () => readonly Series[];

/** A gauge with one value. */
export function gauge(name: string, help: string, value: number): Series {
  return { name, help, kind: "gauge", samples: [{ value }] };
}

/** A counter with one value. */
export function counter(name: string, help: string, value: number): Series {
  return { name, help, kind: "counter", samples: [{ value }] };
}

/** One series with one sample per entry; the key becomes the label. */
export function labelled(
  name: string,
  help: string,
  kind: "gauge" | "counter",
  label: string,
  values: Readonly<Record<string, number>>,
): Series {
  const samples = Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
  return { name, help, kind, samples };
}
