/** A run's columns as the drivers that models read. The calendar's `open` column is a plan, not a driver. */
import { toEpochDay } from "@levain/calendar";
import type { DailyColumn, MissingDay, RunContext } from "@levain/contracts";
import type { Drivers, EpochDay, Regressor } from "@levain/forecast";

/** The calendar column that says whether the shop opens: 1 or 0. */
const OPEN = "open";

export function driversOf(context: RunContext, ownEvents: readonly DailyColumn[], missingDay: MissingDay, closings: ReadonlySet<EpochDay>): Drivers {
  const start = toEpochDay(context.firstDay);
  const shared = context.regressors.map(({ name, isKnownAhead, values }): Regressor => ({ name, isKnownAhead, start, values: numbersOf(values) }));
  const own = ownEvents.map(({ name, firstDay, values }): Regressor => ({ name, isKnownAhead: true, start: toEpochDay(firstDay), values: numbersOf(values) }));
  return {
    regressors: [...shared, ...own].filter(({ name }) => name !== OPEN),
    specialDays: context.specialDays.map(({ name, days }) => ({ name, days: days.map(toEpochDay) })),
    openAhead: openAheadOf(context, ownEvents, missingDay, closings),
  };
}

const numbersOf = (values: readonly (number | null)[]): Float64Array => Float64Array.from(values, (value) => value ?? Number.NaN);

/** Days that an `open` column of the product's or the shop's calendar declares closed. */
export function plannedClosings(context: RunContext, ownEvents: readonly DailyColumn[]): ReadonlySet<EpochDay> {
  const columns = [
    ...context.regressors.filter(({ name, isKnownAhead }) => name === OPEN && isKnownAhead).map(({ values }) => ({ firstDay: context.firstDay, values })),
    ...ownEvents.filter(({ name }) => name === OPEN),
  ];
  return new Set(columns.flatMap(({ firstDay, values }) => values.flatMap((value, index) => (value === 0 ? [toEpochDay(firstDay) + index] : []))));
}

/** The days after the cutoff on which the shop plans to open; empty where it does not say. */
function openAheadOf(context: RunContext, ownEvents: readonly DailyColumn[], missingDay: MissingDay, closings: ReadonlySet<EpochDay>): EpochDay[] {
  const cutoff = toEpochDay(context.cutoff);
  const listed = missingDay === "closed" ? [] : context.openDays.map(toEpochDay).filter((day) => day > cutoff);
  if (listed.length > 0) return listed.filter((day) => !closings.has(day));
  const hasPlan = ownEvents.some(({ name }) => name === OPEN) || context.regressors.some(({ name }) => name === OPEN);
  if (!hasPlan) return [];
  return Array.from({ length: toEpochDay(context.lastDay) - cutoff }, (_, index) => cutoff + 1 + index).filter((day) => !closings.has(day));
}
