/** What moves demand from outside: regressors, special days, and the days the shop plans to open. */
import type { EpochDay } from "./series.js";

/**
 * A daily driver, shape (n) from `start`; NaN = unknown. Known ahead (a calendar), it may run past the series and is
 * used as it stands; otherwise (weather, traffic) no value after a cutoff is ever read, unless it was `assumed`.
 */
export type Regressor = {
  readonly name: string;
  readonly start: EpochDay;
  readonly values: Float64Array;
  readonly isKnownAhead: boolean;
  /** Whether both of its extremes may act alike, as frost and heat do; only for a driver that is not known ahead. */
  readonly isCurved?: boolean;
  /** Of a driver not known ahead: what days after the cutoff are taken to be, by a weather forecast or for the sake of argument. */
  readonly assumed?: ReadonlyMap<EpochDay, number>;
  /** Of an assumed day, the share in [0, 1] of its departure from normal that is believed, 1 where nothing is said: a forecast fades with its lead time. */
  readonly trust?: ReadonlyMap<EpochDay, number>;
};

/** A public holiday by name, with all its days in history and ahead. */
export type SpecialDay = { readonly name: string; readonly days: readonly EpochDay[] };

export type Drivers = {
  readonly regressors: readonly Regressor[];
  readonly specialDays: readonly SpecialDay[];
  /** Days after the cutoff on which the shop plans to open, for the whole horizon; absent or empty = not known. */
  readonly openAhead?: readonly EpochDay[];
};

/** The value of a day, NaN where none is known. */
export const valueOn = (regressor: Regressor, day: EpochDay): number => regressor.values[day - regressor.start] ?? Number.NaN;
