import type { DriftAlarm, GradedDay } from "@levain/contracts";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { acceptedRun, claimed, contextOf, openSampleBakery, productOf, TENANT, trained, trainedModel, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
let admin: pg.Client;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
  admin = new pg.Client({ connectionString: world.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await world.close();
});

/** Each test has a product of its own. */
let number = 0;
let productId: string;
beforeEach(() => {
  productId = productOf(++number).id;
});

const PERSON = { role: "tenant", keyId: "k", reason: "the baker's word" } as const;
const LEVELS = [0.1, 0.5, 0.9];
const forecastOf = (median: number) => ({ days: ["2026-05-02", "2026-05-03", "2026-05-05"], levels: LEVELS, values: [-10, 0, 10].map((units) => [median + units, median + 2 * units, median + 3 * units]) });
/** Trains the product of this test; the model's medians tell it from others. */
const train = (median: number): Promise<string> => trainedModel(world.bakery, productOf(number), trained({ forecast: forecastOf(median) }));
/** Puts the changes of this product's champion at these instants, in their order. */
const changedAt = async (...instants: readonly string[]): Promise<void> => {
  await admin.query("ALTER TABLE champion_changes DISABLE TRIGGER champion_changes_append_only");
  for (const [i, instant] of instants.entries()) await admin.query("UPDATE champion_changes SET changed_at = $1 WHERE product_id = $2 AND number = $3", [instant, productId, i + 1]);
  await admin.query("ALTER TABLE champion_changes ENABLE TRIGGER champion_changes_append_only");
};
const startOf = (day: string) => ({ day, startedAt: new Date(`${day}T00:00:00+02:00`) });
const basisOf = (...days: readonly string[]) => world.bakery.gradingBasis(productId, days.map(startOf));
const mediansOn = async (...days: readonly string[]) => Object.fromEntries((await basisOf(...days)).forecasts.map(({ day, values }) => [day, values[1]]));

describe("the forecast that was valid on a day", () => {
  test("is that of the champion when the day began, across trainings, a promotion and a rollback", async () => {
    const [first, second] = [await train(100), await train(200)];
    await world.bakery.promote(productId, first, PERSON);
    await world.bakery.rollBack(productId, null, PERSON);
    expect(second).not.toBe(first);
    // Trained on the 1st; replaced in the evening of the 1st; promoted on the 2nd at nine; rolled back on the 4th.
    await changedAt("2026-05-01T04:15:00+02:00", "2026-05-01T23:59:59+02:00", "2026-05-02T09:00:00+02:00", "2026-05-04T12:00:00+02:00");
    expect(await mediansOn("2026-05-02", "2026-05-03", "2026-05-05")).toEqual({ "2026-05-02": 200, "2026-05-03": 100, "2026-05-05": 200 });
    expect((await basisOf("2026-05-02")).chosenAt).toEqual(new Date("2026-05-04T12:00:00+02:00"));
  });

  test("was there at the first instant of the day and not a moment later", async () => {
    await train(100);
    await changedAt("2026-05-02T00:00:00+02:00");
    expect(await mediansOn("2026-05-02")).toEqual({ "2026-05-02": 100 });
    await changedAt("2026-05-02T00:00:00.001+02:00");
    expect(await mediansOn("2026-05-02", "2026-05-03")).toEqual({ "2026-05-03": 100 });
  });

  test("is never one that had seen the day, and none where the shop did not plan to open", async () => {
    await train(100);
    const runId = await acceptedRun(world.bakery);
    await admin.query("UPDATE training_runs SET cutoff = '2026-05-02' WHERE id = $1", [runId]);
    await world.bakery.startRun(runId, contextOf({ cutoff: "2026-05-02" }), [productOf(number)], []);
    const { attempt, fence } = await claimed(world.bakery, runId, productId);
    await world.bakery.commit(runId, productId, attempt, fence, trained({ forecast: forecastOf(300) }));
    await changedAt("2026-04-30T12:00:00Z", "2026-04-30T13:00:00Z");
    expect(await mediansOn("2026-05-02", "2026-05-03", "2026-05-04", "2026-05-05")).toEqual({ "2026-05-02": 100, "2026-05-03": 300, "2026-05-05": 300 });
  });

  test("comes with what a person decided, the product's prices over the tenant's, and the newest alarm", async () => {
    const modelId = await train(100);
    await changedAt("2026-04-30T12:00:00Z");
    expect(await basisOf("2026-05-02")).toMatchObject({ forecasts: [{ modelId, levels: LEVELS, values: [90, 100, 110], decided: null }], economics: null, lastAlarm: null, chosenAt: null });
    await world.bakery.putTenantEconomics({ currency: "EUR", defaults: { unitPrice: 4, unitCost: 1 }, ovenGroups: [] });
    await world.bakery.putProductEconomics(productId, { unitCost: 2 });
    await world.bakery.putOverride("2026-05-03", { productId, quantity: 7, reason: "a feast", advised: 90 });
    await world.bakery.keepGrades(productId, RANGE, [], { ...ALARM, modelId });
    expect(await basisOf("2026-05-03")).toMatchObject({ forecasts: [{ decided: { quantity: 7, advised: 90 } }], economics: { unitPrice: 4, unitCost: 2 }, lastAlarm: "2026-05-03" });
  });
});

const RANGE = { from: "2026-05-01", until: "2026-05-05" };
const ALARM: Omit<DriftAlarm, "modelId"> = { day: "2026-05-03", direction: "up", since: "2026-05-02", size: 0.4, statistic: 5.1, threshold: 4.9 };

describe("graded days", () => {
  const gradedOf = (modelId: string, day: string, changes: Partial<GradedDay> = {}): GradedDay => ({
    day,
    actual: 12,
    isSoldOut: false,
    modelId,
    low80: 8,
    median: 10,
    high80: 13,
    normalScore: 0.9,
    lastWeek: null,
    advised: null,
    decided: null,
    overCost: null,
    underCost: null,
    ...changes,
  });
  const rows = async () =>
    (await admin.query("SELECT day::text, actual, advised, over_cost, xmin::text AS version FROM graded_days WHERE product_id = $1 ORDER BY day", [productId]))
      .rows;

  test("are one row a day, untouched by the same again, corrected by what is corrected, and gone with a day that was none", async () => {
    const modelId = await train(100);
    const days = [gradedOf(modelId, "2026-05-02"), gradedOf(modelId, "2026-05-03")];
    await world.bakery.keepGrades(productId, RANGE, days, null);
    const first = await rows();
    expect(first).toMatchObject([{ day: "2026-05-02", actual: 12 }, { day: "2026-05-03", actual: 12 }]);
    await world.bakery.keepGrades(productId, RANGE, days, null);
    expect(await rows()).toEqual(first);
    await world.bakery.keepGrades(productId, RANGE, [gradedOf(modelId, "2026-05-02", { actual: 11 })], null);
    expect(await rows()).toMatchObject([{ day: "2026-05-02", actual: 11 }]);
    await world.bakery.keepGrades(productId, { from: "2026-05-03", until: "2026-05-05" }, [], null);
    expect(await rows()).toHaveLength(1);
  });

  test("keep the prices that they were first graded with, and the advice that followed", async () => {
    const modelId = await train(100);
    const priced = (overCost: number | null, advised: number | null, actual = 12) => world.bakery.keepGrades(productId, RANGE, [gradedOf(modelId, "2026-05-02", { overCost, underCost: overCost, advised, actual })], null);
    await priced(null, null);
    await priced(1, 14);
    expect(await rows()).toMatchObject([{ over_cost: 1, advised: 14 }]);
    await priced(5, 9, 13);
    expect(await rows()).toMatchObject([{ over_cost: 1, advised: 14, actual: 13 }]);
  });

  test("tell of an alarm once, to whoever wants to hear of it", async () => {
    const modelId = await train(100);
    await admin.query("INSERT INTO webhook_endpoints (tenant_id, url, kinds) VALUES ($1, 'https://example.org', '{product.drifted}')", [TENANT]);
    for (let time = 0; time < 2; time++) await world.bakery.keepGrades(productId, RANGE, [gradedOf(modelId, "2026-05-03")], { ...ALARM, modelId });
    const told = await admin.query("SELECT data FROM webhook_messages WHERE kind = 'product.drifted'");
    expect(told.rows).toEqual([{ data: { productId, ...ALARM, modelId } }]);
    expect((await admin.query("SELECT FROM drift_alarms WHERE product_id = $1", [productId])).rowCount).toBe(1);
  });
});
