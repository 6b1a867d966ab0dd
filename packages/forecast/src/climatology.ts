/* oxlint-disable typescript/no-non-null-assertion -- rows and columns are counted by the same loops that fill them */
/**
 * The normal course of a driver that is not known ahead (weather, traffic), learned from the days before a cutoff, and
 * what of the last departure from it is still to be expected after the cutoff. Nothing after the cutoff is ever read but what
 * somebody assumes, which no training does.
 */
import type { Columns } from "./additive/gram.js";
import { combineColumns, gramOf, momentsOf } from "./additive/gram.js";
import { solveInPlace } from "./additive/solve.js";
import type { Announcement } from "./announcements.js";
import type { Regressor } from "./drivers.js";
import { valueOn } from "./drivers.js";
import { curveOn, WEEK, WEEKLY_ORDER, writeHarmonics, YEAR } from "./fourier.js";
import type { EpochDay } from "./series.js";
import { weekdayOf } from "./series.js";
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
export const learnClimatology = (regressor: Regressor, cutoff: EpochDay, calendarOf: CalendarOf = createCalendars()): Climatology | null => {
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
  const calendar = calendarOf(days, yearlyOrder);
  const all = leastSquares(calendar, values);
  const coefficients = all.slice(0, calendar.columns.k - calendar.announced);
  const explained = combineColumns(calendar.columns, [...all.keys()], all);
  const anomalies = new Float64Array(count);
  const byPlace = new Float64Array(length);
  for (let i = 0; i < count; i += 1) {
    anomalies[i] = values[i]! - explained[i]!;
    byPlace[days[i]! - regressor.start] = anomalies[i]!;
  }
  const climatology = { cutoff, yearlyOrder, coefficients, lastDay: last, lastAnomaly: anomalies[count - 1]!, persistence: persistenceOf(days, anomalies) };
  observed.set(climatology, { regressor, byPlace });
  return climatology;
};

/** What a climatology was learned from: a history asks for it again when it learns of its columns and when it writes them. `byPlace` counts from the regressor's start. */
const observed = new WeakMap<Climatology, { readonly regressor: Regressor; readonly byPlace: Float64Array }>();

/** Departures from normal, shape (n): as observed up to the cutoff (0 where unknown); after it as assumed, as far as that is believed, or fading to zero. */
export const anomaliesOn = (climatology: Climatology, regressor: Regressor | undefined, days: Int32Array): Float64Array => {
  const anomalies = new Float64Array(days.length);
  const known = observed.get(climatology);
  const byPlace = known !== undefined && known.regressor === regressor ? known.byPlace : null;
  const normal = byPlace === null ? normalOn(climatology, days) : null;
  for (let i = 0; i < anomalies.length; i += 1) {
    const day = days[i]!;
    const value = regressor === undefined ? Number.NaN : valueOn(regressor, day);
    if (day > climatology.cutoff) anomalies[i] = anomalyAhead(climatology, regressor, day);
    else if (Number.isFinite(value)) anomalies[i] = byPlace === null ? value - normal![i]! : byPlace[day - regressor!.start]!;
  }
  return anomalies;
};

const anomalyAhead = (climatology: Climatology, regressor: Regressor | undefined, day: EpochDay): number => {
  const trust = trustOn(climatology, regressor, day);
  const faded = trust < 1 ? climatology.lastAnomaly * climatology.persistence ** (day - climatology.lastDay) : 0;
  return trust > 0 ? trust * assumedAnomalyOn(climatology, regressor, day) + (1 - trust) * faded : faded;
};

/** How far what is assumed of a day ahead is believed, in [0, 1]; 0 where nothing is. */
export const trustOn = ({ cutoff }: Climatology, regressor: Regressor | undefined, day: EpochDay): number =>
  day > cutoff && Number.isFinite(regressor?.assumed?.get(day) ?? Number.NaN) ? (regressor?.trust?.get(day) ?? 1) : 0;

/** The whole departure that is assumed of a day ahead, NaN where none is. */
export const assumedAnomalyOn = (climatology: Climatology, regressor: Regressor | undefined, day: EpochDay): number =>
  (regressor?.assumed?.get(day) ?? Number.NaN) - normalOn(climatology, Int32Array.of(day))[0]!;

/** The normal course of some days, shape (n). Weekdays are told once each: there are more days than seven. */
const normalOn = ({ coefficients, yearlyOrder }: Pick<Climatology, "coefficients" | "yearlyOrder">, days: Int32Array): Float64Array => {
  const weekdays = new Float64Array(7);
  for (let day = 0; day < 7; day += 1) weekdays[weekdayOf(day)] = coefficients[0]! + curveOn(day, WEEK, WEEKLY_ORDER, coefficients, 1);
  const normal = new Float64Array(days.length);
  for (let i = 0; i < normal.length; i += 1) normal[i] = weekdays[weekdayOf(days[i]!)]! + curveOn(days[i]!, YEAR, yearlyOrder, coefficients, 1 + 2 * WEEKLY_ORDER);
  return normal;
};

const leastSquares = ({ columns, gram }: Calendar, values: Float64Array): number[] => {
  const center = mean(values);
  const system = gram.slice();
  for (let j = 0; j < columns.k; j += 1) system[j * columns.k + j] = system[j * columns.k + j]! + RIDGE_DAYS;
  const coefficients = momentsOf(columns, values.map((value) => value - center));
  solveInPlace(system, coefficients, columns.k);
  coefficients[0] = coefficients[0]! + center;
  return [...coefficients];
};

/** Level, weekly harmonics, yearly harmonics, and in the last columns, so many, what was announced. */
type Calendar = { readonly days: Int32Array; readonly yearlyOrder: number; readonly announced: number; readonly columns: Columns; readonly gram: Float64Array };

/** The calendar of the days on which a driver is known. */
export type CalendarOf = (days: Int32Array, yearlyOrder: number) => Calendar;

/** Drivers of one source are known on the same days, so the calendar that was written last mostly serves again. */
export const createCalendars = (announcements: readonly Announcement[] = []): CalendarOf => {
  let last: Calendar | null = null;
  return (days, yearlyOrder) => {
    if (last?.yearlyOrder !== yearlyOrder || !areSame(last.days, days)) last = writeCalendar(days, yearlyOrder, announcements);
    return last;
  };
};

const writeCalendar = (days: Int32Array, yearlyOrder: number, announcements: readonly Announcement[]): Calendar => {
  const n = days.length;
  const own = 1 + 2 * WEEKLY_ORDER + 2 * yearlyOrder;
  const k = own + announcements.length;
  const columns = { n, k, values: new Float64Array(n * k).fill(1, 0, n) };
  writeHarmonics(days, WEEK, WEEKLY_ORDER, columns.values, n);
  writeHarmonics(days, YEAR, yearlyOrder, columns.values, (1 + 2 * WEEKLY_ORDER) * n);
  for (const [j, write] of announcements.entries()) write(days, columns.values, (own + j) * n);
  return { days, yearlyOrder, announced: announcements.length, columns, gram: gramOf(columns) };
};

const areSame = (a: Int32Array, b: Int32Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
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
