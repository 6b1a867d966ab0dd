/** What a model's card will show: taken down while the data are at hand, since a model does not keep them. */
import { fromEpochDay } from "@levain/calendar";
import type { DailyForecast, DayBands, Evidence } from "@levain/contracts";
import { foldsAsServed, type Backtest, type EpochDay, type Explanation, type Series } from "@levain/forecast";
import { weeksOf } from "./why-held.js";

/** Open days before the cutoff that the card shows: eight weeks. */
const RECENT_DAYS = 56;

/** Ascending, as in `DayBands`. */
const BAND_LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9] as const;

/** Digits after the point: finer than any sale, and a third of the bytes. */
const DIGITS = 3;

/** @param forecast with the levels of the bands; days of it alone are explained */
export const evidenceOf = (series: Series, backtest: Backtest, forecast: DailyForecast, explanation: Explanation): Evidence => {
  const ahead = new Set(forecast.days);
  const weeks = weeksOf(series);
  return {
    recent: recentOf(series),
    weeks: { ...weeks, totals: weeks.totals.map(rounded) },
    folds: foldsAsServed(backtest, BAND_LEVELS).map(({ cutoff, days, actual, values }) => ({
      cutoff: fromEpochDay(cutoff),
      days: [...days].map((day, i) => ({ ...bandsOf(fromEpochDay(day), values, i), actual: rounded(actual[i]) })),
    })),
    ahead: forecast.days.map((day, i) => bandsOf(day, BAND_LEVELS.map((level) => forecast.values[forecast.levels.indexOf(level)] ?? []), i)),
    components: explanation.days
      .filter(({ day }) => ahead.has(fromEpochDay(day)))
      .map(({ day, median, parts }) => ({ day: fromEpochDay(day), median: rounded(median), parts: parts.map(({ kind, name, units }) => ({ kind, name, units: rounded(units) })) })),
  };
};

const recentOf = ({ start, y }: Series): Evidence["recent"] => {
  const open: { day: EpochDay; quantity: number }[] = [];
  for (let i = y.length - 1; i >= 0 && open.length < RECENT_DAYS; i -= 1) {
    const quantity = y[i] ?? Number.NaN;
    if (!Number.isNaN(quantity)) open.unshift({ day: start + i, quantity });
  }
  return open.map(({ day, quantity }) => ({ day: fromEpochDay(day), actual: rounded(quantity) }));
};

const bandsOf = (day: string, values: readonly ArrayLike<number>[], i: number): DayBands => {
  const [low80, low50, median, high50, high80] = values.map((row) => rounded(row[i]));
  return { day, low80: low80 ?? 0, low50: low50 ?? 0, median: median ?? 0, high50: high50 ?? 0, high80: high80 ?? 0 };
};

const rounded = (value = 0): number => Number(value.toFixed(DIGITS));
