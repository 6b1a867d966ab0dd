/** The context of a run, and a product's own calendar, as the numbers that models learn from. */
import { toEpochDay } from "@levain/calendar";
import { OPEN_COLUMN, type DailyColumn, type RunContext } from "@levain/contracts";
import type { Drivers, EpochDay, Regressor } from "@levain/forecast";

/** Frost and heat may both keep people from the bakery, or both draw them. */
const CURVED_COLUMNS: ReadonlySet<string> = new Set(["temperature_c"]);

/** A product's own column takes the place of the shop's column of the same name. */
export const driversOf = (context: RunContext, ownColumns: readonly DailyColumn[], openAhead: readonly EpochDay[]): Drivers => {
  const own = new Set(ownColumns.map(({ name }) => name));
  const start = toEpochDay(context.firstDay);
  const shared = context.regressors
    .filter(({ name, isKnownAhead }) => !own.has(name) && !(isKnownAhead && name === OPEN_COLUMN))
    .map(({ name, isKnownAhead, values }): Regressor => ({ name, isKnownAhead, ...(CURVED_COLUMNS.has(name) ? { isCurved: true } : {}), start, values: numbers(values) }));
  const ofProduct = ownColumns
    .filter(({ name }) => name !== OPEN_COLUMN)
    .map(({ name, firstDay, values }): Regressor => ({ name, isKnownAhead: true, start: toEpochDay(firstDay), values: numbers(values) }));
  return {
    regressors: [...shared, ...ofProduct],
    specialDays: context.specialDays.map(({ name, days }) => ({ name, days: days.map(toEpochDay) })),
    openAhead,
  };
};

/** The `open` column that counts for the product: its own, else the shop's, else none. */
export const openColumnOf = (context: RunContext, ownColumns: readonly DailyColumn[]): DailyColumn | null => {
  const own = ownColumns.find(({ name }) => name === OPEN_COLUMN);
  const shared = context.regressors.find(({ name, isKnownAhead }) => isKnownAhead && name === OPEN_COLUMN);
  return own ?? (shared ? { name: OPEN_COLUMN, firstDay: context.firstDay, values: shared.values } : null);
};

/** Unknown is NaN. A plain loop, because `Float64Array.from` with a function takes ten times as long and every product pays. */
const numbers = (values: readonly (number | null)[]): Float64Array => {
  const copied = new Float64Array(values.length);
  for (let i = 0; i < copied.length; i += 1) copied[i] = values[i] ?? Number.NaN;
  return copied;
};
