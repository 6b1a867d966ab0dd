/* oxlint-disable typescript/no-non-null-assertion -- all loops run over the days they are given */
/** How a driver becomes a column: centred and scaled over the open days, and, when not known ahead, as its departure from normal. */
import type { CalendarOf, Climatology } from "./climatology.js";
import { anomaliesOn, assumedAnomalyOn, learnClimatology, trustOn } from "./climatology.js";
import type { Regressor } from "./drivers.js";
import { valueOn } from "./drivers.js";
import type { EpochDay } from "./series.js";

export type RegressorRecipe = {
  readonly name: string;
  /** null: known ahead and used as it stands. */
  readonly climatology: Climatology | null;
  readonly center: number;
  readonly scale: number;
  /** Whether it may do more to one weekday than to another; only told apart for drivers known ahead that are seen often. */
  readonly hasWeek?: boolean;
  /** Whether the square of its departure from normal has a column too. */
  readonly hasCurve?: boolean;
};

/** Open days on which a driver is at work, and on which it is not, from which its weekdays can be told apart. */
const WEEK_DAYS_SEEN_MIN = 28;

/** Known days from which the two ends of a driver's range can be told from its middle. */
const CURVE_DAYS_MIN = 180;

/** Mean and scale over the open days; undefined for a driver that says nothing about them. Yes-no drivers keep their scale. */
export const learnRegressor = (regressor: Regressor, days: Int32Array, cutoff: EpochDay, calendarOf?: CalendarOf): RegressorRecipe | undefined => {
  const climatology = regressor.isKnownAhead ? null : learnClimatology(regressor, cutoff, calendarOf);
  if (!regressor.isKnownAhead && climatology === null) return undefined;
  let count = 0;
  let total = 0;
  let squares = 0;
  let atWork = 0;
  let isYesNo = true;
  const anomalies = climatology === null ? null : anomaliesOn(climatology, regressor, days);
  for (let i = 0; i < days.length; i += 1) {
    const raw = valueOn(regressor, days[i]!);
    if (!Number.isFinite(raw)) continue;
    const value = anomalies === null ? raw : anomalies[i]!;
    if (value !== 0) atWork += 1;
    isYesNo &&= value === 0 || value === 1;
    count += 1;
    total += value;
    squares += value * value;
  }
  if (count < 2) return undefined;
  const center = total / count;
  const scale = Math.sqrt(Math.max(0, squares / count - center * center));
  if (!(scale > 1e-9 * Math.max(1, Math.abs(center)))) return undefined;
  const hasWeek = regressor.isKnownAhead && atWork >= WEEK_DAYS_SEEN_MIN && (!isYesNo || count - atWork >= WEEK_DAYS_SEEN_MIN);
  if (isYesNo) return { name: regressor.name, climatology, center: 0, scale: 1, hasWeek };
  const hasCurve = climatology !== null && regressor.isCurved === true && count >= CURVE_DAYS_MIN;
  return { name: regressor.name, climatology, center: climatology === null ? center : 0, scale, hasWeek, ...(hasCurve ? { hasCurve } : {}) };
};

/** Standard deviations beyond which a driver's value is no longer believed to act in proportion. */
const DEVIATIONS_MAX = 4;

/** The driver's column, shape (n). */
export const standardised = ({ climatology, center, scale }: RegressorRecipe, regressor: Regressor | undefined, days: Int32Array): Float64Array => {
  const column = climatology === null ? new Float64Array(days.length) : anomaliesOn(climatology, regressor, days);
  for (let i = 0; i < column.length; i += 1) {
    if (climatology !== null) column[i] = clamp(column[i]! / scale);
    else column[i] = deviation(regressor === undefined ? Number.NaN : valueOn(regressor, days[i]!), center, scale);
  }
  return column;
};

/** 0 where nothing is known. */
const deviation = (value: number, center: number, scale: number): number => (Number.isFinite(value) ? clamp((value - center) / scale) : 0);

/**
 * How unusual days are, whichever way, shape (n): the squared departure less what is usual, so that its mean is zero. Of a
 * day after the cutoff no more is known than that; what the last day was fades twice as fast as the departure itself, and so does the trust in what is assumed.
 */
export const curved = (recipe: RegressorRecipe, regressor: Regressor | undefined, days: Int32Array): Float64Array => {
  const { climatology } = recipe;
  const column = standardised(recipe, regressor, days);
  for (let i = 0; i < column.length; i += 1) {
    const isAhead = climatology !== null && days[i]! > climatology.cutoff;
    column[i] = isAhead ? unusualAhead(climatology, recipe.scale, regressor, days[i]!) : unusual(column[i]!);
  }
  return column;
};

const unusual = (departure: number): number => (departure ** 2 - 1) / Math.SQRT2;

const unusualAhead = (climatology: Climatology, scale: number, regressor: Regressor | undefined, day: EpochDay): number => {
  const believed = trustOn(climatology, regressor, day) ** 2;
  const faded = believed < 1 ? climatology.persistence ** (2 * (day - climatology.lastDay)) * unusual(clamp(climatology.lastAnomaly / scale)) : 0;
  return believed > 0 ? believed * unusual(clamp(assumedAnomalyOn(climatology, regressor, day) / scale)) + (1 - believed) * faded : faded;
};

const clamp = (deviations: number): number => Math.max(-DEVIATIONS_MAX, Math.min(DEVIATIONS_MAX, deviations));
