import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { contextOf, lineageOf, openSampleBakery, productOf, settingsOf, TENANT, trained, trainedModel, type SampleBakery } from "./sample-bakery.js";

const NEIGHBOUR = "other-bakery";
let world: SampleBakery;
let admin: pg.Client;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
  await world.db.tenants.put(NEIGHBOUR, settingsOf("Other Bakery"));
  admin = new pg.Client({ connectionString: world.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await world.close();
});

const NOTHING = { forecastIssues: 0, weather: 0, evidence: 0, contexts: 0, calendars: 0 };
const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
const weatherOf = (issuedAt: string) => ({ issuedAt, firstDay: issuedAt.slice(0, 10), columns: [] });
const ofTenant = async (table: string, tenant: string): Promise<number> => (await admin.query(`SELECT FROM ${table} WHERE tenant_id = $1`, [tenant])).rowCount ?? 0;

/** Says a model's forecast again, so many days ago. */
async function issue(tenant: string, productId: string, modelId: string, days: number): Promise<void> {
  const weather = weatherOf(daysAgo(days));
  const bakery = world.db.forTenant(tenant);
  await bakery.keepWeatherAhead(weather);
  await bakery.keepForecastIssues(weather, [{ productId, modelId, forecast: trained().forecast }]);
  await admin.query("UPDATE forecast_issues SET issued_at = $1 WHERE model_id = $2 AND weather_issued_at = $1", [weather.issuedAt, modelId]);
}

describe("what is kept for a while only", () => {
  test("of forecasts told of newer weather is all that may be valid on a day that is still graded, and their weather", async () => {
    for (const tenant of [TENANT, NEIGHBOUR]) {
      const bakery = world.db.forTenant(tenant);
      const modelId = await trainedModel(bakery, productOf(1));
      for (const days of [1, 57, 59, 80]) await issue(tenant, productOf(1).id, modelId, days);
      await bakery.keepWeatherAhead(weatherOf(daysAgo(70)));
    }
    expect(await world.db.retention.forgetOld()).toEqual({ ...NOTHING, forecastIssues: 4, weather: 6 });
    for (const tenant of [TENANT, NEIGHBOUR]) expect([await ofTenant("forecast_issues", tenant), await ofTenant("weather_ahead", tenant)]).toEqual([2, 2]);
    expect(await world.db.retention.forgetOld()).toEqual(NOTHING);
  });

  test("of weather is each tenant's newest, however old", async () => {
    const quiet = world.db.forTenant("quiet-bakery");
    await world.db.tenants.put("quiet-bakery", settingsOf("Quiet Bakery"));
    for (const days of [300, 200]) await quiet.keepWeatherAhead(weatherOf(daysAgo(days)));
    expect(await world.db.retention.forgetOld()).toEqual({ ...NOTHING, weather: 1 });
    expect((await quiet.newestWeatherAhead())?.issuedAt.slice(0, 10)).toBe(daysAgo(200).slice(0, 10));
  });

  test("of a training is what it was told and what its card shows, unless its model serves", async () => {
    const product = productOf(2);
    const [former, rejected, serving] = [
      await trainedModel(world.bakery, product),
      await trainedModel(world.bakery, product, trained({ becomesChampion: false, lineage: lineageOf() })),
      await trainedModel(world.bakery, product),
    ];
    const runs = await admin.query<{ run_id: string }>("SELECT run_id FROM models WHERE product_id = $1 ORDER BY version", [product.id]);
    for (const { run_id: runId } of runs.rows) await world.bakery.keepCalendar(runId, product.id, []);
    const age = async (days: number): Promise<void> => {
      await admin.query("UPDATE models SET trained_at = $1 WHERE product_id = $2", [daysAgo(days), product.id]);
      await admin.query("UPDATE training_runs SET finished_at = $1 WHERE id IN (SELECT run_id FROM models WHERE product_id = $2)", [daysAgo(days), product.id]);
    };
    await age(91);
    expect(await world.db.retention.forgetOld()).toEqual(NOTHING);
    await age(93);
    expect(await world.db.retention.forgetOld()).toEqual({ ...NOTHING, evidence: 2, contexts: 2, calendars: 2 });

    const evidenceOf = async (modelId: string) => (await world.bakery.modelWithEvidence(product.id, modelId))?.evidence ?? null;
    expect([await evidenceOf(former), await evidenceOf(rejected), await evidenceOf(serving)]).toEqual([null, null, trained().evidence]);
    const contexts = await Promise.all(runs.rows.map(async ({ run_id: runId }) => (await world.bakery.keptContext(runId))?.cutoff ?? null));
    expect(contexts).toEqual([null, null, contextOf().cutoff]);
    expect((await world.bakery.models(product.id, { limit: 10 })).items).toHaveLength(3);
    await world.bakery.rollBack(product.id, null, { role: "tenant", keyId: "k", reason: "the one before" });
    expect(await world.bakery.servingModel(product.id)).toMatchObject({ model: { id: former }, refused: [] });
  });

  test("is forgotten by whoever serves the whole fleet, and by no request", async () => {
    await expect(admin.query("BEGIN; SET LOCAL ROLE levain_tenant; DELETE FROM forecast_issues; COMMIT")).rejects.toThrow(/permission denied/);
    await admin.query("ROLLBACK");
  });
});
