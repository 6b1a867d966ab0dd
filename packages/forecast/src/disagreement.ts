/* oxlint-disable typescript/no-non-null-assertion -- outlooks are of one shape, over whose days and levels the loops run */
/**
 * Members of a combination that disagree about a day know less of it than each of them says. The mean of their quantiles
 * is as wide as they are on average; what they differ by comes on top, since the variance of a mixture is that within its
 * members and that between them (law of total variance).
 */
import { normalQuantile } from "./normal.js";
import type { Outlook } from "./outlook.js";
import { emptyRows, LEVELS, MEDIAN_INDEX } from "./outlook.js";

/**
 * How many times the variance between members counts. They learn from the same days and share most of their errors, so
 * that they are further off than they are apart.
 */
export const DISAGREEMENT = 2;

const LOW = LEVELS.indexOf(0.1);
const HIGH = LEVELS.indexOf(0.9);
/** Standard deviations of a normal between those two. */
const DEVIATIONS = 2 * normalQuantile(0.9);

/**
 * What the members say as one: the mean of their quantiles, stretched away from the median on days that they disagree
 * about. Still ascending, never below zero.
 * @param outlooks at least one, all of the same shape @param weights one each, summing to 1 @param disagreement times that the variance between members counts, 0 = not at all
 */
export const averageOutlooks = (outlooks: readonly Outlook[], weights: readonly number[], disagreement: number): Outlook => {
  const mean = meanOutlook(outlooks, weights);
  if (disagreement === 0) return mean;
  const medians = mean[MEDIAN_INDEX]!;
  const stretches = medians.map((median, day) => {
    const within = ((mean[HIGH]![day]! - mean[LOW]![day]!) / DEVIATIONS) ** 2;
    let between = 0;
    for (let m = 0; m < outlooks.length; m += 1) between += weights[m]! * (outlooks[m]![MEDIAN_INDEX]![day]! - median) ** 2;
    return within > 0 ? Math.sqrt(1 + (disagreement * between) / within) : 1;
  });
  // Nothing sold is a case of its own: a quantile of zero is not drawn up towards the median.
  return mean.map((row) => row.map((value, day) => (value === 0 ? 0 : Math.max(0, medians[day]! + stretches[day]! * (value - medians[day]!)))));
};

/** Quantile by quantile (Vincentization; Ratcliff 1979). @param outlooks at least one, all of the same shape @param weights one each, summing to 1 */
export const meanOutlook = (outlooks: readonly Outlook[], weights: readonly number[]): Outlook => {
  const [first = []] = outlooks;
  const total = emptyRows(first.length, first[0]?.length ?? 0);
  for (const [m, outlook] of outlooks.entries()) {
    const weight = weights[m] ?? 0;
    for (const [level, row] of total.entries()) {
      const quantile = outlook[level];
      // A plain loop: this is most of what a forecast costs, and iterators take ten times as long.
      for (let day = 0; quantile !== undefined && day < row.length; day += 1) row[day] = row[day]! + weight * quantile[day]!;
    }
  }
  return total;
};
