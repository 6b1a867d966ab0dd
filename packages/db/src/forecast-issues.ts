/**
 * What models said once they were told of newer weather. A model's first forecast, of its training, and every later one
 * stay as they were: `issued_forecasts` lists them, and `forecast_valid_at` says which one was valid at an instant.
 */
import type { DailyForecast, ModelId, ProductId, WeatherAhead } from "@levain/contracts";
import type { Client } from "./client.js";
import { columnOfDay, dayOfColumn } from "./column-day.js";
import { isMatrix } from "./serving-model.js";

export type ForecastIssue = { readonly productId: ProductId; readonly modelId: ModelId; readonly forecast: DailyForecast };

export type IssuedForecast = {
  readonly modelId: ModelId;
  readonly issuedAt: Date;
  /** Null where the model was told of no weather. */
  readonly weatherIssuedAt: Date | null;
  readonly forecast: DailyForecast;
};

export type IssueRow = { model_id: ModelId; issued_at: Date; weather_issued_at: Date | null; days: Date[]; levels: number[]; quantiles: unknown };

export const createForecastIssues = (client: Client, tenantId: string) => ({
  /** One statement. What a model said with the same weather before stays. */
  async keepForecastIssues({ issuedAt }: Pick<WeatherAhead, "issuedAt">, issues: readonly ForecastIssue[]): Promise<void> {
    await client.forecastIssue.createMany({
      data: issues.map(({ productId, modelId, forecast }) => ({
        tenantId,
        productId,
        modelId,
        weatherIssuedAt: new Date(issuedAt),
        days: forecast.days.map(columnOfDay),
        levels: [...forecast.levels],
        quantiles: forecast.values.map((row) => [...row]),
      })),
      skipDuplicates: true,
    });
  },

  /** The last that a model said; null where its numbers are not all there. */
  async newestForecast(modelId: ModelId): Promise<IssuedForecast | null> {
    const rows = await client.$queryRaw<IssueRow[]>`
      SELECT * FROM issued_forecasts(${tenantId}, ${modelId}::uuid) f
      ORDER BY f.is_first, f.issued_at DESC, f.weather_issued_at DESC LIMIT 1`;
    return rows[0] ? issuedForecastOf(rows[0]) : null;
  },
});

export const issuedForecastOf = ({ model_id: modelId, issued_at: issuedAt, weather_issued_at: weatherIssuedAt, days, levels, quantiles }: IssueRow): IssuedForecast | null =>
  isMatrix(quantiles, levels.length, days.length) ? { modelId, issuedAt, weatherIssuedAt, forecast: { days: days.map(dayOfColumn), levels, values: quantiles } } : null;
