/** An unchanged product is not tuned again: a second run recalls what the first found, and comes to the same models. */
import { ForecastView, ModelView, pageOf, type RunView } from "@levain/contracts";
import { openQueues } from "@levain/queue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World, type WorldTenant } from "./world.js";

describe("a second run of an unchanged bakery", () => {
  let world: World;
  let bakery: WorldTenant;
  let first: RunView;
  let second: RunView;

  const modelsOf = async (productId: string): Promise<readonly ModelView[]> =>
    (await bakery.api.call("GET", `/v1/tenants/${bakery.id}/products/${productId}/models`, pageOf(ModelView))).items;
  const forecastOf = (productId: string): Promise<ForecastView> => bakery.api.call("GET", `/v1/tenants/${bakery.id}/products/${productId}/forecast`, ForecastView);
  const trainedIds = async (run: RunView): Promise<string[]> =>
    (await bakery.trainings(run.id)).filter(({ status }) => status === "trained").map(({ productId }) => productId).toSorted();
  const train = async (): Promise<RunView> => bakery.untilFinished((await bakery.startRun()).id);

  beforeAll(async () => {
    world = await openWorld({ workers: 2 });
    bakery = await world.addTenant("demo-bakery");
    first = await train();
  });
  afterAll(() => world?.close());

  it("runs no trial, and comes to the same models and forecasts byte for byte", async () => {
    const ids = await trainedIds(first);
    const forecasts = await Promise.all(ids.map(forecastOf));
    second = await train();
    expect(await trainedIds(second)).toEqual(ids);
    expect(ids.length).toBeGreaterThan(5);
    for (const [i, id] of ids.entries()) {
      const [recalled, tuned] = await modelsOf(id);
      expect(tuned?.trials, id).toBeGreaterThanOrEqual(15);
      expect(recalled, id).toMatchObject({ runId: second.id, trials: 0, sha256: tuned?.sha256, spec: tuned?.spec, score: tuned?.score, isChampion: true });
      expect((await forecastOf(id)).days, id).toEqual(forecasts[i]?.days);
    }
  });

  it("tunes a product again whose memory is lost, to the same model", async () => {
    const [id = ""] = await trainedIds(first);
    const queues = openQueues({ redisUrl: world.redisUrl, prefix: world.prefix });
    expect(await queues.redis.del(`${world.prefix}:tuning:${bakery.id}:${id}`)).toBe(1);
    await queues.close();
    await train();
    const [again, before] = await modelsOf(id);
    expect(again?.trials).toBeGreaterThanOrEqual(15);
    expect(again?.sha256).toBe(before?.sha256);
  });
});
