/* oxlint-disable typescript/no-non-null-assertion -- actual and forecast have the same length, over which all loops run */
/**
 * How far forecasts were from what happened. All arrays have shape (h), one value per open day, in the series' unit.
 * A measure whose denominator is zero is NaN, never a flattering 0.
 */
import type { Numbers } from "./vector.js";
import { sum } from "./vector.js";

/** Weighted absolute percentage error: Σ|y − ŷ| / Σ|y| (Kolassa & Schütz 2007). 0 is perfect; unlike MAPE defined on days without sales. */
export const wape = (actual: Numbers, forecast: Numbers): number => {
  let errors = 0;
  let total = 0;
  for (let i = 0; i < actual.length; i += 1) {
    errors += Math.abs(actual[i]! - forecast[i]!);
    total += Math.abs(actual[i]!);
  }
  return total > 0 ? errors / total : Number.NaN;
};

/**
 * Mean absolute percentage error, mean of |y − ŷ| / y (Makridakis 1993), over the days on which more than `floor` was
 * sold: bakers know it, but a day of one roll forecast as two counts as much as a whole week's error. NaN when no day
 * was above the floor. @param floor in the series' unit, at least 0; state it with the figure
 */
export const mape = (actual: Numbers, forecast: Numbers, floor: number): number => {
  if (!(floor >= 0)) throw new RangeError(`expected a floor of at least 0, got ${floor}`);
  let shares = 0;
  let days = 0;
  for (let i = 0; i < actual.length; i += 1) {
    if (!(actual[i]! > floor)) continue;
    shares += Math.abs(actual[i]! - forecast[i]!) / actual[i]!;
    days += 1;
  }
  return days > 0 ? shares / days : Number.NaN;
};

/** Σ(ŷ − y) / Σ|y|: above zero, the forecast was too high. */
export const bias = (actual: Numbers, forecast: Numbers): number => {
  let errors = 0;
  let total = 0;
  for (let i = 0; i < actual.length; i += 1) {
    errors += forecast[i]! - actual[i]!;
    total += Math.abs(actual[i]!);
  }
  return total > 0 ? errors / total : Number.NaN;
};

/**
 * Mean absolute scaled error (Hyndman & Koehler 2006): the mean absolute error over that of the in-sample seasonal
 * naive forecast. @param naiveAbsolute from `seasonalNaiveErrors`
 */
export const mase = (actual: Numbers, forecast: Numbers, naiveAbsolute: number): number => {
  let errors = 0;
  for (let i = 0; i < actual.length; i += 1) errors += Math.abs(actual[i]! - forecast[i]!);
  return naiveAbsolute > 0 && actual.length > 0 ? errors / actual.length / naiveAbsolute : Number.NaN;
};

/** Root mean squared scaled error (M5; Makridakis et al. 2022), seasonal as MASE. @param naiveSquared from `seasonalNaiveErrors` */
export const rmsse = (actual: Numbers, forecast: Numbers, naiveSquared: number): number => {
  let squares = 0;
  for (let i = 0; i < actual.length; i += 1) squares += (actual[i]! - forecast[i]!) ** 2;
  return naiveSquared > 0 && actual.length > 0 ? Math.sqrt(squares / actual.length / naiveSquared) : Number.NaN;
};

/**
 * Pinball loss of one quantile, Σ 2·max(q·u, (q − 1)·u) with u = y − ŷ (Koenker & Bassett 1978; with the 2 as in M5, so
 * that the median's loss is its absolute error). A sum in the series' unit; proper: least at the true quantile.
 */
export const pinball = (actual: Numbers, quantile: Numbers, level: number): number => {
  let loss = 0;
  for (let i = 0; i < actual.length; i += 1) {
    const u = actual[i]! - quantile[i]!;
    loss += 2 * Math.max(level * u, (level - 1) * u);
  }
  return loss;
};

/**
 * Continuous ranked probability score from quantiles, mean per day in the series' unit: the integral over all levels of
 * twice the pinball loss (Laio & Tamea 2007), each level standing for those nearer to it than to any other. On the
 * levels (i − ½) / m it is exactly the CRPS of m equally likely values (Bröcker 2012), and of one value its absolute
 * error. NaN for no days or no levels. @param levels in (0, 1), ascending, shape (q) @param quantiles shape (q, h)
 */
export const crps = (actual: Numbers, levels: readonly number[], quantiles: readonly Numbers[]): number => {
  if (quantiles.length !== levels.length) throw new RangeError(`expected one row of quantiles for each of ${levels.length} levels, got ${quantiles.length}`);
  if (levels.length === 0 || actual.length === 0) return Number.NaN;
  const edge = (i: number): number => (i === 0 ? 0 : i === levels.length ? 1 : (levels[i - 1]! + levels[i]!) / 2);
  return sum(levels.map((level, i) => (edge(i + 1) - edge(i)) * pinball(actual, quantiles[i]!, level))) / actual.length;
};

/** Share of days within [low, high], the ends included. NaN for no days. */
export const coverage = (actual: Numbers, low: Numbers, high: Numbers): number => {
  let inside = 0;
  for (let i = 0; i < actual.length; i += 1) if (actual[i]! >= low[i]! - EDGE && actual[i]! <= high[i]! + EDGE) inside += 1;
  return actual.length > 0 ? inside / actual.length : Number.NaN;
};

/** An actual that equals a quantile is inside, whatever the last bit says. */
const EDGE = 1e-9;

/** Weeks to look back for the same weekday, when the one before was closed. */
const NAIVE_WEEKS_MAX = 4;

/**
 * Mean absolute and mean squared error of "as on the same weekday before", in sample: the denominators of MASE and
 * RMSSE. NaN when no day has a predecessor. @param days open days, ascending, shape (n) @param y demand, shape (n)
 */
export const seasonalNaiveErrors = (days: Numbers, y: Numbers): { readonly absolute: number; readonly squared: number } => {
  const known = new Map<number, number>();
  const errors: number[] = [];
  for (let i = 0; i < y.length; i += 1) {
    known.set(days[i]!, y[i]!);
    for (let week = 1; week <= NAIVE_WEEKS_MAX; week += 1) {
      const before = known.get(days[i]! - 7 * week);
      if (before === undefined) continue;
      errors.push(Math.abs(y[i]! - before));
      break;
    }
  }
  if (errors.length === 0) return { absolute: Number.NaN, squared: Number.NaN };
  return { absolute: sum(errors) / errors.length, squared: sum(errors.map((error) => error * error)) / errors.length };
};
