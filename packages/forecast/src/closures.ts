/* oxlint-disable typescript/no-non-null-assertion -- weekdays are 0 to 6 and the list of a week has seven */
/**
 * Days next to an unusual closure. Who finds the door shut buys the day before or the day after; a weekday on which the
 * shop is closed anyway is part of the weekly pattern and does not count. Closures ahead are known from the plan.
 */
import type { Drivers } from "./drivers.js";
import type { EpochDay } from "./series.js";
import { weekdayOf } from "./series.js";

export type Closures = {
  /** Whether the shop usually opens on that weekday, Monday first. */
  readonly isUsual: readonly boolean[];
  /** The last open days of the history, from which the day before the first day ahead is told. */
  readonly lastOpenDays: readonly EpochDay[];
  readonly cutoff: EpochDay;
};

/** Share of its weeks in which a weekday is open that makes it a usual one. */
const USUAL_SHARE_MIN = 0.5;
const LAST_OPEN_DAYS = 7;

/** @param days open days up to the cutoff, ascending @param spanDays from the first to the last */
export const learnClosures = (days: Int32Array, spanDays: number, cutoff: EpochDay): Closures => {
  const counts = new Float64Array(7);
  for (const day of days) counts[weekdayOf(day)] = counts[weekdayOf(day)]! + 1;
  return { isUsual: Array.from(counts, (count) => count > (USUAL_SHARE_MIN * spanDays) / 7), lastOpenDays: [...days.subarray(-LAST_OPEN_DAYS)], cutoff };
};

/** Whether the eve of a day, and its morrow, were or will be unusual closures. */
export type Neighbours = { isBefore(day: EpochDay): boolean; isAfter(day: EpochDay): boolean };

/**
 * @param days open days, ascending, in the history or ahead of it. Ahead the plan decides; without one, a day between two
 * of `days` is a closure, and a day between the cutoff and the first of them is not known.
 */
export const neighboursOf = ({ isUsual, lastOpenDays, cutoff }: Closures, days: Int32Array, { openAhead = [] }: Drivers): Neighbours => {
  const plan = new Set(openAhead);
  const [planStart, planEnd] = [openAhead[0] ?? Number.POSITIVE_INFINITY, openAhead.at(-1) ?? Number.NEGATIVE_INFINITY];
  const first = Math.min(lastOpenDays[0] ?? Number.POSITIVE_INFINITY, days[0] ?? Number.POSITIVE_INFINITY);
  const last = days.at(-1) ?? Number.NEGATIVE_INFINITY;
  // A place for every day: a set of them would take ten times as long.
  const isOpen = new Uint8Array(Math.max(0, last - first + 1));
  for (const day of lastOpenDays) isOpen[day - first] = 1;
  for (let i = 0; i < days.length; i += 1) isOpen[days[i]! - first] = 1;
  const isClosed = (day: EpochDay): boolean => {
    if (!isUsual[weekdayOf(day)]) return false;
    if (day >= planStart && day <= planEnd) return !plan.has(day);
    const isKnown = day >= first && day <= last && (day <= cutoff || day > (days[0] ?? day));
    return isKnown && isOpen[day - first] === 0;
  };
  return { isBefore: (day) => isClosed(day + 1), isAfter: (day) => isClosed(day - 1) };
};
