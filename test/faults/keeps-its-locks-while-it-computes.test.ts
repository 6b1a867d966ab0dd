import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openChance } from "./rig/chance.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type Fleet } from "./rig/fleet.js";
import { metricOf } from "./rig/metrics.js";
import { judge } from "./rig/oracle.js";
import { countOf, untilRunsEnded } from "./rig/runs.js";

/** A lock shorter than the computing, as 30 s are shorter than the two minutes that a fit may take. */
const SHORT_LOCK_MS = 2_000;
const EVENT_LOOP_P99_MAX_S = 0.1;

describe("a fit that computes longer than the lock on its job lasts", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet({ workers: 1, workerEnv: { LOCK_DURATION_MS: String(SHORT_LOCK_MS), PREFETCH: "0" } });
  });
  afterAll(() => fleet?.close());

  it("keeps the lock: no job is taken for lost, and the event loop stays free", async () => {
    openChance("fits longer than the lock");
    const policy = { historyDaysMax: 1_825, trials: { high: 500, medium: 500, low: 500, intermittent: 500 }, backtest: { folds: 20, stepDays: 14 } };
    const tenant = await fleet.addTenant("simulated-2x1825", { policy });
    await tenant.start();
    await untilRunsEnded(fleet.sql, 300_000);
    const { rows } = await fleet.sql.query<{ ms: number }>("SELECT extract(epoch FROM finished_at - claimed_at)::float * 1000 AS ms FROM product_trainings ORDER BY ms");
    const longestMs = rows.at(-1)?.ms ?? 0;
    expect(longestMs).toBeGreaterThan(2 * SHORT_LOCK_MS);
    expect(await countOf(fleet.sql, "SELECT count(*) AS n FROM product_trainings WHERE attempt <> 1 OR lost_claims <> 0")).toBe(0);
    const [worker] = fleet.workers;
    const lag = worker ? await metricOf(worker, "(levain_)?nodejs_eventloop_lag_p99_seconds") : Number.NaN;
    expect(lag).toBeLessThan(EVENT_LOOP_P99_MAX_S);
    expect(await judge(fleet)).toMatchObject({ trainings: 2, failed: 0, dead: 0, rescued: 0 });
    await record("fits longer than the lock", { trainings: 2, lockSeconds: SHORT_LOCK_MS / 1000, longestFitSeconds: seconds(longestMs), stalls: 0, eventLoopP99Ms: Math.round(lag * 1000) });
  });
});
