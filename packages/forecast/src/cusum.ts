/**
 * A two-sided cumulative sum test (Page 1954): it adds up how far scores lie above what chance allows for, and below it,
 * each sum never under nothing, and raises an alarm where one of them passes the threshold. It finds a lasting shift from
 * many small errors that no single day would show. Nothing is kept from one night to the next: it is computed anew.
 */

export type CusumRule = {
  /** Standard deviations a day that count as chance: half the shift that is to be found soonest. */
  readonly slack: number;
  /** Standard deviations, added up, from which it is none. */
  readonly threshold: number;
};

export type CusumAlarm = {
  readonly direction: "up" | "down";
  /** Index of the score that raised it. */
  readonly at: number;
  /** Index of the first score since the sum was last at nothing: where the shift most likely began. */
  readonly since: number;
  /** The sum when it passed the threshold. */
  readonly statistic: number;
};

/** The first alarm; null when there is none. @param scores of successive days, 0 with spread 1 where nothing has changed */
export const cusum = (scores: readonly number[], { slack, threshold }: CusumRule): CusumAlarm | null => {
  const sums = { up: { sum: 0, since: 0 }, down: { sum: 0, since: 0 } };
  for (const [at, score] of scores.entries()) {
    for (const direction of ["up", "down"] as const) {
      const side = sums[direction];
      side.sum += (direction === "up" ? score : -score) - slack;
      if (side.sum <= 0) sums[direction] = { sum: 0, since: at + 1 };
      else if (side.sum > threshold) return { direction, at, since: side.since, statistic: side.sum };
    }
  }
  return null;
};
