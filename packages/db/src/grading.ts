/** Days that are over: the forecasts that were valid when they began, and what came of holding them against the sales. */
import { ProductEconomics, type BusinessDay, type DriftAlarm, type GradedDay, type GradingBasis, type ProductId, type ValidForecast } from "@levain/contracts";
import type { Client } from "./client.js";
import { dayOfColumn } from "./column-day.js";

type DayRange = { readonly from: BusinessDay; readonly until: BusinessDay };

/** A business day, and the instant at which it began in the tenant's zone. */
export type StartedDay = { readonly day: BusinessDay; readonly startedAt: Date };

/** With the instant at which a person last chose the champion, whose business day it is for the caller to say. */
export type StoredGradingBasis = Omit<GradingBasis, "chosenOn"> & { readonly chosenAt: Date | null };

export const createGrading = (client: Client, tenantId: string) => ({
  /** Forecasts ascending by day; days that had none are left out. One statement. */
  async gradingBasis(productId: ProductId, days: readonly StartedDay[]): Promise<StoredGradingBasis> {
    const [row] = await client.$queryRaw<[{ forecasts: ValidForecast[] | null; defaults: unknown; own: unknown; last_alarm: Date | null; chosen_at: Date | null }]>`
      SELECT
        (
          SELECT jsonb_agg(jsonb_build_object(
            'day', d.day, 'modelId', f.model_id, 'levels', f.levels, 'values', f.quantiles,
            'decided', CASE WHEN o.quantity IS NOT NULL THEN jsonb_build_object('quantity', o.quantity, 'advised', o.advised) END
          ) ORDER BY d.day)
          FROM unnest(${days.map(({ day }) => day)}::date[], ${days.map(({ startedAt }) => startedAt.toISOString())}::timestamptz[]) AS d (day, started_at)
          CROSS JOIN LATERAL forecast_valid_at(${tenantId}, ${productId}, d.day, d.started_at) AS f
          LEFT JOIN bake_overrides o ON o.tenant_id = ${tenantId} AND o.product_id = ${productId} AND o.day = d.day
        ) AS forecasts,
        (SELECT e.settings -> 'defaults' FROM tenant_economics e WHERE e.tenant_id = ${tenantId}) AS defaults,
        (SELECT e.settings FROM product_economics e WHERE e.tenant_id = ${tenantId} AND e.product_id = ${productId}) AS own,
        (SELECT max(a.day) FROM drift_alarms a WHERE a.tenant_id = ${tenantId} AND a.product_id = ${productId}) AS last_alarm,
        (SELECT max(x.changed_at) FROM champion_changes x WHERE x.tenant_id = ${tenantId} AND x.product_id = ${productId} AND x.kind IN ('promoted', 'rolled-back')) AS chosen_at`;
    const { forecasts, defaults, own, last_alarm: lastAlarm, chosen_at: chosenAt } = row;
    return {
      forecasts: forecasts ?? [],
      economics: defaults === null && own === null ? null : ProductEconomics.parse({ ...Object(defaults), ...Object(own) }),
      lastAlarm: lastAlarm && dayOfColumn(new Date(lastAlarm)),
      chosenAt: chosenAt && new Date(chosenAt),
    };
  },

  /** Takes the place of what the range was graded with before; raises the alarm, and tells of it, once. One statement. */
  async keepGrades(productId: ProductId, { from, until }: DayRange, days: readonly GradedDay[], alarm: DriftAlarm | null): Promise<void> {
    await client.$executeRaw`
      SELECT keep_graded_days(
        ${tenantId}, ${productId}, ${from}::date, ${until}::date, ${JSON.stringify(days.map(columnsOfDay))}::jsonb, ${alarm && JSON.stringify(alarm)}::jsonb)`;
  },
});

/** Named as the columns. */
const columnsOfDay = (graded: GradedDay): Readonly<Record<string, unknown>> => ({
  day: graded.day,
  actual: graded.actual,
  is_sold_out: graded.isSoldOut,
  model_id: graded.modelId,
  low80: graded.low80,
  median: graded.median,
  high80: graded.high80,
  normal_score: graded.normalScore,
  last_week: graded.lastWeek,
  advised: graded.advised,
  decided: graded.decided,
  over_cost: graded.overCost,
  under_cost: graded.underCost,
});
