import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { CUTOFF, claimed, lineageOf, openSampleBakery, productOf, REPORT, startedRun, trained, trainedModel, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
let sql: pg.Client;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
  sql = new pg.Client({ connectionString: world.url });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await world.close();
});

const PERSON = { role: "tenant", keyId: "0123456789abcdef", reason: "looks odd" } as const;
let products = 0;
/** A product of its own with so many champions, the oldest first, as a person's request sees it. */
async function champions(count: number) {
  const product = productOf(++products);
  const models: string[] = [];
  for (let model = 0; model < count; model += 1) models.push(await trainedModel(world.bakery, product, trained({ parentId: models.at(-1) ?? null })));
  return { product, models, own: world.db.asTenant("corner-bakery") };
}
const changesOf = async (productId: string) => (await world.bakery.championChanges(productId, { limit: 50 })).items.toReversed();
const championOf = async (productId: string) => (await world.bakery.championView(productId))?.modelId;
const spoil = (modelId: string | undefined) => sql.query("UPDATE models SET bytes = bytes + 1 WHERE id = $1", [modelId]);

describe("a champion", () => {
  test("is promoted once however often that is asked, and the audit says who did it, when, and why", async () => {
    const { product, models: [first, second], own } = await champions(2);
    expect(await own.promote(product.id, first ?? "", PERSON)).toBe("changed");
    expect(await own.promote(product.id, first ?? "", PERSON)).toBe("unchanged");
    expect(await own.championView(product.id)).toMatchObject({ modelId: first, isPinned: false, change: 3 });
    expect((await own.championChanges(product.id, { limit: 1 })).items).toEqual([
      { number: 3, kind: "promoted", fromModelId: second, toModelId: first, isPinned: false, changedAt: expect.any(String), by: { role: "tenant", keyId: PERSON.keyId, runId: null }, reason: "looks odd" },
    ]);
    expect(await changesOf(product.id)).toMatchObject([
      { number: 1, kind: "trained", fromModelId: null, toModelId: first, by: { role: "worker", keyId: null, runId: expect.any(String) } },
      { number: 2, kind: "trained", fromModelId: first, toModelId: second },
      { number: 3 },
    ]);
  });

  test("is rolled back layer by layer to the first, and no further", async () => {
    const { product, models: [a, b, c], own } = await champions(3);
    await own.promote(product.id, a ?? "", PERSON);
    const served: unknown[] = [];
    for (let step = 0; step < 3; step += 1) served.push([await own.rollBack(product.id, null, PERSON), await championOf(product.id)]);
    expect(served).toEqual([["changed", c], ["changed", b], ["changed", a]]);
    expect(await own.rollBack(product.id, null, PERSON)).toBe("nothing-before");
    expect(await own.rollBack(product.id, b ?? "", PERSON)).toBe("another-champion");
    expect((await own.models(product.id, { limit: 9 })).items.map(({ standing }) => standing)).toEqual(["former", "former", "champion"]);
  });

  test("is never a model whose bytes are not those that were stored, neither promoted nor rolled back to", async () => {
    const { product, models: [a, b, c], own } = await champions(3);
    await spoil(b);
    expect(await own.promote(product.id, b ?? "", PERSON)).toBe("refused");
    expect([await own.rollBack(product.id, c ?? "", PERSON), await championOf(product.id)]).toEqual(["changed", a]);
    const other = await champions(2);
    await spoil(other.models[0]);
    expect(await own.rollBack(other.product.id, null, PERSON)).toBe("refused");
  });

  test("that does not verify gives way to the one that a rollback would bring", async () => {
    const { product, models: [a, b, c], own } = await champions(3);
    await own.promote(product.id, a ?? "", PERSON);
    await spoil(a);
    expect((await own.servingModel(product.id))?.model.id).toBe(c);
    await spoil(c);
    expect(await own.servingModel(product.id)).toMatchObject({ model: { id: b }, refused: [{ id: a }, { id: c }] });
  });

  test("that is pinned is held against runs and not against people, until it is let go of", async () => {
    const { product, models: [a, b], own } = await champions(2);
    expect([await own.pin(product.id, true, PERSON), await own.pin(product.id, true, PERSON)]).toEqual(["changed", "unchanged"]);
    expect(await own.product(product.id)).toMatchObject({ championModelId: b, isPinned: true });
    const kept = await trainedModel(world.bakery, product, trained({ parentId: b ?? null, decision: "much better" }));
    expect((await own.models(product.id, { limit: 1 })).items[0]).toMatchObject({ id: kept, standing: "rejected", decision: "much better; but the champion is pinned" });
    expect([await own.rollBack(product.id, null, PERSON), await championOf(product.id)]).toEqual(["changed", a]);
    expect(await own.pin(product.id, false, PERSON)).toBe("changed");
    const next = await trainedModel(world.bakery, product, trained({ parentId: a ?? null }));
    expect(await championOf(product.id)).toBe(next);
    expect((await changesOf(product.id)).map(({ kind, isPinned }) => [kind, isPinned])).toEqual([["trained", false], ["trained", false], ["pinned", true], ["rolled-back", true], ["unpinned", false], ["trained", false]]);
  });

  test("that a person chose while a challenger trained is not replaced by it", async () => {
    const { product, models: [a, b], own } = await champions(2);
    const runId = await startedRun(world.bakery, [product]);
    const { attempt, fence } = await claimed(world.bakery, runId, product.id);
    await own.promote(product.id, a ?? "", PERSON);
    await world.bakery.commit(runId, product.id, attempt, fence, trained({ parentId: b ?? null, decision: "better" }));
    expect(await championOf(product.id)).toBe(a);
    expect((await own.models(product.id, { limit: 1 })).items[0]).toMatchObject({ standing: "rejected", decision: "better; but another champion serves since it was held against this one" });
  });

  test("of a product that was never trained, or that is another tenant's, is nobody's to change", async () => {
    const { own, product, models: [model = ""] } = await champions(1);
    await startedRun(world.bakery, [productOf(99)]);
    expect([await own.rollBack("bread-99", null, PERSON), await own.pin("bread-99", true, PERSON)]).toEqual(["no-champion", "no-champion"]);
    expect([
      await own.rollBack("no-bread", null, PERSON),
      await own.pin("no-bread", true, PERSON),
      await own.promote(product.id, randomUUID(), PERSON),
      await own.promote("bread-99", model, PERSON),
    ]).toEqual(["missing", "missing", "missing", "missing"]);
    const [tenant] = await world.db.tenants.list();
    if (!tenant) throw new Error("expected a tenant");
    await world.db.tenants.put("other-bakery", tenant);
    const other = world.db.asTenant("other-bakery");
    expect([await other.promote(product.id, model, PERSON), await other.rollBack(product.id, null, PERSON), await other.pin(product.id, true, PERSON)]).toEqual(["missing", "missing", "missing"]);
    expect((await other.championChanges(product.id, { limit: 9 })).items).toEqual([]);
    for (const open of await world.db.runs.openRuns()) await world.db.forTenant(open.tenantId).cancelRun(open.id);
  });
});

describe("the audit of champions", () => {
  test("is written once: nobody changes, removes or empties it, nor leaves a gap or a wrong link in it", async () => {
    const { product, models: [a, b] } = await champions(2);
    for (const rewriting of ["UPDATE champion_changes SET reason = 'none'", "DELETE FROM champion_changes", "TRUNCATE champion_changes CASCADE"]) {
      await expect(sql.query(rewriting), rewriting).rejects.toThrow(/it is an audit/);
    }
    const insert = (number: number, from: string | undefined) =>
      sql.query(
        `INSERT INTO champion_changes (tenant_id, product_id, number, kind, from_model_id, to_model_id, is_pinned, role, key_id, reason)
         VALUES ('corner-bakery', $1, $2, 'promoted', $3, $4, false, 'operator', 'k', 'why')`,
        [product.id, number, from, a],
      );
    await expect(insert(4, b)).rejects.toThrow(/foreign key/);
    await expect(insert(3, a)).rejects.toThrow(/foreign key/);
    await expect(insert(2, a)).rejects.toThrow(/duplicate key/);
  });
});

describe("an unchanged product", () => {
  test("ends with the model it had, counted as unchanged, and without a new one", async () => {
    const product = productOf(++products);
    const lineage = lineageOf();
    const kept = await trainedModel(world.bakery, product, trained({ lineage }));
    expect(await world.bakery.modelOf(product.id, lineage.dataDigest)).toBe(kept);
    const runId = await startedRun(world.bakery, [product]);
    const { attempt, fence } = await claimed(world.bakery, runId, product.id);
    const commit = () => world.bakery.commit(runId, product.id, attempt, fence, { kind: "unchanged", reason: "same-data", keptModelId: kept, report: REPORT });
    expect(await commit()).toEqual({ modelId: kept, runEnded: true });
    expect(await commit()).toEqual({ modelId: kept, runEnded: true });
    expect(await world.bakery.run(runId)).toMatchObject({ status: "finished", cutoff: CUTOFF, totals: { products: 1, trained: 0, unchanged: 1 } });
    expect((await world.bakery.productTrainings(runId, { limit: 1 })).items).toMatchObject([
      {
        status: "unchanged",
        reason: "same-data",
        decision: null,
        becameChampion: null,
        heldFor: null,
        keptModelId: kept,
        family: "additive",
        demandClass: "high",
        score: trained().score,
      },
    ]);
    expect((await world.bakery.models(product.id, { limit: 9 })).items).toMatchObject([{ id: kept, lineage, parentId: null }]);
  });

  test("is trained again when the model that it would keep was altered", async () => {
    const product = productOf(++products);
    const lineage = lineageOf();
    await spoil(await trainedModel(world.bakery, product, trained({ lineage })));
    expect(await world.bakery.modelOf(product.id, lineage.dataDigest)).toBeNull();
  });
});
