import { ForecastView } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bakeryId } from "./rig/bakeries.js";
import { openChance, type Chance } from "./rig/chance.js";
import { record } from "./rig/figures.js";
import { openFleet, type FaultTenant, type Fleet } from "./rig/fleet.js";
import { untilRunsEnded } from "./rig/runs.js";

const PRODUCTS = 100;

type Stored = { readonly id: string; readonly product_id: string; readonly version: number; readonly artifact: string };

describe("a stored model that is not as it was stored", () => {
  let fleet: Fleet;
  let tenant: FaultTenant;
  let chance: Chance;
  let newest: Stored[];
  let older: Map<string, string>;
  beforeAll(async () => {
    chance = openChance("stored models spoiled");
    fleet = await openFleet({ workers: 2 });
    tenant = await fleet.addTenant(bakeryId(PRODUCTS));
    for (let runs = 1; runs <= 2; runs += 1) {
      await tenant.start();
      await untilRunsEnded(fleet.sql, 120_000);
    }
    const { rows } = await fleet.sql.query<Stored>("SELECT id, product_id, version, artifact FROM models ORDER BY product_id, version");
    newest = rows.filter(({ version }) => version === 2);
    // Whatever the second ones were worth, each now lies on top of the first.
    const person = { role: "operator", keyId: "of the test", reason: "to be spoiled" } as const;
    for (const { id, product_id } of newest) await fleet.db.forTenant(tenant.id).promote(product_id, id, person);
    older = new Map(rows.filter(({ version }) => version === 1).map(({ product_id, id }) => [product_id, id]));
    if (newest.length < PRODUCTS / 2) throw new Error(`expected most of ${PRODUCTS} products to have a second model, got ${newest.length}`);
  });
  afterAll(() => fleet?.close());

  const serving = (productId: string) => fleet.db.forTenant(tenant.id).servingModel(productId);
  const store = (id: string, artifact: string) => fleet.sql.query("UPDATE models SET artifact = $2 WHERE id = $1", [id, artifact]);

  /** Spoils each product's newest model, and expects it refused and the one before it served. */
  async function expectRefused(spoil: (stored: Stored, index: number) => string): Promise<number> {
    let refused = 0;
    for (const [index, stored] of newest.entries()) {
      const spoiled = spoil(stored, index);
      expect(spoiled).not.toBe(stored.artifact);
      await store(stored.id, spoiled);
      const model = await serving(stored.product_id);
      expect(model?.model.id).toBe(older.get(stored.product_id));
      expect(model?.refused).toMatchObject([{ id: stored.id }]);
      await store(stored.id, stored.artifact);
      expect((await serving(stored.product_id))?.model.id).toBe(stored.id);
      refused += 1;
    }
    return refused;
  }

  it("is refused with one character changed, and the one before it serves", async () => {
    const refused = await expectRefused(({ artifact }) => changed(artifact, chance.below(artifact.length)));
    await record("stored models spoiled: one character changed", { models: refused, refused, served: 0 });
  });

  it("is refused when cut short, by however much", async () => {
    const refused = await expectRefused(({ artifact }) => artifact.slice(0, chance.below(artifact.length)));
    await record("stored models spoiled: cut short", { models: refused, refused, served: 0 });
  });

  it("is refused when it is another product's", async () => {
    const refused = await expectRefused((_, index) => newest[(index + 1) % newest.length]?.artifact ?? "");
    await record("stored models spoiled: exchanged", { models: refused, refused, served: 0 });
  });

  it("is refused when it claims another version of its own format", async () => {
    const refused = await expectRefused(({ artifact }) => artifact.replace(/"schemaVersion":\d+/, '"schemaVersion":99'));
    await record("stored models spoiled: other format version", { models: refused, refused, served: 0 });
  });

  it("is refused whichever of its characters is changed", async () => {
    const shortest = newest.reduce((least, one) => (one.artifact.length < least.artifact.length ? one : least));
    for (let at = 0; at < shortest.artifact.length; at += 1) {
      await store(shortest.id, changed(shortest.artifact, at));
      expect((await serving(shortest.product_id))?.model.id, `character ${at} of ${shortest.artifact.length}`).toBe(older.get(shortest.product_id));
    }
    await store(shortest.id, shortest.artifact);
    await record("stored models spoiled: every character in turn", { characters: shortest.artifact.length, refused: shortest.artifact.length });
  });

  it("is named to whoever asks for the forecast", async () => {
    const [stored] = newest as [Stored];
    await store(stored.id, changed(stored.artifact, 10));
    const told = await fleet.operator.call("GET", `/v1/tenants/${tenant.id}/products/${stored.product_id}/forecast`, ForecastView);
    expect(told.refusedModels.map(({ id }) => id)).toEqual([stored.id]);
    await store(stored.id, stored.artifact);
  });
});

/** The text with the lowest bit of one character flipped: still text, so that the database takes it. */
function changed(text: string, at: number): string {
  const code = text.charCodeAt(at) ^ 1;
  return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
}
