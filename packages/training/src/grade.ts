/**
 * Days that are over, beside the forecasts that were valid when they began. Nothing is kept for it between nights: each
 * visit grades the last weeks anew, so that what the till corrects is corrected here, and a night that was missed is made up.
 */
import { addDays, fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay, GradedDay, GradingBasis, ProductEconomics, ProductId, ValidForecast } from "@levain/contracts";
import { normalScore, type EpochDay, type Series } from "@levain/forecast";
import { cheapestBake, demandOf, quantileOf, stakesOf, type Stakes } from "@levain/plan";
import { DAYS_AHEAD_MAX } from "./days-ahead.js";
import { findDrift } from "./find-drift.js";
import type { TrainingDeps } from "./ports.js";

/** Days up to the cutoff that are graded, and graded again when they are corrected: no forecast reaches further. */
export const GRADED_DAYS = DAYS_AHEAD_MAX;

/**
 * Days after an alarm that are not tested: what was tuned upon it has seen two or three days of the new habit and misses
 * some of it for a while, of which another alarm would tell nothing new.
 */
const REST_DAYS = 7;

export type Grading = { /** The newest alarm, which may be of this very visit. */ readonly lastAlarm: BusinessDay | null };

export async function gradeProduct(productId: ProductId, series: Series, cutoff: BusinessDay, deps: Pick<TrainingDeps, "loadGradingBasis" | "keepGrades">): Promise<Grading> {
  const range = { from: fromEpochDay(toEpochDay(cutoff) - GRADED_DAYS + 1), until: cutoff };
  const basis = await deps.loadGradingBasis(productId, range);
  const days = gradeDays(series, basis);
  if (days.length === 0) return { lastAlarm: basis.lastAlarm };
  const alarm = findDrift(days, later(basis.lastAlarm && addDays(basis.lastAlarm, REST_DAYS), basis.chosenOn));
  await deps.keepGrades(productId, range, days, alarm);
  return { lastAlarm: alarm?.day ?? basis.lastAlarm };
}

/** The open days of the forecasts, ascending. */
export const gradeDays = (series: Series, { forecasts, economics }: Pick<GradingBasis, "forecasts" | "economics">): GradedDay[] => {
  const stakes = economics && stakesFor(economics);
  const soldOut = new Set(series.soldOut);
  const soldOn = (day: EpochDay): number | null => {
    const sold = series.y[day - series.start];
    return sold === undefined || Number.isNaN(sold) ? null : sold;
  };
  return forecasts.flatMap((forecast): GradedDay[] => {
    const day = toEpochDay(forecast.day);
    const actual = soldOn(day);
    if (actual === null) return [];
    const demand = demandOf(forecast.levels, forecast.values);
    return [{
      day: forecast.day,
      actual,
      isSoldOut: soldOut.has(day),
      modelId: forecast.modelId,
      low80: quantileOf(demand, 0.1),
      median: quantileOf(demand, 0.5),
      high80: quantileOf(demand, 0.9),
      normalScore: normalScore(demand, actual, soldOut.has(day)),
      lastWeek: soldOn(day - 7),
      advised: adviceOf(forecast, economics, stakes),
      decided: forecast.decided?.quantity ?? null,
      overCost: stakes?.over ?? null,
      underCost: stakes?.under ?? null,
    }];
  });
};

/** Null where prices are missing or nothing is the best quantity. */
const stakesFor = ({ unitPrice, unitCost, wasteValue = 0, goodwillLoss = 0 }: ProductEconomics): Stakes | null =>
  unitPrice === undefined || unitCost === undefined || wasteValue >= unitCost ? null : stakesOf({ unitPrice, unitCost, wasteValue, goodwillLoss });

/** Who decided otherwise was advised something at that moment; otherwise it is what the plan would have said, ovens aside. */
const adviceOf = ({ levels, values, decided }: ValidForecast, economics: ProductEconomics | null, stakes: Stakes | null): number | null => {
  const atThatMoment = decided?.advised ?? null;
  if (atThatMoment !== null) return atThatMoment;
  return stakes && cheapestBake(demandOf(levels, values), stakes, { traySize: economics?.traySize ?? 1, displayMin: economics?.displayMin ?? 0 }).quantity;
};

const later = (a: BusinessDay | null, b: BusinessDay | null): BusinessDay | null => (a === null || (b !== null && b > a) ? b : a);
