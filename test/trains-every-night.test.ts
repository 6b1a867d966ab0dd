import { addDays, businessDayOf } from "@levain/calendar";
import { pageOf, RunView, type StartRunJob } from "@levain/contracts";
import { consume, openQueues } from "@levain/queue";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startDueNights, type NightlyDeps } from "../apps/worker/src/nightly.js";
import { openWorld, type World, type WorldTenant } from "./world.js";

describe("the nightly plan", () => {
  let world: World;
  let bakery: WorldTenant;

  beforeAll(async () => {
    world = await openWorld({ workers: 1 });
    bakery = await world.addTenant("simulated-2x400", { nightlyAt: "00:00" });
  });
  afterAll(() => world?.close());

  /** One moment for all: midnight may pass meanwhile. */
  const now = new Date();
  const nightlyDeps = (jobs: StartRunJob[]): NightlyDeps => ({
    tenants: async () => {
      const last = await world.db.nightly.lastNights();
      return (await world.db.tenants.list()).map(({ id, timeZone, nightlyAt }) => ({ id, timeZone, nightlyAt, lastNight: last.get(id) ?? null }));
    },
    claimNight: (tenantId, night, cutoff) => world.db.nightly.claimNight(tenantId, night, { cutoff, deadlineAt: new Date(Date.now() + 3_600_000) }),
    enqueueStartRun: async (job) => void jobs.push(job),
    info: () => undefined,
    now: () => now,
  });

  it("makes one run of a due tenant however many ticks come at once, for yesterday in its own zone", async () => {
    const jobs: StartRunJob[] = [];
    await Promise.all(Array.from({ length: 8 }, () => startDueNights(nightlyDeps(jobs))));
    expect(jobs).toHaveLength(1);
    const { items } = await bakery.api.call("GET", `/v1/tenants/${bakery.id}/training-runs`, pageOf(RunView));
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ trigger: "nightly", cutoff: addDays(businessDayOf(now, "Europe/Berlin"), -1) });

    const queues = openQueues({ redisUrl: world.redisUrl, prefix: world.prefix });
    await queues.enqueueStartRun((jobs[0] as StartRunJob));
    expect((await bakery.untilFinished((jobs[0] as StartRunJob).runId)).status).toBe("finished");
    await queues.close();
    await startDueNights(nightlyDeps(jobs));
    expect(jobs).toHaveLength(1);
  });

  it("is ticked by one scheduler, however many workers set it", async () => {
    const queues = openQueues({ redisUrl: world.redisUrl, prefix: world.prefix });
    await Promise.all(Array.from({ length: 8 }, () => queues.upsertNightlyTick(15)));
    const nightly = queues.boardQueues().find((queue) => queue.name === "nightly");
    expect(await nightly?.getJobSchedulers()).toHaveLength(1);
    await queues.close();
  });

  it("a tick reaches a worker", async () => {
    const prefix = `${world.prefix}-tick`;
    const queues = openQueues({ redisUrl: world.redisUrl, prefix });
    const ticked = vi.fn<() => Promise<void>>(async () => undefined);
    const consumer = consume({ redisUrl: world.redisUrl, prefix, queue: "nightly", concurrency: 1, handler: ticked });
    await queues.boardQueues().find((queue) => queue.name === "nightly")?.add("nightly-tick", { version: 1 });
    await vi.waitFor(() => expect(ticked).toHaveBeenCalledTimes(1), { timeout: 10_000 });
    await consumer.close();
    await queues.close();
  });
});
