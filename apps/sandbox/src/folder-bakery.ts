/** A tenant folder as a bakery: weather.csv is the weather service, traffic.csv the traffic service, calendar.csv the events. */
import type { DailyColumn } from "@levain/contracts";
import { columnOver, readTenantFolder, type DayRange } from "@levain/sources";
import type { Bakery, ColumnsOver } from "./bakery.js";

/** @throws FolderError */
export async function readFolderBakery(path: string): Promise<Bakery> {
  const folder = await readTenantFolder(path);
  const hasEvents = folder.events.length > 0 || folder.products.some((product) => product.hasOwnEvents);
  return {
    tenant: folder.tenant,
    economics: folder.economics,
    firstDay: folder.firstDay,
    lastDay: folder.lastDay,
    products: folder.products.map(({ id, name, hasOwnEvents }) => ({ id, name, hasOwnEvents })),
    salesOf: (productId, range) => ({ kind: "daily", rows: folder.salesRowsOf(productId).filter((row) => isAsked(row, range)) }),
    openDays: ({ from, until }) => folder.openDays.filter((day) => day >= from && day <= until),
    weather: over(folder.weather, null),
    // Days of weather.csv beyond the sales can only be a forecast.
    weatherAhead: over(folder.weather, null),
    traffic: over(folder.traffic, null),
    events: hasEvents ? (range) => folder.events.map((column) => columnOver(column, range, 0)) : null,
    productEvents: (productId, range) => folder.eventsOf(productId).map((column) => columnOver(column, range, 0)),
  };
}

const over = (columns: readonly DailyColumn[], absent: null): ColumnsOver | null =>
  columns.length === 0 ? null : (range) => columns.map((column) => columnOver(column, range, absent));

/** A row without a readable date belongs to no range: it is always told, so that the reader can count it. */
const isAsked = (row: unknown, { from, until }: DayRange): boolean => {
  const date = typeof row === "object" && row !== null && "date" in row ? row.date : undefined;
  return typeof date !== "string" || !/^\d{4}-\d\d-\d\d$/.test(date) || (date >= from && date <= until);
};
