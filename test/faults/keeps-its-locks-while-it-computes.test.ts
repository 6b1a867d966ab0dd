import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openChance } from "./rig/chance.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type Fleet } from "./rig/fleet.js";
import { metricOf } from "./rig/metrics.js";
import { judge } from "./rig/oracle.js";
import { countOf, untilRunsEnded } from "./rig/runs.js";

/** As much computing as a policy may ask for, and in the sum of its settings far more than a night's. */
const POLICY = { historyDaysMax: 3_650, trials: { high: 500, medium: 500, low: 500, intermittent: 500 }, backtest: { folds: 26, stepDays: 14 } };
const LOCKS_PER_FIT = 4;
const SHORTEST_LOCK_MS = 1_000;

describe("a fit that computes longer than the lock on its job lasts", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet({ workers: 0 });
  });
  afterAll(() => fleet?.close());

  it("keeps the lock: no job is taken for lost, and the event loop stays free", async () => {
    openChance("fits longer than the lock");
    const worker = await fleet.addWorker({ PREFETCH: "0" });
    const lockMs = Math.max(SHORTEST_LOCK_MS, Math.round((await fitMsOf(fleet, "simulated-1x3649")) / LOCKS_PER_FIT));
    await fleet.retire(worker);

    const shortLocked = await fleet.addWorker({ LOCK_DURATION_MS: String(lockMs), PREFETCH: "0" });
    const fitMs = await fitMsOf(fleet, "simulated-1x3650");
    expect(fitMs).toBeGreaterThan(lockMs);
    expect(await countOf(fleet.sql, "SELECT count(*) AS n FROM product_trainings WHERE attempt <> 1 OR lost_claims <> 0")).toBe(0);
    const lag = await metricOf(shortLocked, "(levain_)?nodejs_eventloop_lag_p99_seconds");
    expect(lag * 1_000, "a lock is renewed at half of its time").toBeLessThan(lockMs / 2);
    expect(await judge(fleet)).toMatchObject({ trainings: 2, failed: 0, dead: 0, rescued: 0 });
    await record("fits longer than the lock", { trainings: 2, lockSeconds: seconds(lockMs), longestFitSeconds: seconds(fitMs), stalls: 0, eventLoopP99Ms: Math.round(lag * 1_000) });
  });
});

/** Milliseconds from claim to end of a new bakery's one product: how long the same work takes is the machine's affair. */
async function fitMsOf(fleet: Fleet, bakery: string): Promise<number> {
  const tenant = await fleet.addTenant(bakery, { policy: POLICY });
  const runId = await tenant.start();
  await untilRunsEnded(fleet.sql);
  const { rows } = await fleet.sql.query<{ ms: number }>("SELECT max(extract(epoch FROM finished_at - claimed_at))::float * 1000 AS ms FROM product_trainings WHERE run_id = $1", [runId]);
  return rows[0]?.ms ?? Number.NaN;
}
