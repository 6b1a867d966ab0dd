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
  const values = series.y.subarray(first - series.start, Math.max(0, until - series.start + 1));
  const days: number[] = [];
  const y: number[] = [];
  for (const [i, value] of values.entries()) {
    if (!Number.isFinite(value)) continue;
    days.push(first + i);
    y.push(Math.max(0, value));
  }
  return { days: Int32Array.from(days), y: Float64Array.from(y) };
};

/** The last open day of a series; its last calendar day when it never opened. */
export const lastOpenDayOf = (series: Series): EpochDay => {
  const offset = series.y.findLastIndex((value) => Number.isFinite(value));
  return offset < 0 ? lastDayOf(series) : series.start + offset;
};
