/** A back-test in seven numbers. */
import type { Backtest, Fold } from "./backtest.js";
import { servedOutlooks } from "./folds-as-served.js";
import { bias, coverage, mase, pinball, rmsse, wape } from "./metrics.js";
import type { Outlook } from "./outlook.js";
import { MEDIAN_INDEX, quantileAt } from "./outlook.js";
import { mean, sum } from "./vector.js";

/** null = undefined for this series, such as a share of no sales at all. */
export type Score = {
  readonly wape: number | null;
  readonly mase: number | null;
  readonly rmsse: number | null;
  readonly bias: number | null;
  /** Mean pinball loss of the 10, 50 and 90 % quantiles over the mean demand. */
  readonly pinball: number | null;
  readonly coverage80: number | null;
  readonly days: number;
};

const LOW = 0.1;
const HIGH = 0.9;
/** Levels whose pinball loss decides between models: the median and the ends of the 80 % interval. */
const JUDGED_LEVELS = [LOW, 0.5, HIGH] as const;

/** The score of a back-test as it would have been served. */
export const scoreOf = (backtest: Backtest): Score => {
  const { folds } = backtest;
  const served = servedOutlooks(backtest);
  const actual = folds.flatMap((fold) => [...fold.actual]);
  const rows = (level: number) => served.flatMap((outlook) => [...quantileAt(outlook, level)]);
  const medians = rows(0.5);
  const losses = JUDGED_LEVELS.map((level) => pinball(actual, rows(level), level));
  const perFold = (measure: (fold: Fold, median: Float64Array) => number) =>
    mean(folds.map((fold, i) => measure(fold, served[i]?.[MEDIAN_INDEX] ?? new Float64Array())).filter(Number.isFinite));
  const hasNaive = folds.some((fold) => fold.naive.absolute > 0);
  return {
    wape: finite(wape(actual, medians)),
    mase: hasNaive ? perFold((fold, median) => mase(fold.actual, median, fold.naive.absolute)) : null,
    rmsse: hasNaive ? perFold((fold, median) => rmsse(fold.actual, median, fold.naive.squared)) : null,
    bias: finite(bias(actual, medians)),
    pinball: finite(sum(losses) / JUDGED_LEVELS.length / sum(actual)),
    coverage80: finite(coverage(actual, rows(LOW), rows(HIGH))),
    days: actual.length,
  };
};

/** Pinball loss of a fold's outlook, summed over its days and the judged levels: what trials compete on. */
export const lossOf = (actual: Float64Array, outlook: Outlook): number =>
  sum(JUDGED_LEVELS.map((level) => pinball(actual, quantileAt(outlook, level), level)));

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
