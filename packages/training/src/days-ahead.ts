/**
 * What a stored model needs to know of the days after its cutoff, from what was kept when it was trained: no source is
 * asked again. The calendar reaches as far as the run's horizon; where it ends, the shop's own week goes on.
 */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { DailyColumn, MissingDay, RunContext } from "@levain/contracts";
import type { Drivers, EpochDay } from "@levain/forecast";
import { driversOf, openColumnOf } from "./drivers.js";
import { shopDays, type ShopDays } from "./shop-days.js";

/** Days after a model's cutoff that it may be asked about. */
export const DAYS_AHEAD_MAX = 28;

/** Days before the cutoff that are kept: a year and some weeks, so that every public holiday is among them. */
const DAYS_KEPT = 400;
/** The week that goes on is told from so many days before the calendar's end. */
const WEEK_TOLD_FROM_DAYS = 56;
const USUAL_SHARE_MIN = 0.5;
/** A day more than anybody asks for: a plan without any day would mean that nothing is planned. */
const PLANNED_DAYS = DAYS_AHEAD_MAX + 7;

/** The part of a run's context that says something about the days ahead: a few kilobytes of what may be a megabyte. */
export const contextAhead = (context: RunContext): RunContext => {
  const skipped = Math.max(0, toEpochDay(context.cutoff) - toEpochDay(context.firstDay) - DAYS_KEPT);
  const firstDay = dayAfter(context, skipped);
  return {
    ...context,
    firstDay,
    openDays: context.openDays.filter((day) => day >= firstDay),
    // Of weather and traffic a model remembers by itself what it needs.
    regressors: context.regressors.map((column) => ({ ...column, values: column.isKnownAhead ? column.values.slice(skipped) : [] })),
  };
};

/** The same part of a product's own calendar. */
export const columnsAhead = (columns: readonly DailyColumn[], cutoff: RunContext["cutoff"]): readonly DailyColumn[] =>
  columns.map((column) => {
    const skipped = Math.max(0, toEpochDay(cutoff) - toEpochDay(column.firstDay) - DAYS_KEPT);
    return { ...column, firstDay: dayAfter(column, skipped), values: column.values.slice(skipped) };
  });

/** The drivers of the days after the cutoff, with the days on which the shop will open, as far as `DAYS_AHEAD_MAX` and further. */
export const driversAhead = (context: RunContext, ownColumns: readonly DailyColumn[], missingDay: MissingDay): Drivers => {
  const shop = shopDays(context, missingDay, openColumnOf(context, ownColumns));
  const drivers = driversOf({ ...context, specialDays: specialDaysOf(context) }, ownColumns, shop.ahead);
  if (shop.ahead.length === 0) return drivers;
  const holidays = new Set(drivers.specialDays.flatMap(({ days }) => days));
  return { ...drivers, openAhead: [...shop.ahead, ...daysOfTheUsualWeek(context, shop, holidays)] };
};

/** A holiday before and after the calendar's end is one holiday. */
const specialDaysOf = ({ specialDays, specialDaysAhead = [] }: RunContext): RunContext["specialDays"] => {
  const days = new Map(specialDays.map((special) => [special.name, special.days]));
  for (const special of specialDaysAhead) days.set(special.name, [...(days.get(special.name) ?? []), ...special.days]);
  return [...days].map(([name, all]) => ({ name, days: all }));
};

/** Open days after the calendar's end, as weekdays and public holidays were before it. */
const daysOfTheUsualWeek = (context: RunContext, shop: ShopDays, holidays: ReadonlySet<EpochDay>): EpochDay[] => {
  const [first, cutoff, last] = [toEpochDay(context.firstDay), toEpochDay(context.cutoff), toEpochDay(context.lastDay)];
  const planned = new Set(shop.ahead);
  const isOpen = (day: EpochDay) => (day > cutoff ? planned.has(day) : shop.isOpen(day, true));
  const shareOpen = (days: readonly EpochDay[]) => days.filter(isOpen).length / Math.max(1, days.length);
  const recent = daysBetween(Math.max(first, last - WEEK_TOLD_FROM_DAYS + 1), last).filter((day) => !holidays.has(day));
  const isUsual = (day: EpochDay) => shareOpen(recent.filter((each) => (day - each) % 7 === 0)) >= USUAL_SHARE_MIN;
  const pastHolidays = [...holidays].filter((day) => day >= first && day <= last && isUsual(day));
  const opensOnHolidays = pastHolidays.length === 0 || shareOpen(pastHolidays) >= USUAL_SHARE_MIN;
  return daysBetween(last + 1, cutoff + PLANNED_DAYS).filter((day) => isUsual(day) && (opensOnHolidays || !holidays.has(day)));
};

const daysBetween = (from: EpochDay, until: EpochDay): EpochDay[] => Array.from({ length: Math.max(0, until - from + 1) }, (_, i) => from + i);

const dayAfter = ({ firstDay }: { readonly firstDay: string }, days: number): string => fromEpochDay(toEpochDay(firstDay) + days);
