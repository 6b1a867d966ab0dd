import { addDays, businessDayOf } from "@levain/calendar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bakeryId } from "./rig/bakeries.js";
import { openChance } from "./rig/chance.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type Fleet } from "./rig/fleet.js";
import { judge } from "./rig/oracle.js";
import { countOf, untilRunsEnded } from "./rig/runs.js";
import { until, untilPromised } from "./rig/until.js";

const ZONES = ["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata", "UTC"];
const WORKERS = 8;
/** From boot to every missed night's run being accepted. */
const CAUGHT_UP_WITHIN_MS = 60_000;
/** From its loss to the tick being set again. */
const TICK_BACK_WITHIN_MS = 30_000;

describe("nights that a fleet slept through", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet({ workers: 0 });
  });
  afterAll(() => fleet?.close());

  it("are caught up by one run per tenant, of the newest night, by eight workers that boot at once", async () => {
    openChance("three nights missed");
    for (const [index, timeZone] of ZONES.entries()) {
      const tenant = await fleet.addTenant(bakeryId(2, index + 1), { timeZone, nightlyAt: "00:00" });
      // The last night it had: three days ago, long since trained.
      const night = addDays(businessDayOf(new Date(), timeZone), -3);
      const { rows } = await fleet.sql.query<{ id: string }>(
        `INSERT INTO training_runs (tenant_id, status, trigger, cutoff, deadline_at, accepted_at, started_at, finished_at, fence)
         VALUES ($1, 'finished', 'nightly', $2, now(), now() - interval '3 days', now() - interval '3 days', now() - interval '3 days', 0) RETURNING id`,
        [tenant.id, addDays(night, -1)],
      );
      await fleet.sql.query("INSERT INTO nightly_ledger (tenant_id, night, run_id) VALUES ($1, $2, $3)", [tenant.id, night, rows[0]?.id]);
    }
    const nightsAtBoot = ZONES.map((zone) => businessDayOf(new Date(), zone));
    const boots = Promise.all(Array.from({ length: WORKERS }, () => fleet.addWorker()));
    const areCaughtUp = async (): Promise<boolean> => (await countOf(fleet.sql, "SELECT count(*) AS n FROM nightly_ledger")) >= 2 * ZONES.length;
    const { tookMs: caughtUpMs } = await untilPromised(areCaughtUp, { what: "each tenant's night to be caught up", promisedMs: CAUGHT_UP_WITHIN_MS });
    await boots;
    await untilRunsEnded(fleet.sql);
    const { rows } = await fleet.sql.query<{ tenant_id: string; nights: number; newest: string; zone: string }>(
      `SELECT n.tenant_id, count(*)::int AS nights, max(n.night)::text AS newest, t.settings ->> 'timeZone' AS zone
       FROM nightly_ledger n JOIN tenants t ON t.id = n.tenant_id GROUP BY 1, 4`,
    );
    for (const { nights, newest, zone } of rows) {
      expect(nights, zone).toBe(2);
      // Midnight may have passed in one of them meanwhile.
      expect([nightsAtBoot[ZONES.indexOf(zone)], businessDayOf(new Date(), zone)], zone).toContain(newest);
    }
    await judge(fleet);
    await record("three nights missed", { tenants: ZONES.length, workersBootedAtOnce: WORKERS, catchUpRuns: ZONES.length, doubled: 0, caughtUpSeconds: seconds(caughtUpMs) });
  });

  it("do not come back when the tick is deleted and Redis is wiped: the tick is set again, and no night is trained twice", async () => {
    openChance("nightly tick deleted and wiped");
    const nightly = fleet.queues.boardQueues().find(({ name }) => name === "nightly");
    const runs = await countOf(fleet.sql, "SELECT count(*) AS n FROM training_runs");
    const isSet = async (): Promise<boolean> => (await nightly?.getJobSchedulersCount()) === 1 && (await nightly?.getDelayedCount()) === 1;
    const backMs: number[] = [];
    const losses: readonly (() => Promise<unknown>)[] = [
      async () => nightly?.removeJobScheduler("tick"),
      async () => Promise.all(((await nightly?.getDelayed()) ?? []).map((job) => fleet.queues.redis.del(`${fleet.prefix}:nightly:${job.id}`))),
      async () => {
        for (const key of await fleet.queues.redis.keys(`${fleet.prefix}*`)) await fleet.queues.redis.del(key);
      },
    ];
    for (const lose of losses) {
      await until(isSet, { what: "the tick to be set before it is lost" });
      await lose();
      backMs.push((await untilPromised(isSet, { what: "the tick to be set again", promisedMs: TICK_BACK_WITHIN_MS })).tookMs);
    }
    expect(await countOf(fleet.sql, "SELECT count(*) AS n FROM training_runs")).toBe(runs);
    await judge(fleet);
    await record("nightly tick deleted and wiped", { losses: losses.length, doubledNights: 0, slowestBackSeconds: seconds(Math.max(...backMs)) });
  });
});
