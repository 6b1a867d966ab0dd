import { addDays } from "@levain/calendar";
import type { Sales, Tenant } from "@levain/contracts";
import { resolvePolicy } from "@levain/contracts";
import { loadRunContext, openSources, type Sources } from "@levain/sources";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RequestCounts } from "./request-log.js";
import { startSandbox, type Sandbox, type SandboxTenant } from "./server.js";
import { demoBakery, fleetBakery } from "./simulated-bakery.js";

const LAST_DAY = "2026-05-10";
const bakery = demoBakery(LAST_DAY);
const whole = { from: bakery.firstDay, until: LAST_DAY };
const signal = new AbortController().signal;

let sandbox: Sandbox;
let sources: Sources;
let tenant: Tenant;

beforeEach(async () => {
  sandbox = await startSandbox({ port: 0, bakeries: () => [bakery], findUnlisted: (id) => fleetBakery(id, LAST_DAY), pageRows: 100 });
  sources = openSources({ allow: ["127.0.0.1"] });
  tenant = await tenantOf("demo-bakery");
});
afterEach(async () => {
  await sources.close();
  await sandbox.close();
});

async function tenantOf(id: string): Promise<Tenant> {
  const response = await fetch(`${sandbox.url}/tenants/${id}`);
  const { settings } = (await response.json()) as SandboxTenant;
  return { id, ...settings };
}

const counts = async (): Promise<RequestCounts> => (await fetch(`${sandbox.url}/requests`)).json() as Promise<RequestCounts>;

const unitsByDay = ({ records }: Sales): Map<string, number> => {
  const units = new Map<string, number>();
  for (const { day, quantity } of records) units.set(day, (units.get(day) ?? 0) + quantity);
  return units;
};

describe("the sources of a bakery, over HTTP", () => {
  test("list its products over several pages, each once", async () => {
    const { products } = bakery;
    expect(await sources.listProducts(tenant, signal)).toEqual(
      products.map(({ id, name, discontinued, hasOwnEvents }) => ({ id, name, isDiscontinued: discontinued, hasOwnEvents })),
    );
  });

  test("bring daily totals over several pages", async () => {
    const sales = await sources.loadSales(tenant, { id: "rye-bread" }, whole, signal);
    expect(sales).toMatchObject({ kind: "daily", unreadable: { count: 0 } });
    expect(sales.records).toEqual(bakery.salesOf("rye-bread", whole).rows.map((row) => ({ day: (row as { date: string }).date, quantity: (row as { quantity: number }).quantity })));
    expect((await counts()).tenants["demo-bakery"]?.sales).toBe(Math.ceil(sales.records.length / 100));
  });

  test("bring receipts, corrections included, onto business days", async () => {
    const sales = await sources.loadSales(tenant, { id: "cinnamon-bun" }, { from: addDays(LAST_DAY, -60), until: LAST_DAY }, signal);
    expect(sales).toMatchObject({ kind: "transactions", unreadable: { count: 0 } });
    expect(sales.records.some(({ quantity }) => quantity < 0)).toBe(true);
    for (const units of unitsByDay(sales).values()) expect(units).toBeGreaterThan(0);
  });

  test("tell open days, the planned ones included", async () => {
    const days = await sources.loadOpenDays(tenant, { from: "2026-04-27", until: "2026-05-17" }, signal);
    expect(days).toContain("2026-05-16");
    expect(days).not.toContain("2026-05-11");
    expect(days).toEqual([...days].sort());
  });

  test("tell the weather, unknown values kept apart, and nothing about tomorrow's", async () => {
    const columns = await sources.loadWeather(tenant, { from: bakery.firstDay, until: addDays(LAST_DAY, 3) }, signal);
    expect(columns.map(({ name }) => name)).toEqual(["temperature_c", "precipitation_mm", "wind_speed_kmh", "cloud_cover"]);
    for (const { values } of columns) expect(values.slice(-3)).toEqual([null, null, null]);
    expect(columns[2]?.values.slice(0, 365)).toContain(null);
    expect(columns[1]?.values).toContain(0);
  });

  test("tell traffic and events by their own names", async () => {
    expect((await sources.loadTraffic(tenant, whole, signal)).map(({ name }) => name)).toEqual(["passers_by"]);
    const events = await sources.loadEvents(tenant, { from: LAST_DAY, until: addDays(LAST_DAY, 28) }, signal);
    expect(events.map(({ name }) => name).sort()).toEqual(["street_fair"]);
    expect(events[0]?.values).toContain(1);
    expect((await sources.loadProductEvents(tenant, "pretzel", whole, signal)).map(({ name }) => name)).toEqual(["promotion"]);
    expect(await sources.loadProductEvents(tenant, "croissant", whole, signal)).toEqual([]);
  });

  test("are not asked where the tenant has no address for them", async () => {
    const bare: Tenant = { ...tenant, sources: { sales: tenant.sources.sales } };
    expect(await sources.loadWeather(bare, whole, signal)).toEqual([]);
    expect(await sources.loadTraffic(bare, whole, signal)).toEqual([]);
    expect(await sources.loadEvents(bare, whole, signal)).toEqual([]);
    expect((await counts()).tenants).toEqual({});
  });

  test("refuse a product that is not there as source.rejected", async () => {
    await expect(sources.loadSales(tenant, { id: "unobtainium" }, whole, signal)).rejects.toMatchObject({ code: "source.rejected", facts: { status: 404 } });
  });

  test("refuse an address that is not theirs as source.rejected", async () => {
    const elsewhere: Tenant = { ...tenant, sources: { sales: `${sandbox.url}/nobody/sales` } };
    await expect(sources.listProducts(elsewhere, signal)).rejects.toMatchObject({ code: "source.rejected" });
  });

  test("are asked once for what a run's products share", async () => {
    const roomy = await startSandbox({ port: 0, bakeries: () => [bakery] });
    try {
      const { settings } = (await (await fetch(`${roomy.url}/tenants/demo-bakery`)).json()) as SandboxTenant;
      const context = await loadRunContext({ id: "demo-bakery", ...settings }, resolvePolicy(), LAST_DAY, sources, signal);
      expect(context).toMatchObject({ firstDay: bakery.openDays(whole)[0], lastDay: "2026-05-24", absentSources: [] });
      expect(context.openDays.at(-1)).toBe("2026-05-24");
      expect(context.regressors).toHaveLength(4 + 1 + 2);
      const { tenants } = (await (await fetch(`${roomy.url}/requests`)).json()) as RequestCounts;
      expect(tenants["demo-bakery"]).toEqual({ "open-days": 1, weather: 1, traffic: 1, events: 1 });
    } finally {
      await roomy.close();
    }
  });

  test("are asked over a bounded number of connections, however many products there are", async () => {
    const fleet = await tenantOf("simulated-120x60");
    const before = (await counts()).connections.accepted;
    const products = await sources.listProducts(fleet, signal);
    await Promise.all(products.map((product) => sources.loadSales(fleet, product, whole, signal)));
    const { connections, tenants } = await counts();
    expect(tenants["simulated-120x60"]).toMatchObject({ products: 2, sales: 120 });
    expect(connections.accepted - before).toBeLessThanOrEqual(8);
  });
});

describe("the sandbox", () => {
  test("lists its tenants with settings that name their sources", async () => {
    const { tenants } = (await (await fetch(`${sandbox.url}/tenants`)).json()) as { tenants: SandboxTenant[] };
    expect(tenants).toMatchObject([{ id: "demo-bakery", firstDay: bakery.firstDay, lastDay: LAST_DAY, settings: { timeZone: "Europe/Berlin", sources: { sales: `${sandbox.url}/demo-bakery/sales` } } }]);
    expect(tenants[0]?.products).toHaveLength(12);
  });

  test.each([
    ["/demo-bakery/sales/products/rye-bread/sales?from=2026-05-01", "to: "],
    ["/demo-bakery/sales/open-days?from=2026-05-02&to=2026-05-01", "expected from not after to"],
    ["/demo-bakery/sales/open-days?from=0001-01-01&to=9999-01-01", "expected at most"],
    ["/demo-bakery/sales/products?cursor=first", "cursor: "],
    ["/demo-bakery/weather/v1/archive", "start_date: "],
  ])("answers %s with 400 and what was wrong", async (path, detail) => {
    const response = await fetch(`${sandbox.url}${path}`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { detail: string }).detail).toContain(detail);
  });

  test("answers a forecast of the days to come in the archive's shape", async () => {
    const response = await fetch(`${sandbox.url}/demo-bakery/weather/v1/forecast`);
    const { daily } = (await response.json()) as { daily: { time: string[]; temperature_2m_mean: unknown[] } };
    expect(daily.time[0]).toBe(LAST_DAY);
    expect(daily.temperature_2m_mean).toHaveLength(daily.time.length);
    expect(daily.temperature_2m_mean.every((value) => typeof value === "number")).toBe(true);
  });
});
