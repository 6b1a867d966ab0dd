import type { ProductTrainingView, RunId, RunView } from "@levain/contracts";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { CUTOFF, openSampleProducer, productOf, RUNS, startRunOf, TENANT, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
beforeEach(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl") });
});
afterEach(() => producer.close());

const PRODUCTS = ["croissant", "rye", "bagel"];

/** A run in which the croissant is dead, the rye has failed and the bagel is still open. */
async function poisonedRun(): Promise<RunId> {
  const bakery = producer.db.forTenant(TENANT);
  const accepted = await bakery.acceptRun({ cutoff: CUTOFF, trigger: "request", requestDigest: "poisoned", deadlineAt: new Date("2100-01-01") });
  if (accepted.kind !== "accepted") throw new Error(`expected an accepted run, got ${accepted.kind}`);
  const runId = accepted.run.id;
  await startRunOf(producer.db, runId, PRODUCTS.map(productOf));
  const claim = async (productId: string) => {
    const claimed = await bakery.claim(runId, productId, "worker-1");
    if (!claimed) throw new Error(`expected to claim ${productId}`);
    return claimed;
  };
  const [croissant, rye] = [await claim("croissant"), await claim("rye")];
  await bakery.setAside(runId, "croissant", croissant.attempt, croissant.fence, "its workers vanished");
  await bakery.fail(runId, "rye", rye.attempt, rye.fence, "fit.timed-out", "too slow");
  return runId;
}

const redrive = (runId: string, productId: string, headers: Record<string, string> = producer.tenant) =>
  producer.server.inject({ method: "POST", url: `${RUNS}/${runId}/products/${productId}/redrive`, headers });

describe("redriving a product", () => {
  test("that was set aside, failed or was cancelled starts a run of it alone, with the same cutoff", async () => {
    const runId = await poisonedRun();
    const bakery = producer.db.forTenant(TENANT);
    await bakery.cancelRun(runId);
    for (const productId of PRODUCTS) {
      const answer = await redrive(runId, productId);
      const run = answer.json<RunView>();
      expect([answer.statusCode, run]).toMatchObject([202, { status: "accepted", trigger: "redrive", cutoff: CUTOFF }]);
      expect(answer.headers["location"]).toBe(`${RUNS}/${run.id}`);
      expect(await producer.db.runs.find(run.id)).toMatchObject({ requestedProductIds: [productId], enqueuedAt: expect.any(Date) });
      await bakery.cancelRun(run.id);
    }
    const shown = await producer.server.inject({ url: `${RUNS}/${runId}/products`, headers: producer.tenant });
    const dead = shown.json<{ items: ProductTrainingView[] }>().items.find(({ productId }) => productId === "croissant");
    expect(dead).toMatchObject({ status: "dead", failure: { code: "worker.vanished", message: "its workers vanished" } });
  });

  test("waits for the run that is open, which the answer names", async () => {
    const runId = await poisonedRun();
    const answer = await redrive(runId, "croissant");
    expect([answer.statusCode, answer.json()]).toMatchObject([409, { type: "urn:levain:problem:run-open", openRunId: runId }]);
  });

  test("under the same Idempotency-Key gets the first answer", async () => {
    const runId = await poisonedRun();
    await producer.db.forTenant(TENANT).cancelRun(runId);
    const headers = { ...producer.tenant, "idempotency-key": "again" };
    const first = (await redrive(runId, "rye", headers)).json<RunView>();
    expect((await redrive(runId, "rye", headers)).json()).toEqual(first);
    expect((await redrive(runId, "bagel", headers)).statusCode).toBe(422);
  });

  test("that is open, or that the run does not have, is refused", async () => {
    const runId = await poisonedRun();
    expect((await redrive(runId, "bagel")).json()).toMatchObject({ status: 409, type: "urn:levain:problem:nothing-to-redrive", detail: expect.stringContaining("got one that is queued") });
    expect((await redrive(runId, "brioche")).statusCode).toBe(404);
    expect((await redrive(crypto.randomUUID(), "rye")).statusCode).toBe(404);
  });

  test("is for the tenant's keys and operators'", async () => {
    const runId = await poisonedRun();
    await producer.db.forTenant(TENANT).cancelRun(runId);
    expect((await redrive(runId, "rye", {})).statusCode).toBe(401);
    expect([403, 404]).toContain((await redrive(runId, "rye", producer.otherTenant)).statusCode);
    expect((await redrive(runId, "rye", producer.operator)).statusCode).toBe(202);
  });
});
