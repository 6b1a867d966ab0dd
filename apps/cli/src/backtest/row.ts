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

/**
 * The forecast on the days that count, with what was sold. A day on which the shop did not plan to open was forecast as
 * no sales. @throws RangeError when the forecast lacks a quantile or is not finite
 */
export function rowsOf({ product, cutoff, ahead, actuals }: BacktestCase, forecast: DailyForecast, model: string): BacktestRow[] {
  const columns = [0.1, 0.5, 0.9].map((level) => {
    const values = forecast.values[forecast.levels.indexOf(level)];
    if (!values) throw new RangeError(`expected a forecast with the ${level} quantile, got ${forecast.levels.join(", ")}`);
    return new Map(forecast.days.map((day, index) => [day, values[index] ?? Number.NaN]));
  });
  return ahead.map((date, index) => {
    const [q10 = 0, q50 = 0, q90 = 0] = columns.map((values) => values.get(date) ?? 0);
    if (![q10, q50, q90].every(Number.isFinite)) throw new RangeError(`expected finite quantiles on ${date}, got ${q10}, ${q50}, ${q90}`);
    return { productId: product.id, cutoff, date, actual: actuals[index] ?? 0, q10, q50, q90, model };
  });
}

export const writeRows = (file: string, rows: readonly BacktestRow[]): Promise<void> => writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
