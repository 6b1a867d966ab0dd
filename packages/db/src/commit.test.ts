import { Failure } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { claimed, CUTOFF, openSampleBakery, productOf, productsOf, REPORT, skipped, startedRun, trained, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterAll(() => world.close());

const staleFence = expect.objectContaining({ constructor: Failure, code: "stale-fence" });

describe("a commit", () => {
  test("stores model, score, forecast and report, and ends the run with its last product", async () => {
    const { bakery } = world;
    const [first, second] = [productOf(1), productOf(2)];
    const runId = await startedRun(bakery, [first, second]);
    const one = await claimed(bakery, runId, first.id);
    const two = await claimed(bakery, runId, second.id, "worker-2");
    const outcome = trained();

    const committed = await bakery.commit(runId, first.id, one.attempt, one.fence, outcome);
    expect(committed).toEqual({ modelId: expect.any(String), runEnded: false });
    expect(await bakery.commit(runId, second.id, two.attempt, two.fence, skipped)).toEqual({ modelId: null, runEnded: true });

    const run = await bakery.run(runId);
    expect(run).toMatchObject({ status: "finished", totals: { products: 2, trained: 1, skipped: 1, failed: 0, cancelled: 0 } });
    expect(run?.finishedAt).not.toBeNull();

    const { items } = await bakery.productTrainings(runId, { limit: 10 });
    expect(items).toMatchObject([
      { productId: first.id, status: "trained", demandClass: "high", family: "additive", score: outcome.score, naiveScore: outcome.naiveScore, report: REPORT, claimedBy: "worker-1", attempts: 1 },
      { productId: second.id, status: "skipped", skipReason: "too-few-observations", family: null, score: null, claimedBy: "worker-2" },
    ]);
    const serving = await bakery.servingModel(first.id);
    expect(serving).toMatchObject({
      fitted: null,
      forecast: outcome.forecast,
      refused: [],
      model: { id: committed.modelId, version: 1, isChampion: true, cutoff: CUTOFF, spec: outcome.spec, absentSources: ["traffic"], bytes: Buffer.byteLength(outcome.artifact) },
    });
    expect(await bakery.fitMs(runId)).toBe(outcome.fitMs);
  });

  test("made again by the same attempt gets the first answer and writes nothing", async () => {
    const { bakery } = world;
    const product = productOf(1);
    const runId = await startedRun(bakery, [product]);
    const { attempt, fence } = await claimed(bakery, runId, product.id);

    const answers = await Promise.all(Array.from({ length: 8 }, () => bakery.commit(runId, product.id, attempt, fence, trained())));
    const [first] = answers;
    expect(first).toEqual({ modelId: expect.any(String), runEnded: true });
    for (const answer of answers) expect(answer).toEqual(first);
    const { items } = await bakery.models(product.id, { limit: 50 });
    expect(items.filter((model) => model.runId === runId)).toHaveLength(1);
    expect((await bakery.run(runId))?.totals).toMatchObject({ products: 1, trained: 1 });
  });

  test("is refused when another worker has claimed the product since", async () => {
    const { bakery } = world;
    const product = productOf(1);
    const runId = await startedRun(bakery, [product]);
    const asleep = await claimed(bakery, runId, product.id, "asleep");
    const awake = await claimed(bakery, runId, product.id, "awake");
    expect(awake).toMatchObject({ attempt: asleep.attempt + 1, lostClaims: 1 });

    await expect(bakery.commit(runId, product.id, asleep.attempt, asleep.fence, trained())).rejects.toEqual(staleFence);
    await expect(bakery.fail(runId, product.id, asleep.attempt, asleep.fence, "fit.timed-out", "late")).rejects.toEqual(staleFence);
    expect(await bakery.defer(runId, product.id, asleep.attempt, "source.timeout")).toBe(false);

    const { modelId } = await bakery.commit(runId, product.id, awake.attempt, awake.fence, trained({ family: "of the awake" }));
    await expect(bakery.commit(runId, product.id, asleep.attempt, asleep.fence, trained())).rejects.toEqual(staleFence);
    expect((await bakery.servingModel(product.id))?.model).toMatchObject({ id: modelId, family: "of the awake" });
  });

  test("is refused when its run was cancelled or the fence is another's", async () => {
    const { bakery } = world;
    const product = productOf(1);
    const runId = await startedRun(bakery, [product]);
    const { attempt, fence } = await claimed(bakery, runId, product.id);
    await expect(bakery.commit(runId, product.id, attempt, fence - 1n, trained())).rejects.toEqual(staleFence);
    const champion = (await bakery.product(product.id))?.championModelId;

    expect(await bakery.cancelRun(runId)).toBe(true);
    await expect(bakery.commit(runId, product.id, attempt, fence, trained())).rejects.toEqual(staleFence);
    expect((await bakery.product(product.id))?.championModelId).toBe(champion);
  });

  test("of every product at once ends the run exactly once, with every product counted", async () => {
    const { bakery } = world;
    const products = productsOf(40);
    const runId = await startedRun(bakery, products);
    const answers = await Promise.all(
      products.map(async ({ id }, index) => {
        const { attempt, fence } = await claimed(bakery, runId, id);
        if (index % 4 === 3) return bakery.fail(runId, id, attempt, fence, "fit.not-finite", "not a number");
        return bakery.commit(runId, id, attempt, fence, index % 4 === 2 ? skipped : trained());
      }),
    );
    expect(answers.filter(({ runEnded }) => runEnded)).toHaveLength(1);
    expect(await bakery.run(runId)).toMatchObject({ status: "finished", totals: { products: 40, trained: 20, skipped: 10, failed: 10, cancelled: 0 } });
  });

  test("of a challenger that does not win leaves the champion in place", async () => {
    const { bakery } = world;
    const product = productOf(1);
    const runOf = async (outcome: ReturnType<typeof trained>) => {
      const runId = await startedRun(bakery, [product]);
      const { attempt, fence } = await claimed(bakery, runId, product.id);
      return (await bakery.commit(runId, product.id, attempt, fence, outcome)).modelId;
    };
    const champion = await runOf(trained());
    const challenger = await runOf(trained({ becomesChampion: false, decision: "worse than the champion", score: { ...trained().score, pinball: 9 } }));

    expect((await bakery.product(product.id))?.championModelId).toBe(champion);
    expect(await bakery.champion(product.id)).toEqual({
      modelId: champion,
      pinball: trained().score.pinball,
      cutoff: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
      spec: trained().spec,
      isPinned: false,
      isRefused: false,
      lastTuned: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
      policy: { horizonDays: 14 },
      seriesDigest: "a".repeat(64),
    });
    const { items } = await bakery.models(product.id, { limit: 2 });
    expect(items).toMatchObject([
      { id: challenger, isChampion: false, standing: "rejected", decision: "worse than the champion" },
      { id: champion, isChampion: true },
    ]);
    const [newest, previous] = items.map(({ version }) => version);
    expect(newest).toBe((previous ?? NaN) + 1);
  });

  test("says why a product failed", async () => {
    const { bakery } = world;
    const product = productOf(1);
    const runId = await startedRun(bakery, [product]);
    const { attempt, fence } = await claimed(bakery, runId, product.id);
    const answer = await bakery.fail(runId, product.id, attempt, fence, "source.malformed", "expected JSON, got a page");
    expect(answer).toEqual({ modelId: null, runEnded: true });
    expect(await bakery.fail(runId, product.id, attempt, fence, "source.malformed", "expected JSON, got a page")).toEqual(answer);
    const { items } = await bakery.productTrainings(runId, { limit: 1 });
    expect(items[0]).toMatchObject({ status: "failed", failure: { code: "source.malformed", message: "expected JSON, got a page" }, report: null });
  });
});
