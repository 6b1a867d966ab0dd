/**
 * Whether a night's sales can be believed enough to take a champion's place by them. The back-test cannot tell: champion
 * and challenger are judged on the same sales, and both fit rubbish well. So the sales are held against what the
 * champion itself knew and expected:
 *
 * - *rewritten*: the past is not what the champion was told. An import that ran twice doubles days, a wrong time zone
 *   shifts them, a dead till empties them.
 * - *out of reach*: the newest days lie far outside what the champion thought possible, or nothing at all was sold on days
 *   on which that is all but impossible.
 *
 * A held challenger is kept as rejected, and the champion serves. What lasts is believed: a rewritten past once a model
 * knew it `HELD_DAYS_MAX` days ago, odd days once the first of them is so old, or the product was held for so long. Until
 * then a person may promote by hand.
 */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay, DailyForecast, Evidence, HeldFor } from "@levain/contracts";
import type { EpochDay, Series } from "@levain/forecast";
import { ALL_BUT_IMPOSSIBLE, noneMost } from "./none-chance.js";

/** What a model was told of the past: its last open days, and the totals of all its weeks. */
export type KnownSales = { readonly cutoff: BusinessDay } & Pick<Evidence, "recent" | "weeks">;

export type Memory = {
  /** With the first forecast that it made. */
  readonly champion: KnownSales & { readonly forecast: DailyForecast };
  /** Models of after the champion, none of which took its place. */
  readonly later: readonly (KnownSales & { readonly heldFor: HeldFor | null })[];
};

/** Days that a challenger is held at most: a week has every weekday once, and after two the champion's forecast has passed. */
export const HELD_DAYS_MAX = 7;

/** Null where nothing speaks against them. */
export const whyHeld = (series: Series, memory: Memory): string | null =>
  whyRewritten(series, memory.champion, memory.later) ?? (heldDaysOf(series, memory) < HELD_DAYS_MAX ? whyOutOfReach(series, memory.champion) : null);

const whyRewritten = (series: Series, champion: KnownSales, later: readonly KnownSales[]): string | null => {
  const found = whyUnlike(series, champion);
  if (found === null) return null;
  const isLasting = later.some((known) => toEpochDay(known.cutoff) <= lastDayOf(series) - HELD_DAYS_MAX && whyUnlike(series, known) === null);
  return isLasting ? null : found;
};

/** The newest known days, on which a till may still book what came late. */
const LATE_DAYS = 3;
/** Known days and weeks that may have changed, in number and as a share: a correction here and there is a person's work. */
const CORRECTED_MAX = 2;
const CORRECTED_SHARE_MAX = 0.1;
/** What sums in another order, or a rounded total, may change: parts of a unit, and of the total. */
const ROUNDING = { units: 0.5, share: 0.02 };
/** A change on one of the newest days that no late booking makes, in units and as a share of an ordinary day. */
const MATERIAL = { units: 1, share: 0.25 };
const NEWEST_DAYS = 14;
/** A change that no correction makes on several days: a unit, and half of what was. */
const GROSS = { units: 1, share: 0.5 };
const GROSS_DAYS_MIN = 2;
/** Units from which on exactly twice as many is an import that ran twice. */
const TWICE_UNITS_MIN = 2;

type Change = { readonly day: EpochDay; /** Null: the day did not count. */ readonly was: number | null; readonly is: number | null };

const whyUnlike = (series: Series, known: KnownSales): string | null => {
  const days = changesOf(series, known);
  const settled = days.filter(({ day }) => day <= toEpochDay(known.cutoff) - LATE_DAYS);
  const rewritten = settled.filter(isChanged);
  if (isMany(rewritten, settled)) return `${told(rewritten, settled, "days")} that the champion knew have other sales now`;
  const typical = mean(days.flatMap(({ was }) => was ?? []));
  // However little it was: a correction makes a sale smaller, and only lost records make it none. Of slow sellers one such day is much.
  const emptied = days.filter(({ was, is }) => was !== null && was > 0 && (is === null || is === 0));
  if (emptied.length > 0) return `${told(emptied, days, "days")} that the champion knew are empty now`;
  const twice = days.filter(({ was, is }) => was !== null && was >= TWICE_UNITS_MIN && is === 2 * was);
  if (twice.length > 0) return `${told(twice, days, "days")} that the champion knew sold exactly twice as much`;
  const gross = days.filter(({ was, is }) => was !== null && is !== null && Math.abs(is - was) >= Math.max(GROSS.units, GROSS.share * was));
  if (gross.length >= GROSS_DAYS_MIN) return `${told(gross, days, "days")} that the champion knew sold quite other amounts`;
  const newest = days.slice(-NEWEST_DAYS);
  const odd = newest.filter(({ was, is }) => was === null || is === null || Math.abs(is - was) > Math.max(MATERIAL.units, MATERIAL.share * typical));
  if (odd.length > CORRECTED_MAX) return `${told(odd, newest, "of the newest days")} that the champion knew have quite other sales now`;
  const weeks = weekChangesOf(series, known);
  const otherWeeks = weeks.filter(isChanged);
  return isMany(otherWeeks, weeks) ? `${told(otherWeeks, weeks, "weeks")} that the champion knew have other sales now` : null;
};

const isChanged = ({ was, is }: Change): boolean => was === null || is === null || Math.abs(is - was) > Math.max(ROUNDING.units, ROUNDING.share * was);
const isMany = (changed: readonly Change[], all: readonly Change[]): boolean => changed.length > CORRECTED_MAX && changed.length > CORRECTED_SHARE_MAX * all.length;

/** Each day from the first known to the known cutoff that counted then or counts now; none that this training must not see. */
const changesOf = (series: Series, { cutoff, recent }: KnownSales): Change[] => {
  const known = new Map(recent.map(({ day, actual }) => [toEpochDay(day), actual]));
  const first = Math.max(series.start, Math.min(...known.keys()));
  return daysFrom(first, Math.min(toEpochDay(cutoff), lastDayOf(series))).flatMap((day) => {
    const [was, is] = [known.get(day) ?? null, soldOn(series, day)];
    return was === null && is === null ? [] : [{ day, was, is }];
  });
};

/** Whole weeks of both; the last ones are told day by day. */
const weekChangesOf = (series: Series, { cutoff, weeks }: KnownSales): Change[] => {
  const now = weeksOf(series);
  if (!weeks) return [];
  const [firstNow, firstThen] = [toEpochDay(now.firstDay), toEpochDay(weeks.firstDay)];
  const last = Math.min(toEpochDay(cutoff) - NEWEST_DAYS, lastDayOf(series) - 6);
  return weeks.totals.flatMap((was, i) => {
    const day = firstThen + 7 * i;
    const is = now.totals[(day - firstNow) / 7];
    return is === undefined || day <= firstNow || i === 0 || day > last ? [] : [{ day, was, is }];
  });
};

/** A series' totals by weeks from Thursday, the first one cut by where the series begins. */
export const weeksOf = ({ start, y }: Series): NonNullable<Evidence["weeks"]> => {
  const first = start - (start % 7);
  const totals = new Array<number>(Math.ceil((start + y.length - first) / 7)).fill(0);
  for (const [i, value] of y.entries()) {
    const week = Math.floor((start + i - first) / 7);
    if (!Number.isNaN(value)) totals[week] = (totals[week] ?? 0) + value;
  }
  return { firstDay: fromEpochDay(first), totals };
};

/** Quantiles further out than these say how far a day may lie from what was expected; older forecasts have none. */
const OUTER_LEVEL_MAX = 0.05;
/** Of the distance between them, beyond which a day is out of reach: four standard deviations where demand is normal. */
const REACH_SHARE = 0.5;
/** Units that were all but certain, from which on none at all is out of reach. */
const SURE_UNITS = 1;

const whyOutOfReach = (series: Series, { cutoff, forecast }: Memory["champion"]): string | null => {
  const { days, levels, values } = forecast;
  const [low, high] = [values[0] ?? [], values.at(-1) ?? []];
  if ((levels[0] ?? 1) > OUTER_LEVEL_MAX || (levels.at(-1) ?? 0) < 1 - OUTER_LEVEL_MAX) return null;
  const passed = days.flatMap((name, i) => {
    const [day, from, until] = [toEpochDay(name), low[i] ?? 0, high[i] ?? 0];
    const sold = day > toEpochDay(cutoff) ? soldOn(series, day) : null;
    if (sold === null) return [];
    const margin = REACH_SHARE * (until - from);
    return [{ day, sold, from, until, noneMost: noneMost(forecast, i), isOut: sold < from - margin || sold > until + margin || (sold === 0 && from >= SURE_UNITS) }];
  });
  const out = passed.filter(({ isOut }) => isOut);
  const [firstOut, newest] = [out[0], passed.at(-1)];
  const isNew = (day: EpochDay): boolean => lastDayOf(series) - day < HELD_DAYS_MAX;
  if (firstOut && isNew(firstOut.day) && (newest?.isOut || out.length > 1)) {
    return `${out.length} of the ${passed.length} days since the champion lie far outside what it expected, such as ${fromEpochDay(firstOut.day)}: sold ${firstOut.sold}, expected ${shown(firstOut.from)} to ${shown(firstOut.until)}`;
  }
  const empty = passed.slice(passed.findLastIndex(({ sold }) => sold > 0) + 1);
  const [firstEmpty] = empty;
  const chance = empty.reduce((product, { noneMost }) => product * noneMost, 1);
  if (!firstEmpty || !isNew(firstEmpty.day) || chance >= ALL_BUT_IMPOSSIBLE) return null;
  return `nothing was sold on the ${empty.length} open days since ${fromEpochDay(firstEmpty.day)}, which the champion took for all but impossible`;
};

const told = (changed: readonly Change[], all: readonly Change[], what: string): string => {
  const [first] = changed;
  const example = first ? ` (${fromEpochDay(first.day)}: was ${counted(first.was)}, is ${counted(first.is)})` : "";
  return `${changed.length} of ${all.length} ${what}${example}`;
};

const counted = (quantity: number | null): string => (quantity === null ? "no day that counts" : shown(quantity));
const shown = (quantity: number): string => String(Number(quantity.toPrecision(4)));
const soldOn = ({ start, y }: Series, day: EpochDay): number | null => {
  const sold = y[day - start];
  return sold === undefined || Number.isNaN(sold) ? null : sold;
};
/** From the cutoff of the first model that was held after the champion to the end of the series; 0 where none was. */
export const heldDaysOf = (series: Series, { later }: Memory): number =>
  Math.max(0, ...later.flatMap(({ cutoff, heldFor }) => (heldFor === null ? [] : [lastDayOf(series) - toEpochDay(cutoff)])));

const lastDayOf = ({ start, y }: Series): EpochDay => start + y.length - 1;
const daysFrom = (first: EpochDay, last: EpochDay): EpochDay[] => Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
