/** A forecast as it is kept: the days on which the shop plans to open, on the levels that every forecast has. */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import { Failure, type BusinessDay, type DailyForecast } from "@levain/contracts";
import { predict, type Drivers, type Model, type Quantiles } from "@levain/forecast";

/** The quantiles kept of each forecast: the median, the middle half and the middle 80 %, and those that grading its days needs of the tails. */
export const FORECAST_LEVELS: readonly number[] = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975];

/** The days on which the shop plans to open; all days where nothing is known of its plans. @throws Failure `fit.not-finite` */
export const dailyForecastOf = ({ start, levels, values }: Quantiles, { openAhead = [] }: Drivers, family: string): DailyForecast => {
  if (!values.every((row) => row.every(Number.isFinite))) throw new Failure("fit.not-finite", "expected finite quantiles on every day ahead", { family });
  const planned = new Set(openAhead);
  const indices = [...(values[0] ?? []).keys()].filter((i) => planned.size === 0 || planned.has(start + i));
  return { days: indices.map((i) => fromEpochDay(start + i)), levels, values: values.map((row) => indices.map((i) => row[i] ?? Number.NaN)) };
};

/** What a stored model says now of the days until `lastDay`, its training's last. @param drivers of the days ahead, told of newer weather */
export const forecastAgain = (model: Model, lastDay: BusinessDay, drivers: Drivers): DailyForecast =>
  dailyForecastOf(predict(model, { start: model.cutoff + 1, days: toEpochDay(lastDay) - model.cutoff, drivers, levels: FORECAST_LEVELS }), drivers, model.spec.family);
