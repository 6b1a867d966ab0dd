/** The additive model on any days: the same recipe writes their columns. */
import type { Ahead } from "../history.js";
import type { Outlook } from "../outlook.js";
import { outlookAround } from "../outlook.js";
import type { EpochDay } from "../series.js";
import { weekdayOf } from "../series.js";
import { centersOf } from "./centers.js";
import type { FittedAdditive } from "./fit.js";

/** What the last residuals add to a day ahead. */
export const correctionOn = ({ value, fade, lastDay, weekdays }: FittedAdditive["correction"], day: EpochDay): number => value * fade ** (day - lastDay) + (weekdays?.[weekdayOf(day)] ?? 0);

export const projectAdditive = (fitted: FittedAdditive, ahead: Ahead): Outlook => {
  const { correction, residuals, transform, growth } = fitted;
  const corrected = centersOf(ahead.design(), fitted).map((center, i) => {
    return center + correctionOn(correction, ahead.days[i] ?? correction.lastDay);
  });
  return outlookAround(corrected, residuals, transform, growth);
};
