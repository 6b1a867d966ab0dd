/** A whole fleet whose artifacts lie on an S3 server of its own process, which goes away and comes back. */
import { ForecastView } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openS3, type S3 } from "./s3.js";
import { openWorld, type World, type WorldTenant } from "./world.js";

const PRODUCT = "product-0001";

describe("a fleet that keeps its models in a bucket", () => {
  let s3: S3;
  let world: World;
  let bakery: WorldTenant;
  const forecastPath = (): string => `/v1/tenants/${bakery.id}/products/${PRODUCT}/forecast`;
  const forecast = () => bakery.api.call("GET", forecastPath(), ForecastView);
  const status = async (): Promise<[number, string | null]> => {
    const answer = await fetch(`${world.url}${forecastPath()}`, { headers: { authorization: `Bearer ${bakery.key}` } });
    return [answer.status, answer.headers.get("retry-after")];
  };

  beforeAll(async () => {
    s3 = await openS3();
    world = await openWorld({ workers: 1, env: s3.env });
    bakery = await world.addTenant("simulated-2x400");
  });
  afterAll(async () => {
    await world?.close();
    await s3?.close();
  });

  it("trains and serves from it, and keeps none in Postgres", async () => {
    const { totals } = await bakery.untilFinished((await bakery.startRun()).id);
    expect(totals).toMatchObject({ trained: 2, failed: 0 });
    expect(await forecast()).toMatchObject({ productId: PRODUCT, refusedModels: [] });
    expect(await bakery.api.call("GET", `${forecastPath()}?horizon=20`, ForecastView)).toMatchObject({ refusedModels: [] });
    expect(await world.db.artifacts.textsToMove(1)).toEqual([]);
  });

  it("takes no worker whose store is another one", async () => {
    const elsewhere = world.addWorker({ ARTIFACT_STORE: `file:${world.artifactsFolder}` });
    await expect(elsewhere).rejects.toThrow(/expected the artifact store that holds this database's models, got one that no fleet has claimed/);
  });

  it("serves on from memory while the bucket is away, says 503 where it has none, and refuses nothing; a training waits for it", async () => {
    const before = await forecast();
    await s3.stop();
    expect(await forecast()).toEqual(before);
    await world.restartProducer();
    expect(await status()).toEqual([503, "5"]);

    const run = await bakery.startRun({ productIds: [PRODUCT] });
    const waiting = await bakery.until(run.id, ({ type }) => type === "product.retried");
    expect(waiting).toMatchObject({ productId: PRODUCT, code: "artifact.unavailable" });
    await s3.start();
    expect((await bakery.untilFinished(run.id)).totals).toMatchObject({ trained: 1, failed: 0 });
    expect(await forecast()).toMatchObject({ refusedModels: [] });
  });
});
