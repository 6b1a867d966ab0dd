import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bakeryId } from "./rig/bakeries.js";
import { openChance } from "./rig/chance.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type Fleet } from "./rig/fleet.js";
import { judge } from "./rig/oracle.js";
import { countOf, untilRunsEnded, untilTrainingsEnded } from "./rig/runs.js";

const TENANTS = 10;
const PRODUCTS = 100;
const WORKERS = 4;
/** What an orchestrator grants a process after SIGTERM. */
const STOP_WITHIN_MS = 30_000;

describe("a rolling restart of every worker in mid-run", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    // The lock as it is delivered: a machine that lags is no lost worker.
    fleet = await openFleet({ workers: WORKERS, workerEnv: { LOCK_DURATION_MS: "30000" } });
  });
  afterAll(() => fleet?.close());

  it("costs no product an attempt and no job its worker", async () => {
    const chance = openChance("every worker restarted in mid-run");
    // Some trainings take a while, so that a worker that is told to stop has something in hand.
    await fleet.bakeries.addFault({ match: { source: "sales" }, kind: "slow", share: 0.1, delayMs: 1_500 });
    for (let number = 1; number <= TENANTS; number += 1) await (await fleet.addTenant(bakeryId(PRODUCTS, number))).start();
    await untilTrainingsEnded(fleet.sql, 50);
    const stops: number[] = [];
    for (const worker of chance.shuffled([...fleet.workers])) {
      const startedAt = performance.now();
      await fleet.retire(worker);
      stops.push(performance.now() - startedAt);
      await fleet.addWorker();
    }
    expect(Math.max(...stops)).toBeLessThan(STOP_WITHIN_MS);
    await untilRunsEnded(fleet.sql);
    const verdict = await judge(fleet);
    expect(verdict).toMatchObject({ trainings: TENANTS * PRODUCTS, failed: 0, dead: 0, rescued: 0 });
    const retried = (await fleet.logs()).filter(({ message }) => message === "product training will be retried");
    expect(retried).toEqual([]);
    expect(await countOf(fleet.sql, "SELECT count(*) AS n FROM product_trainings WHERE lost_claims > 0")).toBe(0);
    await record("every worker restarted in mid-run", { trainings: TENANTS * PRODUCTS, restarts: WORKERS, attemptsUsed: 0, stalls: 0, slowestStopSeconds: seconds(Math.max(...stops)) });
  });
});
