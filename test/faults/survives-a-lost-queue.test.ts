import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bakeryId } from "./rig/bakeries.js";
import { openChance } from "./rig/chance.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type FaultTenant, type Fleet } from "./rig/fleet.js";
import { judge } from "./rig/oracle.js";
import { openOwnRedis, type OwnServer } from "./rig/own-servers.js";
import { countOf, endedTrainings, untilRunsEnded, untilTrainingsEnded } from "./rig/runs.js";
import { untilPromised } from "./rig/until.js";

const WORKERS = 4;
const TENANTS = 20;
const PRODUCTS = 100;
/** From the wipe to the moment that a leader has noticed it. */
const NOTICED_WITHIN_MS = 5_000;
/** From the wipe to everything open being on the queue again, with the tick and the leases. */
const REFILLED_WITHIN_MS = 30_000;
/** Longer than a blocking read and its grace, where a library once lost its connection for good. */
const OUTAGE_MS = 20_000;
/** From the end of the outage to every worker taking jobs. */
const BACK_WITHIN_MS = 30_000;

describe("a queue that is lost", () => {
  let redis: OwnServer;
  let fleet: Fleet;
  beforeAll(async () => {
    redis = await openOwnRedis();
    fleet = await openFleet({ workers: WORKERS, redisUrl: redis.url });
  });
  afterAll(async () => {
    await fleet?.close();
    await redis?.close();
  });

  const wipesNoticed = async (): Promise<number> => (await fleet.logs()).filter(({ message }) => message === "Redis was emptied: everything open is put back").length;
  const isTickSet = async (): Promise<boolean> => (await fleet.queues.boardQueues().find(({ name }) => name === "nightly")?.getJobSchedulersCount()) === 1;
  const untold = (): Promise<number> => countOf(fleet.sql, "SELECT count(*) AS n FROM product_trainings WHERE status IN ('queued', 'running', 'deferred') AND enqueued_at IS NULL");

  it("by FLUSHALL at 30 % and at 70 % of 2,000 product trainings is filled again, and each is trained once", async () => {
    openChance("queue wiped twice");
    const tenants: FaultTenant[] = [];
    for (let number = 1; number <= TENANTS; number += 1) tenants.push(await fleet.addTenant(bakeryId(PRODUCTS, number)));
    const startedAt = performance.now();
    await Promise.all(tenants.map((tenant) => tenant.start()));
    const noticed: number[] = [];
    const refilled: number[] = [];
    for (const share of [0.3, 0.7]) {
      await untilTrainingsEnded(fleet.sql, share * TENANTS * PRODUCTS);
      const before = await wipesNoticed();
      await fleet.queues.redis.flushall();
      const [toNotice, toRefill] = await Promise.all([
        untilPromised(async () => (await wipesNoticed()) > before, { what: "the wipe to be noticed", promisedMs: NOTICED_WITHIN_MS }),
        untilPromised(async () => (await wipesNoticed()) > before && (await untold()) === 0 && (await isTickSet()), { what: "the queue to be filled again and the tick to be set", promisedMs: REFILLED_WITHIN_MS }),
      ]);
      noticed.push(toNotice.tookMs);
      refilled.push(toRefill.tookMs);
    }
    await untilRunsEnded(fleet.sql);
    expect(await judge(fleet)).toMatchObject({ runs: TENANTS, trainings: TENANTS * PRODUCTS, failed: 0, dead: 0 });
    await record("queue wiped twice", {
      trainings: TENANTS * PRODUCTS,
      lost: 0,
      duplicates: 0,
      noticedSeconds: seconds(Math.max(...noticed)),
      refilledSeconds: seconds(Math.max(...refilled)),
      seconds: seconds(performance.now() - startedAt),
    });
  });

  it("with its server for 20 s comes back empty, and every worker takes jobs again without a restart", async () => {
    openChance("Redis killed for 20 s");
    const tenant = await fleet.addTenant(bakeryId(600));
    const pids = fleet.workers.map(({ pid }) => pid);
    await tenant.start();
    const before = await endedTrainings(fleet.sql);
    await untilTrainingsEnded(fleet.sql, before + 60);
    await redis.kill();
    await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
    // Nobody gets on with what it takes until all have taken something: there is work left for the slowest to come back.
    await fleet.bakeries.addFault({ match: { tenant: tenant.id, source: "sales" }, kind: "hold" });
    await redis.start();
    const backAt = new Date();
    const areBack = async (): Promise<boolean> => (await countOf(fleet.sql, "SELECT count(DISTINCT claimed_by) AS n FROM product_trainings WHERE claimed_at > $1", [backAt])) === WORKERS;
    const { tookMs: backMs } = await untilPromised(areBack, { what: "every worker to take jobs again", promisedMs: BACK_WITHIN_MS });
    await fleet.bakeries.clearFaults();
    await untilRunsEnded(fleet.sql);
    expect(await judge(fleet)).toMatchObject({ failed: 0, dead: 0 });
    for (const pid of pids) expect(() => process.kill(pid, 0)).not.toThrow();
    await record("Redis killed for 20 s", { trainings: 600, lost: 0, duplicates: 0, workersBack: WORKERS, restarts: 0, backSeconds: seconds(backMs) });
  });

  it("for being full delays what is accepted: no answer is a fault of ours, and nothing is lost when there is room", async () => {
    openChance("Redis full");
    await fleet.queues.redis.config("SET", "maxmemory", "1");
    const full: FaultTenant[] = [];
    for (let number = 1; number <= 10; number += 1) full.push(await fleet.addTenant(bakeryId(5, number)));
    const answers = await Promise.all(full.map((tenant) => tenant.ask()));
    const statuses = answers.map((answer) => (answer.kind === "accepted" ? 202 : answer.kind === "refused" ? answer.status : 0));
    expect(statuses.filter((status) => status !== 202 && status !== 503)).toEqual([]);
    await fleet.queues.redis.config("SET", "maxmemory", "0");
    const roomAt = performance.now();
    await untilRunsEnded(fleet.sql);
    expect(await judge(fleet)).toMatchObject({ failed: 0, dead: 0 });
    await record("Redis full", {
      asked: full.length,
      accepted: statuses.filter((status) => status === 202).length,
      unavailable: statuses.filter((status) => status === 503).length,
      answers500: 0,
      lost: 0,
      recoveredSeconds: seconds(performance.now() - roomAt),
    });
  });

  it("by eviction is not even used: a worker refuses such a Redis at its start", async () => {
    await fleet.queues.redis.config("SET", "maxmemory-policy", "allkeys-lru");
    try {
      await expect(fleet.addWorker()).rejects.toThrow(/noeviction/);
    } finally {
      await fleet.queues.redis.config("SET", "maxmemory-policy", "noeviction");
    }
  });
});
