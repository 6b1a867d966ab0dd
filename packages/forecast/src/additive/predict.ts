/** The additive model on any days: the same recipe writes their columns. */
import type { Ahead } from "../history.js";
import type { Outlook } from "../outlook.js";
import { outlookAround } from "../outlook.js";
import type { FittedAdditive } from "./fit.js";
import { combineColumns } from "./gram.js";

export const projectAdditive = ({ kept, beta, correction, residuals, transform }: FittedAdditive, ahead: Ahead): Outlook => {
  const centers = combineColumns(ahead.design(), kept, beta);
  const corrected = centers.map((center, i) => {
    const daysSince = (ahead.days[i] ?? correction.lastDay) - correction.lastDay;
    return center + correction.value * correction.fade ** daysSince;
  });
  return outlookAround(corrected, residuals, transform);
};
