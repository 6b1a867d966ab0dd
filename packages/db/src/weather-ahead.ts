/**
 * The weather that is forecast for each tenant's place, as it was fetched. Each is kept, since a forecast names the one
 * it used; the newest counts. `toldAt` says that the tenant's champions have all been told of it.
 */
import { WeatherAhead } from "@levain/contracts";
import type { Client } from "./client.js";
import { columnOfDay, dayOfColumn } from "./column-day.js";
import type { WeatherAhead as WeatherRow } from "./generated/client.js";

export const createWeatherAhead = (client: Client, tenantId: string) => ({
  /** The same instant again changes nothing. */
  async keepWeatherAhead({ issuedAt, firstDay, columns }: WeatherAhead): Promise<void> {
    await client.weatherAhead.createMany({ data: [{ tenantId, issuedAt: new Date(issuedAt), firstDay: columnOfDay(firstDay), columns }], skipDuplicates: true });
  },

  /** Null where none was ever fetched. */
  async newestWeatherAhead(): Promise<WeatherAhead | null> {
    const row = await client.weatherAhead.findFirst({ where: { tenantId }, orderBy: { issuedAt: "desc" } });
    return row && weatherOf(row);
  },

  async markWeatherTold({ issuedAt }: Pick<WeatherAhead, "issuedAt">): Promise<void> {
    await client.weatherAhead.updateMany({ where: { tenantId, issuedAt: new Date(issuedAt), toldAt: null }, data: { toldAt: new Date() } });
  },
});

/** Of all tenants, for who looks after them. */
export const createWeatherNews = (client: Client) => ({
  /** When each tenant's newest was issued. */
  async lastIssued(): Promise<ReadonlyMap<string, Date>> {
    const rows = await client.weatherAhead.groupBy({ by: ["tenantId"], _max: { issuedAt: true } });
    return new Map(rows.flatMap(({ tenantId, _max }) => (_max.issuedAt ? [[tenantId, _max.issuedAt] as const] : [])));
  },

  /** The newest of each tenant whose champions have not all been told of it. */
  async untold(): Promise<readonly { readonly tenantId: string; readonly weather: WeatherAhead }[]> {
    const rows = await client.weatherAhead.findMany({ distinct: ["tenantId"], orderBy: [{ tenantId: "asc" }, { issuedAt: "desc" }] });
    return rows.filter(({ toldAt }) => toldAt === null).map((row) => ({ tenantId: row.tenantId, weather: weatherOf(row) }));
  },
});

const weatherOf = ({ issuedAt, firstDay, columns }: WeatherRow): WeatherAhead =>
  WeatherAhead.parse({ issuedAt: issuedAt.toISOString(), firstDay: dayOfColumn(firstDay), columns });
