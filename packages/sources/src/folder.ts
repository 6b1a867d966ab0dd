/**
 * A tenant folder: the sources as files, for those who keep their books in spreadsheets.
 *
 * `tenant.json` and `sales.csv` are needed; `calendar.csv`, `weather.csv`, `traffic.csv` and `economics.json` are not. The shop was open on days
 * with any sale, and after the last one on days that the calendar's shop-wide column `open` announces. A sales row with an
 * unreadable date or quantity is counted and reported as over HTTP; a fault in the other files is told at once.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OPEN_COLUMN, ProductEconomics, ProductId, TenantEconomics, TenantId, TenantSettings, type BusinessDay, type DailyColumn, type Product, type Sales } from "@levain/contracts";
import { z } from "zod";
import { FolderError } from "./csv.js";
import { columnOver } from "./daily-columns.js";
import { columnsOfFile, readCalendar, readColumns, readSales } from "./folder-files.js";
import type { ContextLoaders } from "./run-context.js";
import { createSalesReader } from "./sales-rows.js";
import { WEATHER_COLUMNS } from "./wire-format.js";

/** A tenant without the addresses of sources. */
export const FolderTenant = TenantSettings.omit({ sources: true }).extend({ id: TenantId });
export type FolderTenant = z.infer<typeof FolderTenant>;

/** What goods sell for and cost, for a bake plan. */
export const FolderEconomics = TenantEconomics.extend({ /** By product id. */ products: z.record(ProductId, ProductEconomics).default({}) });
export type FolderEconomics = z.infer<typeof FolderEconomics>;

export type TenantFolder = {
  readonly tenant: FolderTenant;
  readonly economics: FolderEconomics | null;
  /** In the order of their first rows. */
  readonly products: readonly Product[];
  /** Days of the first and the last sale or return: until then the folder tells of every day. */
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
  const tenant = await readJson(path, "tenant.json", FolderTenant);
  if (tenant === null) throw new FolderError(`${path}: expected a tenant folder with tenant.json and sales.csv, got no tenant.json`);
  const economics = await readJson(path, "economics.json", FolderEconomics);
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
  const records = [...rows.keys()].flatMap((productId) => salesOf(productId).records);
  const soldDays = daysIn(records.filter(({ quantity }) => quantity > 0));
  // A day of returns alone is told, too; a row of zero may be a spreadsheet's, filled down to the end of the year.
  const toldDays = daysIn(records.filter(({ quantity }) => quantity !== 0));
  const [firstDay, lastDay] = [toldDays[0], toldDays.at(-1)];
  if (soldDays.length === 0 || firstDay === undefined || lastDay === undefined) throw new FolderError("sales.csv: expected at least one day with sales, got none");

  const planned = calendar.shop.filter(({ name, date, value }) => name === OPEN_COLUMN && value !== 0 && date > lastDay).map(({ date }) => date);
  const openDays = [...soldDays, ...new Set(planned.sort())];
  const events = columnsOfFile(calendar.shop.filter(({ name }) => name !== OPEN_COLUMN), 0);
  const ownEvents = new Map([...calendar.products].map(([productId, values]) => [productId, columnsOfFile(values, 0)]));

  const unknown = Object.keys(economics?.products ?? {}).find((productId) => !names.has(productId));
  if (unknown !== undefined) throw new FolderError(`economics.json: expected products of sales.csv, got ${unknown}`);

  return {
    tenant,
    economics,
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

/** A field that is null is one that nobody filled in; some editors put a byte order mark before the first. @returns null when there is no such file */
async function readJson<T>(folder: string, file: string, schema: z.ZodType<T>): Promise<T | null> {
  let json: unknown;
  try {
    const text = await readFile(join(folder, file), "utf8");
    json = JSON.parse(text.replace(/^\uFEFF/, ""), (_name, value: unknown) => value ?? undefined);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new FolderError(`${file}: expected JSON, got: ${cause.message}`, { cause });
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new FolderError(`${folder}: expected to read ${file}, got ${code}`, { cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".") || "all"}: ${issue.message}`);
  throw new FolderError(`${file}: ${problems.join("; ")}`, { cause: result.error });
}

/** Each once, ascending. */
const daysIn = (records: Sales["records"]): BusinessDay[] => [...new Set(records.map(({ day }) => day))].sort();
