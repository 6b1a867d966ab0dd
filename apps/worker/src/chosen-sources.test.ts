import { STORED, TenantSettings, type Tenant } from "@levain/contracts";
import { copyDatabase, migrationsFolder, openDb, type Db } from "@levain/db";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { chooseSources, type ChosenSources } from "./chosen-sources.js";

let db: Db;
let drop: () => Promise<void>;
beforeAll(async () => {
  const copy = await copyDatabase(inject("postgresUrl"), migrationsFolder);
  drop = copy.drop;
  db = openDb({ url: copy.url, poolMax: 2, applicationName: "levain-test" });
});
afterAll(async () => {
  await db.close();
  await drop();
});

const MAY = { from: "2026-05-01", until: "2026-05-04" };
const { signal } = new AbortController();

/** Upstreams that tell that they were asked. */
const asked = (name: string) => async (): Promise<never> => {
  throw new Error(`asked the address for ${name}`);
};
const upstreams: ChosenSources = {
  listProducts: asked("products"),
  loadSales: asked("sales"),
  loadOpenDays: asked("open days"),
  loadWeather: asked("weather"),
  loadWeatherAhead: asked("weather ahead"),
  loadTraffic: asked("traffic"),
  loadEvents: asked("events"),
  loadProductEvents: asked("product events"),
};

async function tenantWith(id: string, sources: Tenant["sources"]): Promise<Tenant> {
  const settings = TenantSettings.parse({ name: id, timeZone: "Europe/Berlin", country: "DE", sources });
  await db.tenants.put(id, settings);
  return { ...settings, id };
}

describe("a tenant's sources", () => {
  test("are what it uploaded where it says so, cut or stretched to the days asked for", async () => {
    const tenant = await tenantWith("all-stored", { sales: STORED, weather: STORED, traffic: STORED, events: STORED });
    const kept = db.forTenant(tenant.id);
    await kept.putSales([{ productId: "rye", productName: "Rye", day: "2026-05-02", quantity: 7, soldOutAt: "15:40" }, { productId: "rye", productName: null, day: "2026-06-01", quantity: 7, soldOutAt: null }]);
    for (const source of ["weather", "traffic", "events"] as const) await kept.putColumns(source, null, [{ name: source, firstDay: "2026-05-02", values: [1, null, 3, 4, 5] }]);
    await kept.putColumns("events", "rye", [{ name: "promotion", firstDay: "2026-04-30", values: [1, 0, 1] }]);
    const chosen = chooseSources(upstreams, (id) => db.forTenant(id));
    expect(await chosen.listProducts(tenant, signal)).toEqual([{ id: "rye", name: "Rye", isDiscontinued: false, hasOwnEvents: true }]);
    expect((await chosen.loadSales(tenant, { id: "rye" }, MAY, signal)).records).toEqual([{ day: "2026-05-02", quantity: 7, soldOutAt: "15:40" }]);
    expect(await chosen.loadOpenDays(tenant, MAY, signal)).toEqual(["2026-05-02"]);
    const [weather, traffic, events] = [await chosen.loadWeather(tenant, MAY, signal), await chosen.loadTraffic(tenant, MAY, signal), await chosen.loadEvents(tenant, MAY, signal)];
    expect([weather, traffic, events].map(([column]) => column?.values)).toEqual([[null, 1, null, 3], [null, 1, null, 3], [0, 1, null, 3]]);
    expect(await chosen.loadProductEvents(tenant, "rye", MAY, signal)).toEqual([{ name: "promotion", firstDay: "2026-05-01", values: [0, 1, 0, 0] }]);
  });

  test("are asked at their address where they have one, source by source", async () => {
    const chosen = chooseSources(upstreams, (id) => db.forTenant(id));
    const far = "https://far.example";
    const mixed = await tenantWith("mixed", { sales: STORED, weather: far });
    expect(await chosen.listProducts(mixed, signal)).toEqual([]);
    await expect(chosen.loadWeather(mixed, MAY, signal)).rejects.toThrow("asked the address for weather");
    const away = await tenantWith("away", { sales: far, weather: STORED });
    await expect(chosen.listProducts(away, signal)).rejects.toThrow("asked the address for products");
    await expect(chosen.loadSales(away, { id: "rye" }, MAY, signal)).rejects.toThrow("asked the address for sales");
    await expect(chosen.loadOpenDays(away, MAY, signal)).rejects.toThrow("asked the address for open days");
    expect(await chosen.loadWeather(away, MAY, signal)).toEqual([]);
  });

  test("of the weather ahead are the days that were uploaded, unless a service is named that forecasts them", async () => {
    const chosen = chooseSources(upstreams, (id) => db.forTenant(id));
    const stored = await tenantWith("looks-ahead", { sales: STORED, weather: STORED });
    await db.forTenant(stored.id).putColumns("weather", null, [{ name: "temperature_c", firstDay: "2026-05-01", values: [9, 12, 31] }]);
    expect(await chosen.loadWeatherAhead(stored, { from: "2026-05-03", until: "2026-05-04" }, signal)).toEqual([{ name: "temperature_c", firstDay: "2026-05-03", values: [31, null] }]);
    expect(await chosen.loadWeatherAhead(stored, { from: "2026-05-04", until: "2026-05-19" }, signal)).toEqual([]);
    const served = await tenantWith("is-told", { sales: STORED, weather: STORED, weatherAhead: "https://far.example" });
    await expect(chosen.loadWeatherAhead(served, MAY, signal)).rejects.toThrow("asked the address for weather ahead");
  });
});
