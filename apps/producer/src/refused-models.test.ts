/** What is served when an artifact in the store is spoiled, gone or not to be had. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { ARTIFACT, ARTIFACTS, openSampleProducer, TENANT, trained, trainOne, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl") });
});
afterAll(() => producer.close());

const PRODUCTS = `/v1/tenants/${TENANT}/products`;
const ask = (url: string, method: "GET" | "POST" = "GET") => producer.server.inject({ method, url, headers: producer.tenant, ...(method === "POST" && { payload: {} }) });
let seed = 1;
/** Trains a product so often, each time to an artifact of its own. @returns models with their files, the newest first */
async function champions(productId: string, count: number) {
  for (let model = 0; model < count; model++) await trainOne(producer.db, productId, TENANT, trained({ artifact: ARTIFACT.replace('"seed":1', `"seed":${++seed}`) }));
  const { items } = (await ask(`${PRODUCTS}/${productId}/models`)).json() as { items: { id: string; sha256: string }[] };
  return items.map(({ id, sha256 }) => ({ id, file: join(ARTIFACTS, TENANT, sha256) }));
}
const countRefused = async (): Promise<number> => Number(/^artifacts_refused_total\{[^}]*\} (\d+)$/m.exec(await producer.deps.metrics.text())?.[1] ?? 0);

describe("a model whose artifact was spoiled in the store", () => {
  test("is refused, counted and logged once, and the one before it serves; a promotion brings it back when it is whole again", async () => {
    const [newest, before] = await champions("rye", 2);
    const whole = await readFile(newest?.file ?? "");
    await writeFile(newest?.file ?? "", Buffer.concat([whole.subarray(0, -1), Buffer.from("]")]));
    const refusedBefore = await countRefused();
    for (let asked = 0; asked < 3; asked++) {
      expect((await ask(`${PRODUCTS}/rye/forecast`)).json()).toMatchObject({ model: { id: before?.id }, refusedModels: [{ id: newest?.id, reason: expect.stringMatching(/^expected SHA-256/) }] });
    }
    expect((await ask(`/v1/tenants/${TENANT}/forecasts?limit=50`)).statusCode).toBe(200);
    expect(await countRefused()).toBe(refusedBefore + 1);
    expect(
      producer.log().filter(({ message, modelId }) => message === "model refused: its artifact is not what was stored" && modelId === newest?.id),
    ).toMatchObject([{ level: "error", productId: "rye", tenantId: TENANT }]);
    await expect(readFile(newest?.file ?? "")).rejects.toMatchObject({ code: "ENOENT" });

    expect((await ask(`${PRODUCTS}/rye/models/${newest?.id}/promote`, "POST")).statusCode).toBe(409);
    await writeFile(newest?.file ?? "", whole);
    expect((await ask(`${PRODUCTS}/rye/models/${newest?.id}/promote`, "POST")).json()).toMatchObject({ modelId: newest?.id });
    expect((await ask(`${PRODUCTS}/rye/forecast`)).json()).toMatchObject({ model: { id: newest?.id }, refusedModels: [] });
  });

  test("is refused also when it is gone, and when there is none before it, nothing serves", async () => {
    const [only] = await champions("bun", 1);
    await rm(only?.file ?? "");
    expect(await ask(`${PRODUCTS}/bun/forecast`)).toMatchObject({ statusCode: 404 });
    expect((await ask(`${PRODUCTS}/bun/models`)).json()).toMatchObject({ items: [{ id: only?.id, refusedReason: "expected a stored model, there is none" }] });
  });
});

describe("an artifact store that is away", () => {
  test("says nothing about any model: 503 with Retry-After, and what was verified before serves on", async () => {
    const [known] = await champions("roll", 1);
    expect((await ask(`${PRODUCTS}/roll/forecast`)).statusCode).toBe(200);
    const [unknown] = await champions("toast", 1);
    const refusedBefore = await countRefused();
    await rename(ARTIFACTS, `${ARTIFACTS}-away`);
    await writeFile(ARTIFACTS, "no folder");
    for (const url of [`${PRODUCTS}/toast/forecast`, `${PRODUCTS}/toast/forecast?horizon=3`, `/v1/tenants/${TENANT}/forecasts`]) {
      const answer = await ask(url);
      expect(answer, url).toMatchObject({ statusCode: 503, headers: { "retry-after": "5", "content-type": expect.stringContaining("application/problem+json") } });
    }
    expect((await ask(`${PRODUCTS}/toast/models/${unknown?.id}/promote`, "POST")).statusCode).toBe(503);
    expect((await ask(`${PRODUCTS}/roll/forecast`)).json()).toMatchObject({ model: { id: known?.id } });
    await rm(ARTIFACTS);
    await rename(`${ARTIFACTS}-away`, ARTIFACTS);
    expect((await ask(`${PRODUCTS}/toast/forecast`)).json()).toMatchObject({ model: { id: unknown?.id } });
    expect(await countRefused()).toBe(refusedBefore);
  });
});
