/* oxlint-disable typescript/no-non-null-assertion -- all loops run over the days and values they are given */
/**
 * What is announced of a day, as a fair, a holiday or a promotion, moves people and bread alike. A day's traffic is news only as
 * far as it departs from that; otherwise a fair in the past would be told as an effect of the passers-by that it drew, of which
 * nothing is known ahead, and every ordinary Saturday would expect a little of a fair.
 */
import type { Drivers, Regressor } from "./drivers.js";
import { valueOn } from "./drivers.js";
import type { EpochDay } from "./series.js";
import { rowOf } from "./series.js";

/** Writes one column of what is announced of the days, shape (n), ascending, into zeros from `offset` on: at most 1. */
export type Announcement = (days: Int32Array, values: Float64Array, offset: number) => void;

/** A special day moves people on its eve and the day after, too. */
const SHIFTS = [-1, 0, 1] as const;

/** Of all that is known ahead: each driver as a share of its largest value, whichever the sign, and special days with their eves and the days after. */
export const announcementsOf = ({ regressors, specialDays }: Pick<Drivers, "regressors" | "specialDays">): readonly Announcement[] => {
  const special = specialDays.flatMap(({ days }) => days);
  const ofDrivers = regressors.flatMap((regressor) => {
    const most = regressor.isKnownAhead ? mostOf(regressor) : 0;
    return most > 0 ? [driverShare(regressor, most)] : [];
  });
  return [...ofDrivers, ...(special.length === 0 ? [] : SHIFTS.map((shift) => shifted(special, shift)))];
};

const mostOf = ({ values }: Regressor): number => {
  let most = 0;
  for (let i = 0; i < values.length; i += 1) if (Math.abs(values[i]!) > most) most = Math.abs(values[i]!);
  return most;
};

const driverShare = (regressor: Regressor, most: number): Announcement => (days, values, offset) => {
  for (let i = 0; i < days.length; i += 1) values[offset + i] = (valueOn(regressor, days[i]!) || 0) / most;
};

/** 1 on the days that lie so many before the special ones; these are few, so they are looked up, not the days. */
const shifted = (special: readonly EpochDay[], shift: number): Announcement => (days, values, offset) => {
  for (const day of special) {
    const row = rowOf(days, day - shift);
    if (row >= 0) values[offset + row] = 1;
  }
};
