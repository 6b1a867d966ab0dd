/** Whether a product's sales have left its forecasts behind. */
import type { BusinessDay, DriftAlarm, GradedDay } from "@levain/contracts";
import { cusum, type CusumRule } from "@levain/forecast";

/**
 * Finds a lasting shift of some 1.2 standard deviations soonest, which is 30 % of a product that sells twenty a day. Of
 * the slacks and thresholds that leave no demand class more than one false alarm per product and year, the one that found
 * shifts soonest; `bench/drift.mjs` measures both on other products.
 */
export const DRIFT_RULE: CusumRule = { slack: 0.6, threshold: 4.5 };

/** The first alarm over days that were graded one after the other. @param after days up to this one are left out: an alarm was raised, or a person chose another model */
export const findDrift = (graded: readonly GradedDay[], after: BusinessDay | null): DriftAlarm | null => {
  const days = graded.filter(({ day }) => after === null || day > after);
  const alarm = cusum(days.map(({ normalScore }) => normalScore), DRIFT_RULE);
  const [raisedBy, first] = alarm ? [days[alarm.at], days[alarm.since]] : [];
  if (!alarm || !raisedBy || !first) return null;
  const shifted = days.slice(alarm.since, alarm.at + 1);
  const [sold, expected] = [total(shifted, ({ actual }) => actual), total(shifted, ({ median }) => median)];
  return {
    day: raisedBy.day,
    direction: alarm.direction,
    since: first.day,
    size: expected > 0 ? sold / expected - 1 : null,
    statistic: alarm.statistic,
    threshold: DRIFT_RULE.threshold,
    modelId: raisedBy.modelId,
  };
};

const total = (days: readonly GradedDay[], of: (day: GradedDay) => number): number => days.reduce((sum, day) => sum + of(day), 0);
