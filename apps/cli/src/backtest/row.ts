/** One judged day of a back-test, as a line of the output. */
import { writeFile } from "node:fs/promises";
import type { BusinessDay, DailyForecast } from "@levain/contracts";
import type { BacktestCase } from "./cases.js";

export type BacktestRow = {
  readonly productId: string;
  readonly cutoff: BusinessDay;
  readonly date: BusinessDay;
  readonly actual: number;
  readonly q10: number;
  readonly q50: number;
  readonly q90: number;
  /** Family of the model that forecast. */
  readonly model: string;
};

/** The forecast's days on which the shop was open, with what was sold. @throws when the forecast does not cover them */
export function rowsOf({ product, cutoff, ahead, actuals }: BacktestCase, forecast: DailyForecast, model: string): BacktestRow[] {
  const columns = [0.1, 0.5, 0.9].map((level) => {
    const values = forecast.values[forecast.levels.indexOf(level)];
    if (!values) throw new RangeError(`expected a forecast with the ${level} quantile, got ${forecast.levels.join(", ")}`);
    return values;
  });
  const position = new Map(forecast.days.map((day, index) => [day, index]));
  return ahead.map((date, index) => {
    const at = position.get(date) ?? -1;
    const [q10 = Number.NaN, q50 = Number.NaN, q90 = Number.NaN] = columns.map((values) => values[at] ?? Number.NaN);
    if (![q10, q50, q90].every(Number.isFinite)) throw new RangeError(`expected finite quantiles of ${product.id} on ${date}, got ${q10}, ${q50}, ${q90}`);
    return { productId: product.id, cutoff, date, actual: actuals[index] ?? 0, q10, q50, q90, model };
  });
}

export const writeRows = (file: string, rows: readonly BacktestRow[]): Promise<void> => writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
