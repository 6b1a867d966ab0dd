/** The mean of several forecasts, quantile by quantile (Vincentization; Ratcliff 1979): seldom best, never far off. */
import type { Outlook } from "./outlook.js";

/** @param outlooks at least one, all of the same shape */
export const meanOutlook = (outlooks: readonly Outlook[]): Outlook => {
  const [first = []] = outlooks;
  return first.map((row, level) => row.map((_, day) => outlooks.reduce((total, outlook) => total + (outlook[level]?.[day] ?? 0), 0) / outlooks.length));
};
