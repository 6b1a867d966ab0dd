/* oxlint-disable typescript/no-non-null-assertion -- rows and columns are counted by the same loops that fill them */
/**
 * The normal course of a driver that is not known ahead (weather, traffic), learned from the days before a cutoff, and
 * what of the last departure from it is still to be expected after the cutoff. Nothing after the cutoff is ever read but what
 * somebody assumes, which no training does.
 */
import { gramOf, momentsOf } from "./additive/gram.js";
import { solveInPlace } from "./additive/solve.js";
import type { Regressor } from "./drivers.js";
import { valueOn } from "./drivers.js";
import { curveOn, WEEK_DAYS, WEEKLY_ORDER, writeHarmonics, YEAR_DAYS } from "./fourier.js";
import type { EpochDay } from "./series.js";
import { mean } from "./vector.js";

export type Climatology = {
  readonly cutoff: EpochDay;
  readonly yearlyOrder: number;
  /** Level, weekly harmonics, yearly harmonics. */
  readonly coefficients: readonly number[];
  /** The last known day and its departure from normal. */
  readonly lastDay: EpochDay;
  readonly lastAnomaly: number;
  /** Share of a departure that is left a day later, in [0, 0.97]: the first autocorrelation of the departures. */
  readonly persistence: number;
};

/** Known days below which a normal course cannot be told. */
const KNOWN_DAYS_MIN = 14;
/** Days of history from which a yearly course is learned, and its harmonics. */
const YEARLY_DAYS_MIN = 300;
const YEARLY_ORDER = 2;
const PERSISTENCE_MAX = 0.97;
/** Ridge on the harmonics, in days: keeps a course learned from less than a year from swinging. */
const RIDGE_DAYS = 5;

/** @returns null when too little is known before the cutoff or the driver never varied */
export const learnClimatology = (regressor: Regressor, cutoff: EpochDay): Climatology | null => {
  const length = Math.max(0, Math.min(regressor.values.length, cutoff - regressor.start + 1));
  const knownDays = new Int32Array(length);
  const knownValues = new Float64Array(length);
  let count = 0;
  for (let i = 0; i < length; i += 1) {
    const value = regressor.values[i]!;
    if (!Number.isFinite(value)) continue;
    knownDays[count] = regressor.start + i;
    knownValues[count] = value;
    count += 1;
  }
  if (count < KNOWN_DAYS_MIN) return null;
  const days = knownDays.subarray(0, count);
  const values = knownValues.subarray(0, count);
  if (values.every((value) => value === values[0])) return null;
  const first = days[0]!;
  const last = days[count - 1]!;
  const yearlyOrder = last - first >= YEARLY_DAYS_MIN ? YEARLY_ORDER : 0;
  const coefficients = leastSquares(days, values, yearlyOrder);
  const anomalies = values.map((value, i) => value - normalOf(coefficients, yearlyOrder, days[i]!));
  return { cutoff, yearlyOrder, coefficients, lastDay: last, lastAnomaly: anomalies[count - 1]!, persistence: persistenceOf(days, anomalies) };
};

/** Departure from normal: as observed up to the cutoff (0 where unknown); after it as assumed, as far as that is believed, or fading to zero. */
export const anomalyOn = (climatology: Climatology, regressor: Regressor | undefined, day: EpochDay): number => {
  if (day > climatology.cutoff) {
    const trust = trustOn(climatology, regressor, day);
    const faded = trust < 1 ? climatology.lastAnomaly * climatology.persistence ** (day - climatology.lastDay) : 0;
    return trust > 0 ? trust * assumedAnomalyOn(climatology, regressor, day) + (1 - trust) * faded : faded;
  }
  const value = regressor === undefined ? Number.NaN : valueOn(regressor, day);
  return Number.isFinite(value) ? value - normalOn(climatology, day) : 0;
};

/** How far what is assumed of a day ahead is believed, in [0, 1]; 0 where nothing is. */
export const trustOn = ({ cutoff }: Climatology, regressor: Regressor | undefined, day: EpochDay): number =>
  day > cutoff && Number.isFinite(regressor?.assumed?.get(day) ?? Number.NaN) ? (regressor?.trust?.get(day) ?? 1) : 0;

/** The whole departure that is assumed of a day ahead, NaN where none is. */
export const assumedAnomalyOn = (climatology: Climatology, regressor: Regressor | undefined, day: EpochDay): number =>
  (regressor?.assumed?.get(day) ?? Number.NaN) - normalOn(climatology, day);

const normalOn = ({ coefficients, yearlyOrder }: Climatology, day: EpochDay): number => normalOf(coefficients, yearlyOrder, day);

const normalOf = (coefficients: readonly number[], yearlyOrder: number, day: EpochDay): number =>
  coefficients[0]! +
  curveOn(day, WEEK_DAYS, WEEKLY_ORDER, coefficients, 1) +
  curveOn(day, YEAR_DAYS, yearlyOrder, coefficients, 1 + 2 * WEEKLY_ORDER);

const leastSquares = (days: Int32Array, values: Float64Array, yearlyOrder: number): number[] => {
  const n = days.length;
  const k = 1 + 2 * WEEKLY_ORDER + 2 * yearlyOrder;
  const columns = { n, k, values: new Float64Array(n * k).fill(1, 0, n) };
  for (let i = 0; i < n; i += 1) {
    writeHarmonics(days[i]!, WEEK_DAYS, WEEKLY_ORDER, columns.values, n + i, n);
    writeHarmonics(days[i]!, YEAR_DAYS, yearlyOrder, columns.values, (1 + 2 * WEEKLY_ORDER) * n + i, n);
  }
  const center = mean(values);
  const gram = gramOf(columns);
  for (let j = 0; j < k; j += 1) gram[j * k + j] = gram[j * k + j]! + RIDGE_DAYS;
  const coefficients = momentsOf(columns, values.map((value) => value - center));
  solveInPlace(gram, coefficients, k);
  coefficients[0] = coefficients[0]! + center;
  return [...coefficients];
};

/** First autocorrelation over neighbouring days that are both known. */
const persistenceOf = (days: Int32Array, anomalies: Float64Array): number => {
  let products = 0;
  let squares = 0;
  for (let i = 1; i < days.length; i += 1) {
    if (days[i]! - days[i - 1]! !== 1) continue;
    products += anomalies[i]! * anomalies[i - 1]!;
    squares += anomalies[i - 1]! ** 2;
  }
  return squares > 0 ? Math.min(PERSISTENCE_MAX, Math.max(0, products / squares)) : 0;
};
