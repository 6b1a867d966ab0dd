/** The numbers a process shows to Prometheus. Names end in their unit; what they count is the app's to name. */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import {
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
  collectDefaultMetrics,
} from "prom-client";

export type { Counter, Gauge, Histogram } from "prom-client";

export type Metrics = {
  counter<L extends string = never>(options: Omit<CounterConfiguration<L>, "registers">): Counter<L>;
  gauge<L extends string = never>(options: Omit<GaugeConfiguration<L>, "registers">): Gauge<L>;
  histogram<L extends string = never>(options: Omit<HistogramConfiguration<L>, "registers">): Histogram<L>;
  /** All metrics in the Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
  /** Stops the event-loop clock. */
  close(): void;
};

/** Milliseconds between two looks at the event loop. */
const LOOP_RESOLUTION_MS = 10;

const NANOSECONDS_PER_SECOND = 1e9;

/** A registry of its own with Node's default metrics and the event-loop lag; every line carries the process's name. */
export function createMetrics(processName: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ process: processName });
  collectDefaultMetrics({ register: registry });
  const loop = watchEventLoop(registry);
  const registers = [registry];
  return {
    counter: (options) => new Counter({ ...options, registers }),
    gauge: (options) => new Gauge({ ...options, ...tolerant(options), registers }),
    histogram: (options) => new Histogram({ ...options, registers }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
    close: () => loop.disable(),
  };
}

/** A gauge that cannot be read now is left out of the answer: it must not take all the others with it. */
function tolerant<L extends string>({ collect, labelNames = [] }: Pick<GaugeConfiguration<L>, "collect" | "labelNames">): Pick<GaugeConfiguration<L>, "collect"> {
  if (!collect) return {};
  return {
    async collect() {
      try {
        await collect.call(this);
      } catch {
        this.reset();
        // Without labels a gauge has one value, which a reset sets to 0.
        if (labelNames.length === 0) this.remove();
      }
    },
  };
}

/** How late timers fire, since the last time anyone asked. */
function watchEventLoop(registry: Registry): IntervalHistogram {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  new Gauge({
    name: "event_loop_lag_seconds",
    help: "How late timers fired since the last collection, by quantile",
    labelNames: ["quantile"],
    registers: [registry],
    collect() {
      this.set({ quantile: "0.5" }, lagSeconds(loop.percentile(50)));
      this.set({ quantile: "0.99" }, lagSeconds(loop.percentile(99)));
      this.set({ quantile: "1" }, lagSeconds(loop.max));
      loop.reset();
    },
  });
  return loop;
}

/** The clock counts from one look to the next, so an idle loop shows the resolution: that is not lag. */
const lagSeconds = (nanoseconds: number): number => {
  const lag = nanoseconds / NANOSECONDS_PER_SECOND - LOOP_RESOLUTION_MS / 1000;
  return Number.isFinite(lag) && lag > 0 ? lag : 0;
};
