import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bakeryId } from "../rig/bakeries.js";
import { openChance } from "../rig/chance.js";
import { record, seconds } from "../rig/figures.js";
import { openFleet, type FaultTenant, type Fleet } from "../rig/fleet.js";
import { judge } from "../rig/oracle.js";
import { countOf, endedTrainings, untilTrainingsEnded } from "../rig/runs.js";
import { until } from "../rig/until.js";

const LARGE = 10_000;
const SMALL = 10;
const ROUNDS = 7;
/** What one product in training costs whoever waits for its slot, and a run's own start in a busy fleet: reading its products, one round of questions. */
const ONE_ITEM_MS = 1_000;

describe("a chain with 10,000 products", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet({ workers: 2 });
  });
  afterAll(() => fleet?.close());

  /** From asking to the end of the run, the middle of several. */
  async function medianMs(tenant: FaultTenant): Promise<number> {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedAt = performance.now();
      const runId = await tenant.start();
      await until(async () => (await countOf(fleet.sql, "SELECT count(*) AS n FROM training_runs WHERE id = $1 AND status = 'finished'", [runId])) === 1, { what: "the small run to end", everyMs: 20 });
      times.push(performance.now() - startedAt);
    }
    return times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
  }

  it("does not keep a bakery with ten waiting, and loses little by it", async () => {
    openChance("ten products behind ten thousand");
    const chain = await fleet.addTenant(bakeryId(LARGE));
    const bakery = await fleet.addTenant(bakeryId(SMALL, 2));
    const soloMs = await medianMs(bakery);

    const runId = await chain.start();
    await until(async () => (await countOf(fleet.sql, "SELECT count(*) AS n FROM product_trainings WHERE run_id = $1", [runId])) === LARGE, { what: "the chain's products to be dealt" });
    await untilTrainingsEnded(fleet.sql, (await endedTrainings(fleet.sql)) + 200);
    const besideMs = await medianMs(bakery);
    expect(await countOf(fleet.sql, "SELECT products_open AS n FROM training_runs WHERE id = $1", [runId])).toBeGreaterThan(0);
    expect(besideMs).toBeLessThan(2 * soloMs + ONE_ITEM_MS);

    await fleet.db.forTenant(chain.id).cancelRun(runId);
    await judge(fleet);
    await record("ten products behind ten thousand", { queued: LARGE, soloSeconds: Math.round(soloMs) / 1000, besideSeconds: Math.round(besideMs) / 1000, boundSeconds: seconds(2 * soloMs + ONE_ITEM_MS) });
  });
});
