/** What the repair does to the artifact store: it removes what no model names, and brings there what still lies in Postgres. */
import { createHash } from "node:crypto";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { TrainingOutcome } from "@levain/contracts";
import { isCondemned } from "@levain/db";
import { fit, MODEL_SCHEMA_VERSION, toJson } from "@levain/forecast";
import fc from "fast-check";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { storeThenName } from "../store-then-name.js";
import { openSampleFleet, TENANT, type SampleFleet } from "./sample-fleet.js";

let fleet: SampleFleet;
let sql: pg.Client;
beforeEach(async () => {
  fleet = await openSampleFleet(inject("postgresUrl"), inject("redisUrl"));
  sql = new pg.Client({ connectionString: fleet.databaseUrl });
  await sql.connect();
});
afterEach(async () => {
  await sql.end();
  await fleet.close();
});

const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");
const artifactOf = (number: number): string =>
  toJson(fit({ family: "seasonal-naive" }, { start: 20_000, y: Float64Array.from({ length: 28 }, (_, day) => number + (day % 7)) }, { regressors: [], specialDays: [] }, { backtest: { folds: [] }, seed: number }));

/** As if it had been stored before the day was over for the second time. */
async function leaveBehind(text: string, hoursAgo = 25): Promise<void> {
  await fleet.artifacts.put(TENANT, Buffer.from(text));
  const at = new Date(Date.now() - hoursAgo * 3_600_000);
  await utimes(join(fleet.artifactsFolder, TENANT, sha256Of(text)), at, at);
}
const stored = async (): Promise<string[]> => (await readdir(join(fleet.artifactsFolder, TENANT)).catch(() => [])).toSorted();

/** A claimed product training, to be committed by the steps that a worker takes. */
async function claimedProduct(productId = "bread-1"): Promise<{ train(text: string, beforeCommit?: () => Promise<void>): Promise<void> }> {
  for (const open of await fleet.db.runs.openRuns()) await fleet.db.forTenant(open.tenantId).cancelRun(open.id);
  const runId = await fleet.startRun(1, false);
  const claim = await fleet.bakery.claim(runId, productId, "worker-1");
  if (!claim) throw new Error("expected a claim");
  return {
    train: async (text, beforeCommit = async () => undefined) => {
      await storeThenName(text, {
        put: (artifact) => fleet.artifacts.put(TENANT, artifact),
        name: async () => {
          await beforeCommit();
          return fleet.bakery.commit(runId, productId, claim.attempt, claim.fence, trainedTo(text));
        },
        reprieve: (sha256, put) => fleet.db.artifacts.reprieve(TENANT, sha256, put),
      });
    },
  };
}

describe("an artifact that no model names", () => {
  test("is removed after a day, and counted; a younger one and one that a model names stay", async () => {
    const [orphan, young, named] = [artifactOf(1), artifactOf(2), artifactOf(3)];
    await leaveBehind(orphan);
    await leaveBehind(young, 23);
    await (await claimedProduct()).train(named);
    await leaveBehind(named, 1_000);
    await fleet.repair();
    expect(await stored()).toEqual([sha256Of(young), sha256Of(named)].toSorted());
    expect(fleet.repaired).toMatchObject({ "orphan-artifact": 1 });
    await fleet.repair();
    expect(fleet.repaired).toMatchObject({ "orphan-artifact": 1 });
    expect(fleet.warnings).toEqual([]);
  });

  test("is removed however many there are, by two who both believe to lead", async () => {
    await Promise.all(Array.from({ length: 300 }, (_, number) => leaveBehind(`orphan ${number}`)));
    await Promise.all([fleet.repair(), fleet.repair()]);
    expect(await stored()).toEqual([]);
    // Both may count one that both removed.
    expect(fleet.repaired["orphan-artifact"]).toBeGreaterThanOrEqual(300);
    expect(fleet.warnings).toEqual([]);
  });

  test("of a tenant that the database does not know is none of its business", async () => {
    await fleet.artifacts.put("another-bakery", Buffer.from("theirs"));
    const at = new Date(0);
    await utimes(join(fleet.artifactsFolder, "another-bakery", sha256Of("theirs")), at, at);
    await fleet.repair();
    expect(await readdir(join(fleet.artifactsFolder, "another-bakery"))).toHaveLength(1);
  });
});

describe("an artifact that is about to be committed", () => {
  test("is stored anew when it was left behind long ago and is removed at this very moment", async () => {
    const text = artifactOf(4);
    await leaveBehind(text);
    const { train } = await claimedProduct();
    let collections = 0;
    await train(text, async () => {
      // The first time only: what is stored anew is younger than a day.
      if (collections++ === 0) await fleet.repair();
    });
    expect(collections).toBe(2);
    expect(fleet.repaired).toMatchObject({ "orphan-artifact": 1 });
    expect(await fleet.bakery.servingModel("bread-1")).toMatchObject({ model: { sha256: sha256Of(text) }, refused: [] });
    await leaveBehind(text);
    await fleet.repair();
    expect(await stored()).toEqual([sha256Of(text)]);
  });

  test("is kept when it was condemned and is wanted before it is removed", async () => {
    const text = artifactOf(5);
    await leaveBehind(text);
    const { train } = await claimedProduct();
    expect(await fleet.db.artifacts.condemn(TENANT, [sha256Of(text)])).toEqual([sha256Of(text)]);
    await train(text);
    expect(await fleet.db.artifacts.removeCondemned(TENANT, sha256Of(text), () => expect.fail("removed a named artifact"))).toBe(false);
    expect(await fleet.bakery.servingModel("bread-1")).toMatchObject({ model: { sha256: sha256Of(text) }, refused: [] });
  });

  test("is never lost, in whatever order workers and collections take turns", async () => {
    let number = 100;
    const turns = fc.array(fc.nat(40), { minLength: 5, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(turns, async ([beforeWorker = 0, beforeCommit = 0, beforeFirst = 0, beforeSecond = 0, beforeRemoval = 0]) => {
        const text = artifactOf(++number);
        const wait = async (ticks: number): Promise<void> => {
          for (let tick = 0; tick < ticks; tick++) await setImmediate();
        };
        await leaveBehind(text);
        const { train } = await claimedProduct();
        const collect = async (ticks: number): Promise<void> => {
          await wait(ticks);
          for (const sha256 of await fleet.db.artifacts.condemn(TENANT, [sha256Of(text)])) {
            await wait(beforeRemoval);
            await fleet.db.artifacts.removeCondemned(TENANT, sha256, () => fleet.artifacts.remove(TENANT, sha256));
          }
        };
        // Condemned once more after it was stored anew, the training is tried again by the queue.
        const trainAsQueued = async (): Promise<void> => {
          await wait(beforeWorker);
          const once = () => train(text, () => wait(beforeCommit));
          await once().catch((error: unknown) => (isCondemned(error) ? once() : Promise.reject(error)));
        };
        await Promise.all([trainAsQueued(), collect(beforeFirst), collect(beforeSecond)]);
        expect(await fleet.bakery.servingModel("bread-1")).toMatchObject({ model: { sha256: sha256Of(text) }, refused: [] });
      }),
      { numRuns: 60 },
    );
  });
});

describe("a model's text that still lies in Postgres", () => {
  test("moves to the store, where the model is served from; a spoiled one stays and goes out of service", async () => {
    const [whole, spoiled] = [artifactOf(6), artifactOf(7)];
    for (const text of [whole, spoiled]) await (await claimedProduct()).train(text);
    await sql.query("UPDATE models SET artifact = CASE sha256 WHEN $1 THEN $2 ELSE $3 || ' ' END", [sha256Of(whole), whole, spoiled]);
    for (const text of [whole, spoiled]) await fleet.artifacts.remove(TENANT, sha256Of(text));
    await fleet.repair();
    expect(fleet.repaired).toMatchObject({ "moved-artifact": 1 });
    expect(await stored()).toEqual([sha256Of(whole)]);
    const { rows } = await sql.query("SELECT sha256, artifact IS NULL AS moved, refused_reason FROM models ORDER BY version");
    expect(rows).toEqual([
      { sha256: sha256Of(whole), moved: true, refused_reason: null },
      { sha256: sha256Of(spoiled), moved: false, refused_reason: expect.stringMatching(/^expected \d+ bytes/) },
    ]);
    expect(fleet.warnings).toEqual([expect.stringContaining("bytes")]);
    expect(await fleet.bakery.servingModel("bread-1")).toMatchObject({ model: { sha256: sha256Of(whole) } });
    await fleet.repair();
    expect(fleet.repaired).toMatchObject({ "moved-artifact": 1 });
  });
});

const SCORE = { wape: 0.2, mase: 0.9, rmsse: null, bias: 0.01, pinball: 0.07, coverage80: 0.81, days: 42 };

const trainedTo = (artifact: string): TrainingOutcome => ({
  kind: "trained",
  reason: "asked-for",
  demandClass: "high",
  family: "seasonal-naive",
  spec: { family: "seasonal-naive" },
  artifact,
  schemaVersion: MODEL_SCHEMA_VERSION,
  score: SCORE,
  naiveScore: SCORE,
  trials: 1,
  forecast: { days: ["2026-05-02"], levels: [0.1, 0.5, 0.9], values: [[8], [10], [13]] },
  absentSources: [],
  report: { rows: 28, openDays: 28, zeroDays: 0, firstSale: "2026-04-01", lastSale: "2026-05-01", findings: [] },
  fitMs: 1,
  becomesChampion: true,
  decision: "first model of this product",
  heldFor: null,
  parentId: null,
  lineage: { seriesDigest: "a".repeat(64), regressorsDigest: "b".repeat(64), policy: {}, seed: 1, codeVersion: "c".repeat(64), dataDigest: sha256Of(artifact) },
  evidence: { recent: [], folds: [], ahead: [], components: [] },
});
