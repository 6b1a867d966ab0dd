/* oxlint-disable typescript/no-non-null-assertion -- rows and columns are counted by the same loops that fill them */
/**
 * From days to columns. A recipe, learned from the open days up to a cutoff, says which columns there are; the same
 * recipe writes them for the past and for the days ahead. Every additive model selects from these columns by its priors.
 */
import type { Columns } from "./additive/gram.js";
import { announcementsOf } from "./announcements.js";
import { createCalendars } from "./climatology.js";
import type { Closures } from "./closures.js";
import { learnClosures, neighboursOf } from "./closures.js";
import type { Drivers } from "./drivers.js";
import { MONTH, WEEK, WEEKLY_ORDER, writeHarmonics, YEAR } from "./fourier.js";
import { fallsOnAny, occasionsOf } from "./occasions.js";
import type { RegressorRecipe } from "./regressor-recipe.js";
import { curved, learnRegressor, standardised } from "./regressor-recipe.js";
import type { EpochDay } from "./series.js";
import { rowFrom, rowOf } from "./series.js";

export type ColumnGroup =
  | "level"
  | "trend"
  | "changepoint"
  | "weekly"
  | "yearly"
  | "weekly-by-season"
  | "monthly"
  | "special"
  | "own-special"
  | "occasion"
  | "closure"
  | "regressor"
  | "regressor-by-weekday";
export type Column = { readonly name: string; readonly group: ColumnGroup; /** Harmonic of a yearly column, 0 elsewhere. */ readonly order: number };

export type DesignRecipe = {
  /** Time runs from 0 on the first open day to 1 after `spanDays`, the last one, and on. */
  readonly firstDay: EpochDay;
  readonly spanDays: number;
  readonly changepointDays: readonly EpochDay[];
  /** 0 below a year and a bit of history. */
  readonly yearlyOrder: number;
  /** Special days that fell on an open day, or on the day before one. */
  readonly ownSpecialDays: readonly string[];
  readonly ownEves: readonly string[];
  readonly regressors: readonly RegressorRecipe[];
  /** Names of occasions that fell on an open day; absent in models of before there were any. */
  readonly occasions?: readonly string[];
  /** Absent in models of before closures were told apart. */
  readonly closures?: Closures;
  /** Harmonics of the month; none in models of before they were told apart. */
  readonly monthlyOrder?: number;
};

/** Days from which long weekends and the rhythm of the month can be told from chance. */
const OCCASIONS_SPAN_DAYS_MIN = 180;
const MONTHLY_ORDER = 2;
/** Days from which a yearly curve can be told from a trend under a tight prior. */
export const YEARLY_SPAN_DAYS_MIN = 400;
const YEARLY_ORDER_MAX = 10;
/** As in Prophet: 25 possible bends of the trend, evenly over the first part of the history. */
const CHANGEPOINTS_MAX = 25;
const CHANGEPOINT_RANGE = 0.8;
/** Two harmonics tell weekend from week and early from late in it, in four columns per driver. */
const REGRESSOR_WEEKLY_ORDER = 2;
/** Open days per possible bend, at least. */
const CHANGEPOINT_SPACING_MIN = 14;

/** @param days open days up to the cutoff, ascending */
export const learnRecipe = (days: Int32Array, drivers: Drivers, cutoff: EpochDay): DesignRecipe => {
  const firstDay = days[0] ?? cutoff;
  const spanDays = Math.max(1, (days.at(-1) ?? cutoff) - firstDay);
  const changepoints = Math.min(CHANGEPOINTS_MAX, Math.floor(days.length / CHANGEPOINT_SPACING_MIN));
  const bendsUntil = Math.floor(days.length * CHANGEPOINT_RANGE) - 1;
  const calendarOf = createCalendars(announcementsOf(drivers));
  const seen = (shift: number) =>
    drivers.specialDays.filter((special) => special.days.some((day) => rowOf(days, day + shift) >= 0)).map(({ name }) => name);
  return {
    firstDay,
    spanDays,
    changepointDays: Array.from({ length: changepoints }, (_, i) => days[Math.round(((i + 1) * bendsUntil) / changepoints)] ?? firstDay),
    yearlyOrder: spanDays >= YEARLY_SPAN_DAYS_MIN ? YEARLY_ORDER_MAX : 0,
    ownSpecialDays: seen(0),
    ownEves: seen(-1),
    regressors: drivers.regressors.flatMap((regressor) => learnRegressor(regressor, days, cutoff, calendarOf) ?? []),
    occasions: spanDays >= OCCASIONS_SPAN_DAYS_MIN ? occasionsOf(drivers.specialDays).filter((occasion) => fallsOnAny(occasion, days)).map(({ name }) => name) : [],
    monthlyOrder: spanDays >= OCCASIONS_SPAN_DAYS_MIN ? MONTHLY_ORDER : 0,
    closures: learnClosures(days, spanDays, cutoff),
  };
};

/** Listed once per recipe: whoever explains a forecast asks for every day. */
export const columnsOf = (recipe: DesignRecipe): readonly Column[] => {
  const known = listed.get(recipe);
  if (known) return known;
  const columns = listColumns(recipe);
  listed.set(recipe, columns);
  return columns;
};

const listed = new WeakMap<DesignRecipe, readonly Column[]>();

/** In plain loops: the compiler puts callbacks into their caller, took a quarter of a second for this one, and again after each surprise. */
const listColumns = (recipe: DesignRecipe): Column[] => {
  const columns: Column[] = [];
  const add = (group: ColumnGroup, name: string, order = 0): void => void columns.push({ group, name, order });
  const addHarmonics = (group: ColumnGroup, count: number): void => {
    for (let order = 1; order <= count; order += 1) {
      add(group, `sin ${order}`, order);
      add(group, `cos ${order}`, order);
    }
  };
  add("level", "level");
  add("trend", "trend");
  for (const day of recipe.changepointDays) add("changepoint", `bend on ${day}`);
  addHarmonics("weekly", WEEKLY_ORDER);
  addHarmonics("yearly", recipe.yearlyOrder);
  for (let swell = 0; recipe.yearlyOrder > 0 && swell < 2; swell += 1) addHarmonics("weekly-by-season", WEEKLY_ORDER);
  for (const name of ["special day", "day before", "day after"]) add("special", name);
  for (const name of recipe.ownSpecialDays) add("own-special", name);
  for (const name of recipe.ownEves) add("own-special", `eve of ${name}`);
  for (const { name } of recipe.regressors) add("regressor", name);
  for (const { name, hasCurve } of recipe.regressors) if (hasCurve) add("regressor", name);
  for (const { name, hasWeek } of recipe.regressors) {
    for (let wave = 0; hasWeek && wave < 2 * REGRESSOR_WEEKLY_ORDER; wave += 1) add("regressor-by-weekday", name);
  }
  for (const name of recipe.occasions ?? []) add("occasion", name);
  addHarmonics("monthly", recipe.monthlyOrder ?? 0);
  if (recipe.closures !== undefined) {
    add("closure", "day before a closure");
    add("closure", "day after a closure");
  }
  return columns;
};

/** The design matrix of any days, shape (days, columns). */
export const writeDesign = (recipe: DesignRecipe, days: Int32Array, drivers: Drivers): Columns => {
  const n = days.length;
  const k = columnsOf(recipe).length;
  const values = new Float64Array(n * k);
  const time = (day: EpochDay) => (day - recipe.firstDay) / recipe.spanDays;
  for (let i = 0; i < n; i += 1) {
    values[i] = 1;
    values[n + i] = time(days[i]!);
  }
  let next = 2;
  for (const bend of recipe.changepointDays) {
    const at = time(bend);
    for (let i = rowFrom(days, bend + 1); i < n; i += 1) values[next * n + i] = values[n + i]! - at;
    next += 1;
  }
  next = writeSeasons(recipe, days, values, next);
  next = writeSpecialDays(recipe, days, drivers, values, next);
  for (const regressor of recipe.regressors) {
    const source = drivers.regressors.find(({ name }) => name === regressor.name);
    values.set(standardised(regressor, source, days), next * n);
    next += 1;
  }
  const [firstRegressor, weekly] = [next - recipe.regressors.length, 2 + recipe.changepointDays.length];
  for (const regressor of recipe.regressors.filter(({ hasCurve }) => hasCurve)) {
    const source = drivers.regressors.find(({ name }) => name === regressor.name);
    values.set(curved(regressor, source, days), next * n);
    next += 1;
  }
  for (const [r, { hasWeek }] of recipe.regressors.entries()) {
    for (let wave = 0; hasWeek && wave < 2 * REGRESSOR_WEEKLY_ORDER; wave += 1) {
      for (let i = 0; i < n; i += 1) values[next * n + i] = values[(firstRegressor + r) * n + i]! * values[(weekly + wave) * n + i]!;
      next += 1;
    }
  }
  for (const { strengthOn } of occasionsOf(drivers.specialDays).filter(({ name }) => recipe.occasions?.includes(name))) {
    for (let i = 0; i < n; i += 1) values[next * n + i] = strengthOn(days[i]!);
    next += 1;
  }
  writeHarmonics(days, MONTH, recipe.monthlyOrder ?? 0, values, next * n);
  next += 2 * (recipe.monthlyOrder ?? 0);
  if (recipe.closures !== undefined) writeClosures(recipe.closures, days, drivers, values, next);
  return { n, k, values };
};

const writeClosures = (closures: Closures, days: Int32Array, drivers: Drivers, values: Float64Array, from: number): void => {
  const n = days.length;
  const { isBefore, isAfter } = neighboursOf(closures, days, drivers);
  for (let i = 0; i < n; i += 1) {
    if (isBefore(days[i]!)) values[from * n + i] = 1;
    if (isAfter(days[i]!)) values[(from + 1) * n + i] = 1;
  }
};

/** Shared columns, then each special day's own and its eve's. They are rare, so their dates are visited and not all days. */
const writeSpecialDays = (recipe: DesignRecipe, days: Int32Array, { specialDays }: Drivers, values: Float64Array, from: number): number => {
  const n = days.length;
  const mark = (column: number, day: EpochDay) => {
    const row = rowOf(days, day);
    if (row >= 0) values[column * n + row] = 1;
  };
  const any = new Set(specialDays.flatMap(({ days: dates }) => dates));
  for (const day of any) {
    mark(from, day);
    if (!any.has(day - 1)) mark(from + 1, day - 1);
    if (!any.has(day + 1)) mark(from + 2, day + 1);
  }
  const datesOf = new Map(specialDays.map(({ name, days: dates }) => [name, dates]));
  let next = from + 3;
  for (const [names, shift] of [[recipe.ownSpecialDays, 0], [recipe.ownEves, -1]] as const) {
    for (const name of names) {
      for (const day of datesOf.get(name) ?? []) mark(next, day + shift);
      next += 1;
    }
  }
  return next;
};

/** Weekly and yearly harmonics, and the weekly ones swelling with the first yearly one: a winter week is another week. */
const writeSeasons = (recipe: DesignRecipe, days: Int32Array, values: Float64Array, from: number): number => {
  const n = days.length;
  const weekly = 2 * WEEKLY_ORDER;
  const yearly = 2 * recipe.yearlyOrder;
  const firstYearly = from + weekly;
  writeHarmonics(days, WEEK, WEEKLY_ORDER, values, from * n);
  writeHarmonics(days, YEAR, recipe.yearlyOrder, values, firstYearly * n);
  for (let wave = 0; recipe.yearlyOrder > 0 && wave < 2 * weekly; wave += 1) {
    const [of, swell, into] = [(from + (wave % weekly)) * n, (firstYearly + Math.floor(wave / weekly)) * n, (firstYearly + yearly + wave) * n];
    for (let i = 0; i < n; i += 1) values[into + i] = values[of + i]! * values[swell + i]!;
  }
  return from + weekly + yearly + (recipe.yearlyOrder > 0 ? 2 * weekly : 0);
};
