/** How far coefficients may stray from zero: the scales of normal priors, by group of columns, that both regressions on the design have. */
import type { Column } from "./design.js";

export type ColumnScales = {
  readonly weeklyScale: number;
  readonly yearlyOrder: number;
  /** Of the first harmonic; that of harmonic k is 1/kᶠ of it. */
  readonly yearlyScale: number;
  /** f: 1 when absent, so that fine detail is doubted more; 0 gives every harmonic the same scale, as Prophet does. */
  readonly yearlyFall?: number;
  readonly specialScale: number;
  /** Of each special day's own deviation from the shared effect. */
  readonly ownSpecialScale: number;
  /** Of long weekends and of the weeks around the turn of the year; left out when absent. */
  readonly occasionScale?: number;
  /** Of the first harmonic of the month, whose rhythm is that of wages; that of harmonic k is 1/k of it. Left out when absent. */
  readonly monthlyScale?: number;
  readonly regressorScale: number;
  /** Of what a driver known ahead does to one weekday more than to another; left out when absent. */
  readonly regressorByWeekdayScale?: number;
};

/** Groups whose scale each model has ways of its own for. */
type OwnGroup = "level" | "trend" | "changepoint" | "weekly-by-season";

/** @param own the scales of the groups that the model treats in its own way @returns 0 for a column that is left out */
export const scaleOf = (scales: ColumnScales, own: Readonly<Record<OwnGroup, number>>, { group, order }: Column): number => {
  switch (group) {
    case "level":
    case "trend":
    case "changepoint":
    case "weekly-by-season":
      return own[group];
    case "weekly":
      return scales.weeklyScale;
    case "yearly":
      return order <= scales.yearlyOrder ? scales.yearlyScale / order ** (scales.yearlyFall ?? 1) : 0;
    case "occasion":
      return scales.occasionScale ?? 0;
    case "monthly":
      return (scales.monthlyScale ?? 0) / order;
    case "special":
    case "closure":
      return scales.specialScale;
    case "own-special":
      return scales.ownSpecialScale;
    case "regressor":
      return scales.regressorScale;
    case "regressor-by-weekday":
      return scales.regressorByWeekdayScale ?? 0;
  }
};
