/** Counts what happens, by a closed list of label values. */
export interface Counter {
  /** Adds one (or `by`) to the series of these label values. */
  add(labels?: Readonly<Record<string, string>>, by?: number): void;
}

/** Records how long things took. */
export interface Histogram {
  /** Records one duration in seconds under these label values. */
  observeSeconds(seconds: number, labels?: Readonly<Record<string, string>>): void;
}

/** Where rooms get their counters; the console's listener exposes them as `/metrics`. */
export interface Metrics {
  /** The counter of that name, made at the first call. Name without prefix, e.g. `dropped_packets_total`. */
  counter(name: string, help: string, labelNames?: readonly string[]): Counter;
  /** The histogram of that name, made at the first call. Name without prefix, e.g. `verdict_seconds`. */
  histogram(name: string, help: string, labelNames?: readonly string[]): Histogram;
  /** A gauge read when asked for: `read` gives the present value. */
  gauge(name: string, help: string, read: () => number): void;
}

/** Metrics that count nothing, for tests and commands. */
export const noMetrics: Metrics = {
  counter: () => ({ add: () => undefined }),
  histogram: () => ({ observeSeconds: () => undefined }),
  gauge: () => undefined,
};
