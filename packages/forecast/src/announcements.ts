/* oxlint-disable typescript/no-non-null-assertion -- rows are counted by the loop that fills them */
/**
 * What is announced of a day, as a fair, a holiday or a promotion, moves people and bread alike. A day's traffic is news only as
 * far as it departs from that; otherwise a fair in the past would be told as an effect of the passers-by that it drew, of which
 * nothing is known ahead, and every ordinary Saturday would expect a little of a fair.
 */
import type { Drivers, Regressor } from "./drivers.js";
import { valueOn } from "./drivers.js";
import type { EpochDay } from "./series.js";

/** One column of what is announced: 0 on an ordinary day, at most 1. */
export type Announcement = (day: EpochDay) => number;

/** A special day moves people on its eve and the day after, too. */
const SHIFTS = [-1, 0, 1] as const;

/** Of all that is known ahead: each driver as a share of its largest value, whichever the sign, and special days with their eves and the days after. */
export const announcementsOf = ({ regressors, specialDays }: Pick<Drivers, "regressors" | "specialDays">): readonly Announcement[] => {
  const special = new Set(specialDays.flatMap(({ days }) => days));
  const ofDrivers = regressors.flatMap((regressor): Announcement[] => {
    const most = regressor.isKnownAhead ? mostOf(regressor) : 0;
    return most > 0 ? [(day) => (valueOn(regressor, day) || 0) / most] : [];
  });
  const ofSpecialDays = special.size === 0 ? [] : SHIFTS.map((shift): Announcement => (day) => (special.has(day + shift) ? 1 : 0));
  return [...ofDrivers, ...ofSpecialDays];
};

const mostOf = ({ values }: Regressor): number => values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);

/** Writes a column each from `offset` on, shape (days) one after the other. */
export const writeAnnouncements = (announcements: readonly Announcement[], days: Int32Array, values: Float64Array, offset: number): void => {
  for (const [j, announcement] of announcements.entries()) {
    for (let i = 0; i < days.length; i += 1) values[offset + j * days.length + i] = announcement(days[i]!);
  }
};
