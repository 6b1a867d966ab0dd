/** How far a back-test is, for a person: a bar on a terminal, a line per tenth where the output is kept. */
import { Presets, SingleBar } from "cli-progress";

export type BacktestProgress = {
  start(forecasts: number): void;
  /** One forecast more is made. */
  advance(productName: string): void;
  end(): void;
};

export const openBacktestProgress = (output: NodeJS.WriteStream = process.stderr): BacktestProgress => (output.isTTY ? bar(output) : lines(output));

function bar(output: NodeJS.WriteStream): BacktestProgress {
  const single = new SingleBar(
    { format: "  {bar} {value}/{total} forecasts · {eta_formatted} left · {product}", stream: output, hideCursor: true, etaBuffer: 50, gracefulExit: false },
    Presets.shades_classic,
  );
  return {
    start: (forecasts) => single.start(forecasts, 0, { product: "" }),
    advance: (product) => single.increment(1, { product }),
    end: () => single.stop(),
  };
}

function lines(output: NodeJS.WriteStream): BacktestProgress {
  const startedAt = performance.now();
  let total = 0;
  let done = 0;
  return {
    start: (forecasts) => {
      total = forecasts;
    },
    advance: () => {
      done += 1;
      const tenths = Math.floor((10 * done) / total);
      if (tenths === Math.floor((10 * (done - 1)) / total)) return;
      const seconds = (performance.now() - startedAt) / 1000;
      output.write(`  ${done}/${total} forecasts after ${seconds.toFixed(0)} s\n`);
    },
    end: () => undefined,
  };
}
