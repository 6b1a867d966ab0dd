import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bakeryId } from "../rig/bakeries.js";
import { openChance } from "../rig/chance.js";
import { record, seconds } from "../rig/figures.js";
import { openFleet, type Fleet } from "../rig/fleet.js";
import { judge, judgeLeftovers } from "../rig/oracle.js";
import { LOCK_MS, RESCUE_WITHIN_MS } from "../rig/profile.js";
import { countOf, endedTrainings, untilRunsEnded, untilTrainingsEnded } from "../rig/runs.js";
import { every, until, untilPromised } from "../rig/until.js";

const TENANTS = 20;
const PRODUCTS = 100;
const WORKERS = 4;
const KILL_EVERY_MS = 2_000;
const WORKERS_LEFT_MIN = 2;

describe("a fleet whose workers are killed one after the other", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet({ workers: WORKERS });
  });
  afterAll(() => fleet?.close());

  it("trains each of 2,000 products exactly once in effect", async () => {
    const chance = openChance("workers killed every 2 s");
    const tenants = [];
    for (let number = 1; number <= TENANTS; number += 1) tenants.push(await fleet.addTenant(bakeryId(PRODUCTS, number)));

    // The same work without a fault first: what the killing may cost is measured against it.
    const calmAt = performance.now();
    for (const tenant of tenants) await tenant.start();
    await untilRunsEnded(fleet.sql);
    const calmMs = performance.now() - calmAt;

    const startedAt = performance.now();
    for (const tenant of tenants) await tenant.start();
    let kills = 0;
    let bootsMs = 0;
    const comings: Promise<unknown>[] = [];
    const replace = async (): Promise<void> => {
      const diedAt = performance.now();
      await fleet.addWorker();
      bootsMs += performance.now() - diedAt;
    };
    const killing = every(KILL_EVERY_MS, async () => {
      // Where starting takes longer than the pause between two killings, somebody must be left to work.
      if (fleet.workers.length < WORKERS_LEFT_MIN) return;
      await fleet.kill(chance.pick(fleet.workers));
      kills += 1;
      comings.push(replace());
    });
    await untilRunsEnded(fleet.sql);
    const stormMs = performance.now() - startedAt;
    await killing.stop();
    await Promise.all(comings);

    const verdict = await judge(fleet);
    expect(verdict).toMatchObject({ runs: 2 * TENANTS, trainings: 2 * TENANTS * PRODUCTS, failed: 0, dead: 0 });
    expect(await endedTrainings(fleet.sql)).toBe(2 * TENANTS * PRODUCTS);
    // Three times the calm, what the last orphan may have to wait for at the very end, and the time in which those who
    // were killed had no replacement yet: on a machine that is busy with other things a start takes many times as long.
    expect(stormMs).toBeLessThan(3 * calmMs + RESCUE_WITHIN_MS + bootsMs / WORKERS_LEFT_MIN);
    await record("workers killed every 2 s", {
      trainings: TENANTS * PRODUCTS,
      kills,
      rescued: verdict.rescued,
      lost: 0,
      duplicates: 0,
      calmSeconds: seconds(calmMs),
      stormSeconds: seconds(stormMs),
      meanBootSeconds: seconds(bootsMs / kills),
    });
    await fleet.stop();
    await judgeLeftovers(fleet.sql);
  });
});

describe("a fleet that loses all its workers in mid-run", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet({ workers: WORKERS });
  });
  afterAll(() => fleet?.close());

  it("goes on where it was when they are back, and takes its orphans over within the bound", async () => {
    openChance("all workers killed at half of the run");
    const tenant = await fleet.addTenant(bakeryId(400));
    await tenant.start();
    await untilTrainingsEnded(fleet.sql, 200);
    // Each has something in hand when it dies, however fast it works.
    await fleet.bakeries.addFault({ match: { source: "sales" }, kind: "hold" });
    await until(async () => (await countOf(fleet.sql, "SELECT count(DISTINCT claimed_by) AS n FROM product_trainings WHERE status = 'running'")) === WORKERS, { what: "a product in each worker's hands" });
    await Promise.all([...fleet.workers].map((worker) => fleet.kill(worker)));
    await fleet.bakeries.clearFaults();
    const { rows: orphans } = await fleet.sql.query<{ product_id: string }>("SELECT product_id FROM product_trainings WHERE status = 'running'");
    expect(orphans.length).toBeGreaterThanOrEqual(WORKERS);

    await Promise.all(Array.from({ length: WORKERS }, () => fleet.addWorker()));
    const isRescued = async (): Promise<boolean> => (await countOf(fleet.sql, "SELECT count(*) AS n FROM product_trainings WHERE lost_claims > 0")) > 0;
    const { tookMs: rescueMs } = await untilPromised(isRescued, { what: "an orphan to be taken over", promisedMs: RESCUE_WITHIN_MS });
    await untilRunsEnded(fleet.sql);
    const verdict = await judge(fleet);
    expect(verdict).toMatchObject({ trainings: 400, failed: 0, dead: 0 });
    await record("all workers killed at half of the run", {
      trainings: 400,
      orphans: orphans.length,
      rescued: verdict.rescued,
      firstRescueSeconds: seconds(rescueMs),
      boundSeconds: seconds(RESCUE_WITHIN_MS),
      lockSeconds: LOCK_MS / 1000,
    });
  });
});
