/**
 * Artifacts spoiled in the store, asked for over HTTP. Every byte, every length and every exchange is tried where they
 * are read (packages/artifacts/src/read-artifact.test.ts); here a sample shows that the way from there to the baker holds.
 */
import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ChampionView, ForecastView } from "@levain/contracts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { bakeryId } from "./rig/bakeries.js";
import { openChance, type Chance } from "./rig/chance.js";
import { record } from "./rig/figures.js";
import { openFleet, type FaultTenant, type Fleet, type Producer } from "./rig/fleet.js";
import { metricOf } from "./rig/metrics.js";
import { untilRunsEnded } from "./rig/runs.js";

const PRODUCTS = 100;

type Stored = { readonly id: string; readonly product_id: string; readonly version: number; readonly sha256: string };

describe("an artifact in the store that is not as it was stored", () => {
  let fleet: Fleet;
  let tenant: FaultTenant;
  let chance: Chance;
  let newest: (Stored & { readonly file: string; readonly bytes: Buffer })[];
  let older: Map<string, string>;
  beforeAll(async () => {
    chance = openChance("stored models spoiled");
    fleet = await openFleet({ workers: 2 });
    tenant = await fleet.addTenant(bakeryId(PRODUCTS));
    for (let runs = 1; runs <= 2; runs += 1) {
      await tenant.start();
      await untilRunsEnded(fleet.sql);
    }
    const { rows } = await fleet.sql.query<Stored>("SELECT id, product_id, version, sha256 FROM models ORDER BY product_id, version");
    const fileOf = ({ sha256 }: Stored): string => join(fleet.artifactsFolder, tenant.id, sha256);
    newest = await Promise.all(rows.filter(({ version }) => version === 2).map(async (stored) => ({ ...stored, file: fileOf(stored), bytes: await readFile(fileOf(stored)) })));
    // Whatever the second ones were worth, each now lies on top of the first.
    await Promise.all(newest.map(promote));
    older = new Map(rows.filter(({ version }) => version === 1).map(({ product_id, id }) => [product_id, id]));
    if (newest.length < PRODUCTS / 2) throw new Error(`expected most of ${PRODUCTS} products to have a second model, got ${newest.length}`);
    if (new Set(newest.map(({ sha256 }) => sha256)).size !== newest.length) throw new Error("expected an artifact of its own for each model");
  });
  afterAll(() => fleet?.close());

  /** A producer that has none of them in its memory. */
  beforeEach(async () => {
    const [remembering] = fleet.producers;
    if (remembering) await fleet.retire(remembering);
    await fleet.addProducer();
  });

  const path = (productId: string): string => `/v1/tenants/${tenant.id}/products/${productId}`;
  const promote = ({ product_id, id }: Stored) => fleet.operator.call("POST", `${path(product_id)}/models/${id}/promote`, ChampionView);
  const refusedSoFar = (): Promise<number> => metricOf(fleet.producers[0] as Producer, "artifacts_refused_total");

  /** Spoils each product's newest model and expects it refused, the one before it served, and the spoiled bytes out of the way; then restores it. */
  async function expectRefused(what: string, spoil: (stored: (typeof newest)[number], index: number) => Promise<void>): Promise<void> {
    await Promise.all(newest.map(spoil));
    await Promise.all(
      newest.map(async ({ id, product_id }) => {
        const told = await fleet.operator.call("GET", `${path(product_id)}/forecast`, ForecastView);
        expect(told.model.id).toBe(older.get(product_id));
        expect(told.refusedModels).toMatchObject([{ id, reason: expect.stringMatching(/^expected/) }]);
      }),
    );
    const { rows } = await fleet.sql.query<{ id: string }>("SELECT id FROM models WHERE refused_at IS NOT NULL ORDER BY id");
    expect(rows.map(({ id }) => id)).toEqual(newest.map(({ id }) => id).toSorted());
    expect(await refusedSoFar()).toBe(newest.length);
    for (const { file } of newest) await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
    await Promise.all(
      newest.map(async (stored) => {
        await writeFile(stored.file, stored.bytes);
        await promote(stored);
      }),
    );
    for (const { id, product_id } of newest.slice(0, 5)) expect(await fleet.operator.call("GET", `${path(product_id)}/forecast`, ForecastView)).toMatchObject({ model: { id }, refusedModels: [] });
    await record(`stored models spoiled: ${what}`, { models: newest.length, refused: newest.length, served: 0 });
  }

  it("is refused with one byte changed, and the one before it serves", () =>
    expectRefused("one byte changed", async ({ file, bytes }) => {
      const at = chance.below(bytes.length);
      await writeFile(file, Buffer.concat([bytes.subarray(0, at), Buffer.from([(bytes[at] ?? 0) ^ (1 << chance.below(8))]), bytes.subarray(at + 1)]));
    }));

  it("is refused when cut short, by however much", () => expectRefused("cut short", ({ file, bytes }) => truncate(file, chance.below(bytes.length))));

  it("is refused when it is another product's", () =>
    expectRefused("exchanged", ({ file }, index) => writeFile(file, newest[(index + 1) % newest.length]?.bytes ?? "")));

  it("is refused when it claims another version of its own format", () =>
    expectRefused("other format version", ({ file, bytes }) => writeFile(file, bytes.toString().replace(/"schemaVersion":\d/, '"schemaVersion":9'))));

  it("brings the champion back by itself when the product is trained again", async () => {
    const [stored] = newest;
    await rm(stored?.file ?? "");
    expect(await fleet.operator.call("GET", `${path(stored?.product_id ?? "")}/forecast`, ForecastView)).toMatchObject({ model: { id: older.get(stored?.product_id ?? "") } });
    await tenant.start({ productIds: [stored?.product_id] });
    await untilRunsEnded(fleet.sql);
    const { model, refusedModels } = await fleet.operator.call("GET", `${path(stored?.product_id ?? "")}/forecast`, ForecastView);
    expect(model.version).toBe(3);
    expect(refusedModels).toEqual([]);
    const { items } = await fleet.operator.call("GET", `${path(stored?.product_id ?? "")}/models`, z.object({ items: z.array(z.looseObject({})) }));
    expect(items[0]).toMatchObject({ decision: "the champion's artifact is not what was stored" });
  });
});
