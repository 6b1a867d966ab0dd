import { trainProductJobId } from "@levain/queue";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { startFairClock } from "../../../../test/fair-clock.js";
import { openSampleFleet, TENANT, type SampleFleet } from "./sample-fleet.js";

let fleet: SampleFleet;
beforeEach(async () => {
  fleet = await openSampleFleet(inject("postgresUrl"), inject("redisUrl"));
  // The first repair of a fleet finds a Redis that knows nothing yet.
  await fleet.repair();
});
afterEach(() => fleet.close());

const jobsOf = async (queue: "start-run" | "train-product"): Promise<string[]> => {
  const jobs = await fleet.queues.boardQueues().find(({ name }) => name === queue)?.getJobs(["waiting", "prioritized", "delayed", "active"]);
  return (jobs ?? []).map(({ data }) => `${data.productId ?? "start"} g${data.generation}`).toSorted();
};

const sql = async (statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: fleet.databaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
};

describe("a Redis that was emptied", () => {
  test("has everything that is open again, and nothing that has ended, with the epoch, the nightly tick and the leases", async () => {
    const { bakery, queues, leases } = fleet;
    const runId = await fleet.startRun(4);
    const ended = await bakery.claim(runId, "bread-1", "worker-1", 1);
    await bakery.fail(runId, "bread-1", ended?.attempt ?? 0, ended?.fence ?? 0n, "fit.timed-out", "too slow");
    const held = await bakery.claim(runId, "bread-2", "worker-1", 1);
    await fleet.wipe();
    await fleet.repair();

    expect(await jobsOf("train-product")).toEqual(["bread-2 g2", "bread-3 g2", "bread-4 g2"]);
    expect(await queues.epoch()).toBe(await fleet.db.repairs.epoch());
    expect(await queues.isNightlyTickSet()).toBe(true);
    expect(await leases.holder(TENANT)).toBe(runId);
    expect(fleet.repaired).toMatchObject({ wiped: 3, "untold-product": 3, "nightly-tick": 2 });
    expect(fleet.warnings).toEqual(["Redis was emptied: everything open is put back"]);
    // Nobody vanished: the claim that was held is not counted as lost.
    expect([held?.attempt, await bakery.claim(runId, "bread-2", "worker-2", 2)]).toMatchObject([1, { attempt: 2, lostClaims: 0 }]);
  });

  test("has a run's start again, and finds it once however often it is emptied", async () => {
    const runId = await fleet.acceptRun();
    await fleet.repair();
    await fleet.wipe();
    await fleet.repair();
    await fleet.wipe();
    await fleet.repair();
    expect(await jobsOf("start-run")).toEqual(["start g3"]);
    expect(await fleet.db.runs.find(runId)).toMatchObject({ generation: 3, enqueuedAt: expect.any(Date) });
  });

  test("has ten thousand open product trainings again within half a minute", async () => {
    const runId = await fleet.startRun(10_000);
    await fleet.wipe();
    const clock = startFairClock();
    await fleet.repair();
    const tookMs = clock.passedMs();
    clock.stop();
    expect(fleet.repaired).toMatchObject({ wiped: 10_000, "untold-product": 10_000 });
    expect((await fleet.queues.depth()).find(({ queue, state }) => queue === "train-product" && state === "prioritized")?.count).toBe(10_000);
    expect(await fleet.bakery.claim(runId, "bread-9999", "worker-1", 2)).toMatchObject({ attempt: 1 });
    // Measured 3 s on two busy cores.
    expect(tookMs).toBeLessThan(30_000);
  });

  test("is filled once by two who both believe to lead", async () => {
    await fleet.startRun(20);
    await fleet.wipe();
    await Promise.all([fleet.repair(), fleet.repair()]);
    await fleet.repair();
    const open = await fleet.db.repairs.waitingProducts(0, null, 100);
    const newest = await fleet.queues.lostProducts(open.map(({ runId, productId, generation }) => ({ version: 1 as const, runId, productId, generation })));
    expect([open.length, newest]).toEqual([20, []]);
    expect(await fleet.db.repairs.untoldProducts(0, 100)).toEqual([]);
  });
});

describe("what was written and never told", () => {
  test("is told: runs whose producer died, and the products of a run whose worker died in dealing them", async () => {
    const runId = await fleet.startRun(3, false);
    await fleet.repair();
    expect(await jobsOf("train-product")).toEqual(["bread-1 g1", "bread-2 g1", "bread-3 g1"]);
    await fleet.bakery.cancelRun(runId);
    await fleet.acceptRun();
    await fleet.repair();
    expect(await jobsOf("start-run")).toEqual(["start g1"]);
    expect(fleet.repaired).toMatchObject({ "untold-start": 1, "untold-product": 3 });
  });

  test("is told once, however many repairs there are", async () => {
    await fleet.startRun(3, false);
    await Promise.all([fleet.repair(), fleet.repair(), fleet.repair()]);
    await fleet.repair();
    expect(await jobsOf("train-product")).toEqual(["bread-1 g1", "bread-2 g1", "bread-3 g1"]);
    expect(fleet.repaired).not.toHaveProperty("lost-product");
  });
});

describe("what the queue was told and lost", () => {
  test("is put back with the next generation: a job that is gone, and one that the queue counts as failed", async () => {
    const runId = await fleet.startRun(3);
    const idOf = (productId: string): string => trainProductJobId({ version: 1, runId, productId, generation: 1 });
    const queue = fleet.queues.boardQueues().find(({ name }) => name === "train-product");
    await (await queue?.getJob(idOf("bread-2")))?.remove();
    await fleet.queues.redis.hset(`${fleet.prefix}:train-product:${idOf("bread-3")}`, "finishedOn", Date.now());
    await fleet.repair();
    expect(await jobsOf("train-product")).toEqual(["bread-1 g1", "bread-2 g2", "bread-3 g1", "bread-3 g2"]);
    expect(fleet.repaired).toMatchObject({ "lost-product": 2, "untold-product": 2 });
    expect(await fleet.bakery.claim(runId, "bread-3", "worker-1", 1)).toBeNull();
    await fleet.repair();
    expect(fleet.repaired).toMatchObject({ "lost-product": 2 });
  });

  test("is put back also when it was running under a job that is gone", async () => {
    const runId = await fleet.startRun(1);
    await fleet.bakery.claim(runId, "bread-1", "worker-1", 1);
    await fleet.queues.boardQueues().find(({ name }) => name === "train-product")?.obliterate({ force: true });
    await fleet.repair();
    expect(await jobsOf("train-product")).toEqual(["bread-1 g2"]);
  });

  test("is put back also when it is a run's start", async () => {
    await fleet.acceptRun();
    await fleet.repair();
    await fleet.queues.boardQueues().find(({ name }) => name === "start-run")?.obliterate({ force: true });
    await fleet.repair();
    expect(await jobsOf("start-run")).toEqual(["start g2"]);
  });

  test("includes the next nightly tick", async () => {
    await fleet.queues.boardQueues().find(({ name }) => name === "nightly")?.obliterate({ force: true });
    await fleet.repair();
    expect(await fleet.queues.isNightlyTickSet()).toBe(true);
    expect(fleet.repaired).toMatchObject({ "nightly-tick": 2 });
  });
});

describe("a run that nobody else ends", () => {
  test("ends at its deadline with errors, whether it has started or not", async () => {
    const running = await fleet.startRun(3);
    await sql("UPDATE training_runs SET deadline_at = now() - interval '1 second'");
    await fleet.repair();
    expect(await fleet.bakery.run(running)).toMatchObject({ status: "finished", totals: { products: 3, failed: 3 } });
    const accepted = await fleet.acceptRun();
    await sql("UPDATE training_runs SET deadline_at = now() - interval '1 second' WHERE status = 'accepted'");
    await fleet.repair();
    expect(await fleet.bakery.run(accepted)).toMatchObject({ status: "failed", failure: { code: "run.deadline-passed" } });
    expect(fleet.finished).toEqual([running, accepted]);
    expect(fleet.repaired).toMatchObject({ "overdue-run": 2 });
  });

  test("is ended and counted when nothing in it is open any more", async () => {
    const runId = await fleet.startRun(2);
    await sql("UPDATE product_trainings SET status = 'cancelled', finished_at = now()");
    await fleet.repair();
    expect(await fleet.bakery.run(runId)).toMatchObject({ status: "finished", totals: { products: 2, cancelled: 2 } });
    expect(fleet.finished).toEqual([runId]);
    expect(fleet.repaired).toMatchObject({ "hollow-run": 1 });
  });

  test("does not leave its lease behind with the leader", async () => {
    const runId = await fleet.startRun(1);
    await fleet.repair();
    expect(await fleet.leases.holder(TENANT)).toBe(runId);
    await fleet.bakery.cancelRun(runId);
    await fleet.leases.release(TENANT, runId);
    await fleet.repair();
    expect(await fleet.leases.holder(TENANT)).toBeNull();
  });
});
