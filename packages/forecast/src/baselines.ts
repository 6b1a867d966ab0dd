/** Seasonal naive and the weekday mean: the floor. Nothing that does worse than repeating last week may win. */
import type { History } from "./history.js";
import type { Outlook } from "./outlook.js";
import { MEDIAN_INDEX, outlookAround, residualQuantiles } from "./outlook.js";
import { weekdayOf } from "./series.js";
import type { SeasonalNaiveSpec, WeekdayMeanSpec } from "./spec.js";
import type { Transform } from "./transform.js";
import { mean } from "./vector.js";

/** One centre per weekday, Monday first, in the model's scale. */
export type FittedWeekdays = {
  readonly family: "seasonal-naive" | "weekday-mean";
  readonly transform: Transform;
  readonly weekdays: readonly number[];
  readonly residuals: readonly number[];
};

/** Square root: the spread of a baseline's errors grows with the square root of demand, as for counts. */
const SCALE = "sqrt";

/** Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 5.2. */
export const fitSeasonalNaive = (_spec: SeasonalNaiveSpec, history: History): FittedWeekdays => fitWeekdays("seasonal-naive", 1, history);

export const fitWeekdayMean = (spec: WeekdayMeanSpec, history: History): FittedWeekdays => fitWeekdays("weekday-mean", spec.weeks, history);

/** One pass over the open days: each is first forecast from its weekday's last `weeks` values, then joins them. */
const fitWeekdays = (family: FittedWeekdays["family"], weeks: number, history: History): FittedWeekdays => {
  const { transform, z } = history.target(SCALE);
  const recent: number[][] = Array.from({ length: 7 }, () => []);
  const residuals: number[] = [];
  for (const [i, value] of z.entries()) {
    const known = recent[weekdayOf(history.open.days[i] ?? 0)] ?? [];
    if (known.length > 0) residuals.push(value - mean(known));
    known.push(value);
    if (known.length > weeks) known.shift();
  }
  const known = recent.filter((values) => values.length > 0).map(mean);
  // A weekday on which the shop never opened is forecast as the mean of the others.
  const weekdays = recent.map((values) => mean(values.length > 0 ? values : known));
  return { family, transform, weekdays, residuals: aroundZero(residualQuantiles(Float64Array.from(residuals))) };
};

/** A baseline says what it says: its median is its centre, even where its errors lean to one side. */
const aroundZero = (residuals: readonly number[]): number[] => residuals.map((residual) => residual - (residuals[MEDIAN_INDEX] ?? 0));

export const projectWeekdays = (fitted: FittedWeekdays, days: Int32Array): Outlook => {
  const centers = Float64Array.from(days, (day) => fitted.weekdays[weekdayOf(day)] ?? 0);
  return outlookAround(centers, fitted.residuals, fitted.transform);
};
