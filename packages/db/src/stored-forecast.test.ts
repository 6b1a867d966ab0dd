import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { createClient } from "./client.js";
import { openDb } from "./open.js";
import { MeasuredPool } from "./pool.js";
import { loadSample, openSampleBakery, productOf, settingsOf, TENANT, trained, trainedModel, type SampleBakery } from "./sample-bakery.js";
import { asTenant } from "./row-security.js";
import { createStoredForecast } from "./stored-forecast.js";

const OTHER = "other-bakery";
const bread = productOf(1);

let world: SampleBakery;
let admin: pg.Client;
beforeEach(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
  await world.db.tenants.put(OTHER, settingsOf("Other Bakery"));
  admin = new pg.Client({ connectionString: world.url });
  await admin.connect();
});
afterEach(async () => {
  await admin.end();
  await world.close();
});

describe("a stored forecast", () => {
  test("is what the serving model said when it was trained, then what it said of newer weather", async () => {
    const own = world.db.asTenant(TENANT);
    expect(await own.storedForecast(bread.id)).toBeNull();
    const id = await trainedModel(world.bakery, bread);
    const serving = await own.servingModel(bread.id);
    const { family, version, cutoff, trainedAt, absentSources } = serving?.model ?? {};
    expect(await own.storedForecast(bread.id)).toMatchObject({ model: { id, family, version, cutoff, trainedAt, absentSources }, refused: [], issued: { weatherIssuedAt: null, forecast: serving?.forecast } });

    const issuedAt = "2026-05-02T03:00:00.000Z";
    const forecast = { days: ["2026-05-02"], levels: [0.1, 0.5, 0.9], values: [[1], [2.5], [4]] };
    await admin.query("INSERT INTO weather_ahead (tenant_id, issued_at, first_day, columns) VALUES ($1, $2, '2026-05-02', '[]')", [TENANT, issuedAt]);
    await world.bakery.keepForecastIssues({ issuedAt }, [{ productId: bread.id, modelId: id, forecast }]);
    expect((await own.storedForecast(bread.id))?.issued).toMatchObject({ weatherIssuedAt: new Date(issuedAt), forecast });
  });

  test("is that of the champion before where the newest is spoiled, and names it", async () => {
    const good = await trainedModel(world.bakery, bread, trained({ family: "the good one" }));
    const spoiled = await trainedModel(world.bakery, bread);
    // As the store does: what is found spoiled is set aside, and gone for whoever looks next.
    let looks = 0;
    const load: typeof loadSample = async (named) => (named.sha256 === "a".repeat(64) ? { refused: looks++ === 0 ? "expected another SHA-256" : "expected a stored model, there is none" } : loadSample(named));
    await admin.query("UPDATE models SET sha256 = repeat('a', 64) WHERE id = $1", [spoiled]);
    const told: string[] = [];
    const db = openDb({ url: world.url, poolMax: 2, applicationName: "store" }, { load, onRefused: ({ modelId }) => told.push(modelId) });
    for (let look = 0; look < 2; look += 1) {
      expect(await db.asTenant(TENANT).storedForecast(bread.id)).toMatchObject({ model: { id: good, family: "the good one" }, refused: [{ id: spoiled, reason: expect.stringContaining("SHA-256") }] });
    }
    expect(told).toEqual([spoiled]);
    await db.close();
  });

  test("is read behind the second wall, and leaves nothing behind on the connection", async () => {
    await trainedModel(world.bakery, bread);
    await trainedModel(world.db.forTenant(OTHER), bread);
    const pool = new MeasuredPool({ url: world.url, poolMax: 1, applicationName: "one-connection" });
    const client = createClient(pool);
    const said = (tenantId: string) => createStoredForecast(client, asTenant(client, tenantId), tenantId, { load: loadSample, onRefused: () => undefined }).storedForecast(bread.id);
    const [ours, theirs] = [await said(TENANT), await said(OTHER)];
    expect(ours?.model.id).not.toBe(theirs?.model.id);
    expect(await client.$queryRaw`SELECT current_setting('role') AS role, current_setting('levain.tenant_id', true) AS tenant`).toEqual([{ role: "none", tenant: "" }]);
    expect(await client.tenant.count()).toBe(2);

    await admin.query("REVOKE SELECT ON champions FROM levain_tenant");
    await expect(said(TENANT)).rejects.toThrow(/permission denied/);
    expect(await client.tenant.count()).toBe(2);
    await admin.query("GRANT SELECT ON champions TO levain_tenant");
    await client.$disconnect();
    await pool.end();
  });
});
