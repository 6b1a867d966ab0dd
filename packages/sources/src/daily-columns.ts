/** Daily columns out of loose rows. */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay, DailyColumn } from "@levain/contracts";

/** Business days, both included. */
export type DayRange = { readonly from: BusinessDay; readonly until: BusinessDay };

export type DailyValue = { readonly date: BusinessDay; readonly name: string; readonly value: number | null };

/**
 * One column per name, over the whole range. Days without a row have the value `absent`; rows outside the range are left
 * out, and of two rows for one day the later one holds. A column of nothing but unknowns is no column.
 */
export function columnsOf(rows: Iterable<DailyValue>, range: DayRange, absent: number | null): DailyColumn[] {
  const start = toEpochDay(range.from);
  const days = toEpochDay(range.until) - start + 1;
  const columns = new Map<string, (number | null)[]>();
  const indexes = new Map<BusinessDay, number>();
  for (const { date, name, value } of rows) {
    const index = indexes.get(date) ?? toEpochDay(date) - start;
    indexes.set(date, index);
    if (index < 0 || index >= days) continue;
    const values = columns.get(name) ?? new Array<number | null>(days).fill(absent);
    columns.set(name, values);
    values[index] = value;
  }
  return [...columns]
    .filter(([, values]) => values.some((value) => value !== null))
    .map(([name, values]) => ({ name, firstDay: range.from, values }));
}

/** The column cut or stretched to another range; days it does not reach have the value `absent`. */
export function columnOver(column: DailyColumn, range: DayRange, absent: number | null): DailyColumn {
  const start = toEpochDay(range.from);
  const shift = start - toEpochDay(column.firstDay);
  const days = Math.max(0, toEpochDay(range.until) - start + 1);
  const values = Array.from({ length: days }, (_, index) => {
    const value = column.values[index + shift];
    return value === undefined ? absent : value;
  });
  return { name: column.name, firstDay: range.from, values };
}

/** Every day of a range, ascending. */
export const daysOf = (range: DayRange): BusinessDay[] => {
  const start = toEpochDay(range.from);
  return Array.from({ length: Math.max(0, toEpochDay(range.until) - start + 1) }, (_, index) => fromEpochDay(start + index));
};
