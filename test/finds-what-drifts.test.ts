/**
 * Nights of a bakery, one after the other: each holds the day that is over against the forecast that was valid, fits
 * every product anew with the settings it has, and tunes again the one whose sales have left its forecasts behind.
 *
 * The nights are moved on by their cutoffs. They lie in a year to come, so that every forecast was there when its day began.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addDays, toEpochDay } from "@levain/calendar";
import { ModelView, pageOf, ProductAccuracyView, TenantAccuracyView, type ProgressEvent, type RunView } from "@levain/contracts";
import { openQueues, type Queues } from "@levain/queue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World, type WorldTenant } from "./world.js";

const TENANT = "drift-bakery";
const FIRST_DAY = "2040-01-09";
/** The last day that the first training sees: a Thursday. The Sunday after it is closed. */
const FIRST_CUTOFF = addDays(FIRST_DAY, 164 + 7);
/** A Monday: from then on a third less is sold of the rolls. */
const SHIFTED_FROM = addDays(FIRST_CUTOFF, 4);
/** A Sunday again, whose night writes nothing. */
const LAST_CUTOFF = addDays(SHIFTED_FROM, 6);
const LEVELS: Readonly<Record<string, number>> = { rolls: 160, loaves: 80, cakes: 40 };

const isSunday = (day: string): boolean => ((toEpochDay(day) % 7) + 7) % 7 === 3;
/** Saturdays sell half as much again; the rest is up and down by the date, so much that a third less is not beyond belief. */
const unitsOn = (productId: string, day: string): number => {
  const epochDay = toEpochDay(day);
  const wobble = 1 + 0.25 * Math.sin(12.9898 * epochDay + 78.233 * productId.length);
  const shift = productId === "rolls" && day >= SHIFTED_FROM ? 0.65 : 1;
  return Math.round((LEVELS[productId] ?? 0) * (((epochDay % 7) + 7) % 7 === 2 ? 1.5 : 1) * wobble * shift);
};

type Night = { readonly cutoff: string; readonly run: RunView; readonly events: readonly ProgressEvent[] };

describe("nights of a bakery", () => {
  let folder: string;
  let world: World;
  let bakery: WorldTenant;
  let queues: Queues;
  const nights: Night[] = [];

  const nightWith = async (cutoff: string): Promise<Night> => {
    const claimed = await world.db.nightly.claimNight(TENANT, addDays(cutoff, 1), { cutoff, deadlineAt: new Date(Date.now() + 3_600_000) });
    if (!claimed) throw new Error(`expected the night after ${cutoff} to be free`);
    await queues.enqueueStartRun({ version: 1, runId: claimed.runId, generation: 1 });
    const run = await bakery.untilFinished(claimed.runId);
    const events: ProgressEvent[] = [];
    for await (const { event } of bakery.api.follow(TENANT, run.id)) events.push(event);
    return { cutoff, run, events };
  };
  const modelsOf = async (productId: string): Promise<readonly ModelView[]> => (await bakery.api.call("GET", `/v1/tenants/${TENANT}/products/${productId}/models?limit=100`, pageOf(ModelView))).items;
  const of = (night: Night | undefined, type: ProgressEvent["type"]): ProgressEvent[] => (night?.events ?? []).filter((event) => event.type === type);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "levain-drift-"));
    await writeFolder(folder);
    world = await openWorld({ workers: 1, folders: [folder] });
    queues = openQueues({ redisUrl: world.redisUrl, prefix: world.prefix });
    // So seldom that no product's turn comes within these nights.
    bakery = await world.addTenant(TENANT, { policy: { retuneEveryDays: 28 } });
    for (let cutoff = FIRST_CUTOFF; cutoff <= LAST_CUTOFF; cutoff = addDays(cutoff, 1)) nights.push(await nightWith(cutoff));
  });
  afterAll(async () => {
    await queues?.close();
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("tune every product in the first, and on the next fit it to newer days without a trial", async () => {
    expect(nights[0]?.run.totals).toMatchObject({ products: 3, trained: 3 });
    for (const productId of ["loaves", "cakes"]) {
      const [newest, ...older] = await modelsOf(productId);
      const first = older.at(-1);
      expect(first?.trials, productId).toBeGreaterThan(0);
      expect([newest, ...older.slice(0, -1)].map((model) => model?.trials), productId).toEqual(older.map(() => 0));
      expect(newest, productId).toMatchObject({ spec: first?.spec, score: first?.score, isChampion: true, cutoff: addDays(LAST_CUTOFF, -1) });
    }
  });

  it("write no model and run no trial after a day without sales", async () => {
    const afterSunday = nights.find(({ cutoff }) => isSunday(cutoff));
    expect(afterSunday?.run.totals).toMatchObject({ products: 3, unchanged: 3, trained: 0 });
    expect(of(afterSunday, "product.unchanged")).toMatchObject([{ reason: "no-new-sales" }, { reason: "no-new-sales" }, { reason: "no-new-sales" }]);
    expect(of(afterSunday, "product.stage").map((event) => event.type === "product.stage" && event.stage).filter((stage) => stage === "tune" || stage === "fit")).toEqual([]);
    for (const productId of Object.keys(LEVELS)) expect((await modelsOf(productId)).map(({ runId }) => runId), productId).not.toContain(afterSunday?.run.id);
  });

  it("find the product that has drifted within a week, and tune that one alone, once", async () => {
    const drifted = nights.flatMap((night) => of(night, "product.drifted").map((event) => ({ cutoff: night.cutoff, run: night.run.id, event })));
    expect(drifted).toHaveLength(1);
    expect(drifted[0]?.event).toMatchObject({ productId: "rolls", direction: "down", day: drifted[0]?.cutoff });
    expect(toEpochDay(drifted[0]?.cutoff ?? "") - toEpochDay(SHIFTED_FROM)).toBeLessThan(7);
    const tuned = (await modelsOf("rolls")).filter(({ trials }) => trials > 0).map(({ runId }) => runId);
    expect(tuned).toEqual([drifted[0]?.run, nights[0]?.run.id]);
  });

  it("hold each day against the last forecast that had not seen it", async () => {
    const asked = `from=${addDays(FIRST_CUTOFF, 1)}&until=${LAST_CUTOFF}`;
    const rolls = await bakery.api.call("GET", `/v1/tenants/${TENANT}/products/rolls/accuracy?${asked}`, ProductAccuracyView);
    const models = await modelsOf("rolls");
    const openDays = nights.map(({ cutoff }) => cutoff).filter((day) => day > FIRST_CUTOFF && !isSunday(day));
    expect(rolls.dailyRows.map(({ day, sold }) => ({ day, sold }))).toEqual(openDays.map((day) => ({ day, sold: unitsOn("rolls", day) })));
    for (const { day, modelId } of rolls.dailyRows) expect(modelId, day).toBe(models.find(({ cutoff, standing }) => cutoff < day && standing !== "rejected")?.id);
    expect(rolls.drift).toMatchObject([{ direction: "down", since: SHIFTED_FROM }]);
    expect(rolls.drift[0]?.size).toBeLessThan(-0.2);

    const { totals, items, driftedProducts } = await bakery.api.call("GET", `/v1/tenants/${TENANT}/accuracy?${asked}`, TenantAccuracyView);
    expect(driftedProducts).toBe(1);
    expect(items[0]).toMatchObject({ productId: "rolls", lastDrift: { direction: "down" } });
    expect(totals.days).toBe(3 * openDays.length);
    const missed = rolls.dailyRows.reduce((sum, { sold, median }) => sum + Math.abs(sold - median), 0);
    expect(rolls.live.wape).toBeCloseTo(missed / rolls.sold, 9);
  });
});

async function writeFolder(folder: string): Promise<void> {
  const days = Array.from({ length: toEpochDay(LAST_CUTOFF) - toEpochDay(FIRST_DAY) + 1 }, (_, i) => addDays(FIRST_DAY, i)).filter((day) => !isSunday(day));
  const rows = Object.keys(LEVELS).flatMap((productId) => days.map((day) => `${productId},${productId},${day},${unitsOn(productId, day)}`));
  await writeFile(join(folder, "sales.csv"), `product_id,product_name,date,quantity\n${rows.join("\n")}\n`);
  await writeFile(join(folder, "tenant.json"), JSON.stringify({ id: TENANT, name: "Drift bakery", timeZone: "Europe/Berlin", country: "DE", unit: "pieces", missingDay: "zero-unless-shop-closed" }));
}
