/** An unchanged product keeps its model: a second run of the same data tunes nothing and writes nothing. */
import { addDays } from "@levain/calendar";
import { ForecastView, ModelView, pageOf, type ProductTrainingView, type ProgressEvent, type RunView } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World, type WorldTenant } from "./world.js";

describe("a second run of an unchanged bakery", () => {
  let world: World;
  let bakery: WorldTenant;
  let first: RunView;
  let trained: readonly ProductTrainingView[];

  const modelsOf = async (productId: string): Promise<readonly ModelView[]> =>
    (await bakery.api.call("GET", `/v1/tenants/${bakery.id}/products/${productId}/models`, pageOf(ModelView))).items;
  const forecastOf = (productId: string): Promise<ForecastView> => bakery.api.call("GET", `/v1/tenants/${bakery.id}/products/${productId}/forecast`, ForecastView);
  const train = async (changes: Record<string, unknown> = {}): Promise<RunView> => bakery.untilFinished((await bakery.startRun({ cutoff: bakery.lastDay, ...changes })).id);

  beforeAll(async () => {
    world = await openWorld({ workers: 2 });
    bakery = await world.addTenant("demo-bakery");
    first = await train();
    trained = (await bakery.trainings(first.id)).filter(({ status }) => status === "trained");
  });
  afterAll(() => world?.close());

  it("runs no trial and writes no model, shows those that it keeps, and forecasts as before", async () => {
    const before = await Promise.all(trained.map(({ productId }) => forecastOf(productId)));
    const second = await train();
    expect(second.totals).toEqual({ ...first.totals, trained: 0, unchanged: first.totals.trained });
    expect(trained.length).toBeGreaterThan(5);
    const kept = new Map((await bakery.trainings(second.id)).map((each) => [each.productId, each]));
    for (const [i, { productId, family, score }] of trained.entries()) {
      const models = await modelsOf(productId);
      expect(models.map(({ runId }) => runId), productId).toEqual([first.id]);
      expect(kept.get(productId), productId).toMatchObject({ status: "unchanged", reason: "same-data", keptModelId: models[0]?.id, family, score });
      expect(await forecastOf(productId), productId).toEqual(before[i]);
    }
    const events: ProgressEvent[] = [];
    for await (const { event } of bakery.api.follow(bakery.id, second.id)) events.push(event);
    expect(events.filter(({ type }) => type === "product.unchanged")).toHaveLength(trained.length);
  });

  it("trains again what is told of other days, with the champion as its parent", async () => {
    const [{ productId } = { productId: "" }] = trained;
    // A week: the last day alone may be one on which the bakery is closed.
    const third = await train({ cutoff: addDays(bakery.lastDay, -7), productIds: [productId] });
    expect(third.totals).toMatchObject({ trained: 1, unchanged: 0 });
    const [newer, older] = await modelsOf(productId);
    expect(newer?.parentId).toBe(older?.id);
    expect(newer?.lineage?.codeVersion).toBe(older?.lineage?.codeVersion);
    expect(newer?.lineage?.seriesDigest).not.toBe(older?.lineage?.seriesDigest);
  });

  it("shows each model's card, as data and as a page", async () => {
    const [{ productId } = { productId: "" }] = trained;
    const [model] = await modelsOf(productId);
    const card = `${world.url}/v1/tenants/${bakery.id}/products/${productId}/models/${model?.id}/card`;
    const ask = (address: string, accept: string) => fetch(address, { headers: { authorization: `Bearer ${bakery.key}`, accept } });
    expect(await (await ask(card, "application/json")).json()).toMatchObject({ product: { id: productId }, model: { id: model?.id }, evidence: { folds: [{}, {}, {}] } });
    for (const page of [await ask(card, "text/html,*/*"), await ask(`${card}.html`, "*/*")]) {
      expect([page.status, page.headers.get("content-type"), page.headers.get("content-security-policy")?.split(";")[0]]).toEqual([200, "text/html; charset=utf-8", "default-src 'none'"]);
      expect((await page.text()).match(/<svg /g)?.length).toBe(6);
    }
  });
});
