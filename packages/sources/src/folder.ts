/**
 * A tenant folder: the sources as files, for those who keep their books in spreadsheets.
 *
 * `tenant.json` and `sales.csv` are needed; `calendar.csv`, `weather.csv` and `traffic.csv` are not. The shop was open on days
 * with any sale, and after the last one on days that the calendar's shop-wide column `open` announces. A sales row with an
 * unreadable date or quantity is counted and reported as over HTTP; a fault in the other files is told at once.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TenantId, TenantSettings, type BusinessDay, type DailyColumn, type Product, type ProductId, type Sales } from "@levain/contracts";
import type { z } from "zod";
import { FolderError } from "./csv.js";
import { columnOver } from "./daily-columns.js";
import { columnsOfFile, readCalendar, readColumns, readSales } from "./folder-files.js";
import type { ContextLoaders } from "./run-context.js";
import { createSalesReader } from "./sales-rows.js";
import { WEATHER_COLUMNS } from "./wire-format.js";

/** A tenant without the addresses of sources. */
export const FolderTenant = TenantSettings.omit({ sources: true }).extend({ id: TenantId });
export type FolderTenant = z.infer<typeof FolderTenant>;

export type TenantFolder = {
  readonly tenant: FolderTenant;
  /** In the order of their first rows. */
  readonly products: readonly Product[];
  /** Days of the first and the last readable sale. */
  readonly firstDay: BusinessDay;
  readonly lastDay: BusinessDay;
  readonly openDays: readonly BusinessDay[];
  /** Columns over the days their file covers; an unknown product has no rows and no events. */
  readonly weather: readonly DailyColumn[];
  readonly traffic: readonly DailyColumn[];
  readonly events: readonly DailyColumn[];
  eventsOf(productId: ProductId): readonly DailyColumn[];
  salesOf(productId: ProductId): Sales;
  /** Sales rows as the sales contract would carry them, the unreadable ones included. */
  salesRowsOf(productId: ProductId): readonly unknown[];
  /** For `loadRunContext`. */
  readonly loaders: ContextLoaders<unknown>;
};

/** @throws FolderError */
export async function readTenantFolder(path: string): Promise<TenantFolder> {
  const tenant = await readTenant(path);
  const [sales, calendar, weather, traffic] = await Promise.all([
    readSales(join(path, "sales.csv")),
    readCalendar(join(path, "calendar.csv")),
    readColumns(join(path, "weather.csv"), Object.values(WEATHER_COLUMNS)),
    readColumns(join(path, "traffic.csv"), null),
  ]);

  if (sales === null) throw new FolderError(`${path}: expected a tenant folder with tenant.json and sales.csv, got no sales.csv`);
  const { names, rows } = sales;

  const salesOf = (productId: ProductId): Sales => {
    const reader = createSalesReader("daily", tenant.timeZone);
    reader.add(rows.get(productId) ?? []);
    return reader.sales();
  };
  const soldDays = daysSold([...rows.keys()].map(salesOf));
  const [firstDay, lastDay] = [soldDays[0], soldDays.at(-1)];
  if (firstDay === undefined || lastDay === undefined) throw new FolderError("sales.csv: expected at least one day with sales, got none");

  const planned = calendar.shop.filter(({ name, date, value }) => name === "open" && value !== 0 && date > lastDay).map(({ date }) => date);
  const openDays = [...soldDays, ...new Set(planned.sort())];
  const events = columnsOfFile(calendar.shop.filter(({ name }) => name !== "open"), 0);
  const ownEvents = new Map([...calendar.products].map(([productId, values]) => [productId, columnsOfFile(values, 0)]));

  return {
    tenant,
    products: [...names].map(([id, name]) => ({ id, name, isDiscontinued: false, hasOwnEvents: ownEvents.has(id) })),
    firstDay,
    lastDay,
    openDays,
    weather,
    traffic,
    events,
    eventsOf: (productId) => ownEvents.get(productId) ?? [],
    salesOf,
    salesRowsOf: (productId) => rows.get(productId) ?? [],
    loaders: {
      loadOpenDays: async (_tenant, { from, until }) => openDays.filter((day) => day >= from && day <= until),
      loadWeather: async (_tenant, range) => weather.map((column) => columnOver(column, range, null)),
      loadTraffic: async (_tenant, range) => traffic.map((column) => columnOver(column, range, null)),
      loadEvents: async (_tenant, range) => events.map((column) => columnOver(column, range, 0)),
    },
  };
}

async function readTenant(path: string): Promise<FolderTenant> {
  const text = await readFile(join(path, "tenant.json"), "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new FolderError(`${path}: expected a tenant folder with tenant.json and sales.csv, got ${cause.code === "ENOENT" ? "no tenant.json" : cause.code}`, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FolderError(`tenant.json: expected JSON, got: ${(cause as SyntaxError).message}`, { cause });
  }
  const result = FolderTenant.safeParse(json);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".") || "tenant"}: ${issue.message}`);
  throw new FolderError(`tenant.json: ${problems.join("; ")}`, { cause: result.error });
}

const daysSold = (sales: readonly Sales[]): BusinessDay[] => {
  const days = new Set<BusinessDay>();
  for (const { records } of sales) for (const { day, quantity } of records) if (quantity > 0) days.add(day);
  return [...days].sort();
};
