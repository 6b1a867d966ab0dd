/** A small shop for tests: open every day but Monday, with every date and quantity known. */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import { type BusinessDay, type DailyColumn, type Product, resolvePolicy, type RunContext, type Sales } from "@levain/contracts";

export const roll: Product = { id: "roll", name: "Roll", isDiscontinued: false, hasOwnEvents: false };
export const policy = resolvePolicy();

/** A Sunday, and the days before it that the context covers. */
export const CUTOFF: BusinessDay = "2026-05-31";
export const HISTORY_DAYS = 120;

export const day = (offset: number): BusinessDay => fromEpochDay(toEpochDay(CUTOFF) + offset);

const MONDAY = 4;
const isMonday = (date: BusinessDay): boolean => ((toEpochDay(date) % 7) + 7) % 7 === MONDAY;

/** Days from one offset to another, both included, counted from the cutoff. */
export const daysBetween = (from: number, until: number): BusinessDay[] => Array.from({ length: until - from + 1 }, (_, i) => day(from + i));
export const openDaysBetween = (from: number, until: number): BusinessDay[] => daysBetween(from, until).filter((date) => !isMonday(date));

/** A run's context whose cutoff is `CUTOFF`, with a horizon of 14 days. */
export const contextOf = (changed: Partial<RunContext> = {}): RunContext => ({
  version: 1,
  firstDay: day(1 - HISTORY_DAYS),
  cutoff: CUTOFF,
  lastDay: day(14),
  openDays: openDaysBetween(1 - HISTORY_DAYS, 14),
  regressors: [],
  specialDays: [],
  absentSources: [],
  ...changed,
});

/** A calendar column over the whole context: 1 on the given days, else 0. */
export const calendarColumn = (name: string, ones: readonly BusinessDay[]): DailyColumn => ({
  name,
  firstDay: day(1 - HISTORY_DAYS),
  values: daysBetween(1 - HISTORY_DAYS, 14).map((date) => (ones.includes(date) ? 1 : 0)),
});

export const sharedCalendar = (name: string, ones: readonly BusinessDay[]): RunContext["regressors"][number] => ({
  name,
  source: "events",
  isKnownAhead: true,
  values: [...calendarColumn(name, ones).values],
});

/** The same quantity on each of these days, as daily totals. */
export const soldOn = (days: readonly BusinessDay[], quantity = 10): Sales => dailySales(days.map((date) => [date, quantity]));

export const dailySales = (rows: readonly (readonly [BusinessDay, number])[]): Sales => salesOf("daily", rows);
export const receipts = (rows: readonly (readonly [BusinessDay, number])[]): Sales => salesOf("transactions", rows);

const salesOf = (kind: Sales["kind"], rows: readonly (readonly [BusinessDay, number])[]): Sales => ({
  kind,
  records: rows.map(([date, quantity]) => ({ day: date, quantity })),
  unreadable: { count: 0, examples: [] },
});

/** Sales of two daily kinds one after the other. */
export const together = (...parts: readonly Sales[]): Sales => ({
  kind: parts[0]?.kind ?? "daily",
  records: parts.flatMap(({ records }) => records),
  unreadable: { count: 0, examples: [] },
});
