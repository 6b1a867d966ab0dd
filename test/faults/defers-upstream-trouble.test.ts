import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bakeryId, openBakeries, type Bakeries } from "./rig/bakeries.js";
import { openChance } from "./rig/chance.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type Fleet } from "./rig/fleet.js";
import { metricOf } from "./rig/metrics.js";
import { judge } from "./rig/oracle.js";
import { countOf, haveRunsEnded, untilRunsEnded, untilTrainingsEnded } from "./rig/runs.js";
import { until, untilPromised } from "./rig/until.js";

const WORKERS = 4;
const SLOTS = 4;
/** Failed calls after which a breaker may open (`breakerCallsMin`), and those that were under way when it did. */
const CALLS_UNTIL_OPEN = 5 + SLOTS;
/** Milliseconds until a call that is never answered is given up (`responseMs`). */
const TIMEOUT_MS = 8_000;
const OPEN_WITHIN_MS = 3 * TIMEOUT_MS + 10_000;
/** Milliseconds for a fleet to come back to a healed origin: the last probe's timeout, and the longest deferral. */
const HEALED_WITHIN_MS = 60_000;

describe("trouble upstream", () => {
  let fleet: Fleet;
  let elsewhere: Bakeries;
  beforeAll(async () => {
    fleet = await openFleet({ workers: WORKERS });
    elsewhere = await openBakeries();
  });
  afterEach(() => fleet.bakeries.clearFaults());
  afterAll(async () => {
    await fleet?.close();
    await elsewhere?.close();
  });

  const salesAsked = async (from: Bakeries, tenantId: string): Promise<number> => (await from.requests()).tenants[tenantId]?.sales ?? 0;
  const breakersOpen = async (): Promise<number> => (await Promise.all(fleet.workers.map((worker) => metricOf(worker, "breaker_state")))).filter((state) => state > 0).length;
  const loggedRetries = async (): Promise<number> => (await fleet.logs()).filter(({ message }) => message === "product training will be retried").length;

  it("that hangs opens each worker's breaker after a few calls, delays its products, fails none, and leaves other origins alone", async () => {
    openChance("sales hang");
    const tenant = await fleet.addTenant(bakeryId(500));
    const neighbour = await fleet.addTenant(bakeryId(20), {}, elsewhere);
    await tenant.start();
    await untilTrainingsEnded(fleet.sql, 50);

    await fleet.bakeries.addFault({ match: { source: "sales" }, kind: "hang" });
    const askedBefore = await salesAsked(fleet.bakeries, tenant.id);
    const { tookMs: openMs } = await untilPromised(async () => (await breakersOpen()) === WORKERS, { what: "every worker's breaker to open", promisedMs: OPEN_WITHIN_MS });
    const callsUntilOpen = (await salesAsked(fleet.bakeries, tenant.id)) - askedBefore;
    expect(callsUntilOpen).toBeLessThanOrEqual(WORKERS * CALLS_UNTIL_OPEN);

    const theirs = await neighbour.start();
    await until(async () => (await countOf(fleet.sql, "SELECT count(*) AS n FROM training_runs WHERE id = $1 AND status = 'finished'", [theirs])) === 1, { what: "the neighbour's run to end meanwhile" });
    expect(await countOf(fleet.sql, "SELECT count(*) AS n FROM training_runs WHERE status = 'running'")).toBe(1);

    await fleet.bakeries.clearFaults();
    const { tookMs: recoveredMs } = await untilPromised(() => haveRunsEnded(fleet.sql), { what: "the run to end once the origin is healed", promisedMs: HEALED_WITHIN_MS });
    expect(await judge(fleet)).toMatchObject({ trainings: 520, failed: 0, dead: 0 });
    expect(await loggedRetries()).toBe(0);
    await record("sales hang", { trainings: 500, callsUntilOpen, callsBound: WORKERS * CALLS_UNTIL_OPEN, openSeconds: seconds(openMs), attemptsUsed: 0, failed: 0, recoveredSeconds: seconds(recoveredMs) });
  });

  it("that asks for patience gets it: nobody comes back sooner than it said", async () => {
    openChance("sales answer 429");
    const tenant = await fleet.addTenant(bakeryId(60, 2));
    await fleet.bakeries.addFault({ match: { tenant: tenant.id, source: "sales" }, kind: "429", retryAfterS: 7 });
    await tenant.start();
    const deferrals = await until(
      async () => {
        const lines = (await fleet.logs()).filter(({ message, code }) => message === "product training deferred" && code === "source.rate-limited");
        return lines.length >= 5 ? lines : null;
      },
      { what: "trainings to be deferred for the rate limit" },
    );
    expect(Math.min(...deferrals.map(({ delayMs }) => Number(delayMs)))).toBeGreaterThanOrEqual(7_000);
    await fleet.bakeries.clearFaults();
    await untilPromised(() => haveRunsEnded(fleet.sql), { what: "the run to end once the origin is healed", promisedMs: HEALED_WITHIN_MS });
    expect(await judge(fleet)).toMatchObject({ failed: 0, dead: 0 });
    expect(await loggedRetries()).toBe(0);
    await record("sales answer 429", { trainings: 60, retryAfterSeconds: 7, soonestSeconds: seconds(Math.min(...deferrals.map(({ delayMs }) => Number(delayMs)))), attemptsUsed: 0, failed: 0 });
  });

  it("that comes and goes costs time and nothing else", async () => {
    openChance("half of the sales answers are 500");
    const tenant = await fleet.addTenant(bakeryId(100, 3));
    await fleet.bakeries.addFault({ match: { tenant: tenant.id, source: "sales" }, kind: "500", share: 0.5, times: 60 });
    const startedAt = performance.now();
    await tenant.start();
    await untilRunsEnded(fleet.sql);
    expect(await judge(fleet)).toMatchObject({ failed: 0, dead: 0 });
    await record("half of the sales answers are 500", { trainings: 100, failedAnswers: 60, failed: 0, seconds: seconds(performance.now() - startedAt) });
  });

  it("that knows nothing of some products fails those alone, and its breaker stays closed", async () => {
    openChance("a tenth of the products unknown to the till");
    const tenant = await fleet.addTenant(bakeryId(45, 4));
    const known = Array.from({ length: 45 }, (_, index) => `product-${String(index + 1).padStart(4, "0")}`);
    const unknown = Array.from({ length: 5 }, (_, index) => `never-baked-${index}`);
    const opened = (await fleet.logs()).filter(({ message, state }) => message === "breaker changed" && state === "open").length;
    const runId = await tenant.start({ productIds: [...known, ...unknown] });
    await untilRunsEnded(fleet.sql);
    const { rows } = await fleet.sql.query("SELECT product_id, failure_code, attempt FROM product_trainings WHERE run_id = $1 AND status = 'failed' ORDER BY 1", [runId]);
    expect(rows).toEqual(unknown.map((id) => ({ product_id: id, failure_code: "source.rejected", attempt: 1 })));
    expect((await fleet.logs()).filter(({ message, state }) => message === "breaker changed" && state === "open")).toHaveLength(opened);
    await judge(fleet);
    await record("a tenth of the products unknown to the till", { trainings: 50, failed: 5, breakersOpened: 0 });
  });
});
