/* oxlint-disable typescript/no-non-null-assertion -- loops and bisections run within the days that they are given */
/** A product's daily demand as numbers: whole days counted from 1970-01-01, no clock and no zone. */

/** Whole days since 1970-01-01 in the tenant's own calendar. */
export type EpochDay = number;

/** Demand per calendar day, shape (n): `y[i]` belongs to day `start + i`. NaN = the shop was closed, which is not zero. */
export type Series = {
  readonly start: EpochDay;
  readonly y: Float64Array;
  /** Days, ascending, on which the shelf was empty before the day was over: demand was at least `y`. Absent = none is known. */
  readonly soldOut?: readonly EpochDay[];
};

/** The open days of a series, ascending, with their demand: two columns of the same length. */
export type OpenDays = { readonly days: Int32Array; readonly y: Float64Array };

export const lastDayOf = (series: Series): EpochDay => series.start + series.y.length - 1;

/** 0 = Monday … 6 = Sunday; 1970-01-01 was a Thursday. */
export const weekdayOf = (day: EpochDay): number => (((day + 3) % 7) + 7) % 7;

/** Open days in [from, until], both included. A negative quantity (more returned than sold) counts as no demand. */
export const openDaysBetween = (series: Series, from: EpochDay, until: EpochDay): OpenDays => {
  const first = Math.max(from, series.start);
  const last = Math.min(until, lastDayOf(series));
  const days = new Int32Array(Math.max(0, last - first + 1));
  const y = new Float64Array(days.length);
  let count = 0;
  for (let day = first; day <= last; day += 1) {
    const value = series.y[day - series.start]!;
    if (!Number.isFinite(value)) continue;
    days[count] = day;
    y[count] = Math.max(0, value);
    count += 1;
  }
  return { days: days.slice(0, count), y: y.slice(0, count) };
};

/** The last open day of a series; its last calendar day when it never opened. */
export const lastOpenDayOf = (series: Series): EpochDay => {
  const offset = series.y.findLastIndex((value) => Number.isFinite(value));
  return offset < 0 ? lastDayOf(series) : series.start + offset;
};

/** Where a day stands among ascending days; −1 when it is not among them. */
export const rowOf = (days: Int32Array, day: EpochDay): number => {
  const row = rowFrom(days, day);
  return days[row] === day ? row : -1;
};

/** Of the first day that is not before `day`, by bisection; their number when all are. */
export const rowFrom = (days: Int32Array, day: EpochDay): number => {
  let low = 0;
  let high = days.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (days[middle]! < day) low = middle + 1;
    else high = middle;
  }
  return low;
};
