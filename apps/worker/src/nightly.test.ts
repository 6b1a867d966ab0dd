import type { StartRunJob } from "@levain/contracts";
import { addDays, businessDayOf } from "@levain/calendar";
import { openDb } from "@levain/db";
import { openQueues } from "@levain/queue";
import { expect, inject, it } from "vitest";
import { catchUpNights, startDueNights, type NightlyDeps } from "./nightly.js";
import { openSampleFleet, TENANT } from "./repair/sample-fleet.js";

it("a nightly tick · starts a run for each due tenant with yesterday as cutoff, and none where the ledger says no", async () => {
  const jobs: StartRunJob[] = [];
  const claims: string[] = [];
  await startDueNights({
    now: () => new Date("2026-05-04T03:00:00Z"),
    tenants: async () => [
      { id: "early", timeZone: "Europe/Berlin", nightlyAt: "04:15", lastNight: "2026-05-03" },
      { id: "taken", timeZone: "Europe/Berlin", nightlyAt: "04:15", lastNight: "2026-05-03" },
      { id: "later", timeZone: "America/New_York", nightlyAt: "04:15", lastNight: "2026-05-03" },
    ],
    claimNight: async (tenantId, night, cutoff) => {
      claims.push(`${tenantId} ${night} ${cutoff}`);
      return tenantId === "taken" ? null : { runId: "0198d1c2-0000-7000-8000-000000000001" };
    },
    enqueueStartRun: async (job) => void jobs.push(job),
    info: () => undefined,
  });
  expect(claims).toEqual(["early 2026-05-04 2026-05-03", "taken 2026-05-04 2026-05-03"]);
  expect(jobs.map((job) => job.runId)).toEqual(["0198d1c2-0000-7000-8000-000000000001"]);
});

it("a new leader · catches up the nights that were missed, and leaves a tenant's first night to the next tick", async () => {
  const claims: string[] = [];
  await catchUpNights({
    now: () => new Date("2026-05-04T09:00:00Z"),
    tenants: async () => [
      { id: "down-for-days", timeZone: "Europe/Berlin", nightlyAt: "04:15", lastNight: "2026-05-01" },
      { id: "new", timeZone: "Europe/Berlin", nightlyAt: "04:15", lastNight: null },
      { id: "had-it", timeZone: "Europe/Berlin", nightlyAt: "04:15", lastNight: "2026-05-04" },
    ],
    claimNight: async (tenantId, night) => {
      claims.push(`${tenantId} ${night}`);
      return null;
    },
    enqueueStartRun: async () => undefined,
    info: () => undefined,
  });
  expect(claims).toEqual(["down-for-days 2026-05-04"]);
});

it("eight processes at once · set one tick and make one run per tenant and night, put on the queue once", async () => {
  const fleet = await openSampleFleet(inject("postgresUrl"), inject("redisUrl"));
  const { timeZone } = (await fleet.db.tenants.find(TENANT)) ?? { timeZone: "" };
  // One moment for all: midnight may pass meanwhile.
  const now = new Date();
  const processes = Array.from({ length: 8 }, (_, index) => {
    const db = openDb({ url: fleet.databaseUrl, poolMax: 2, applicationName: `process-${index}` });
    const queues = openQueues({ redisUrl: inject("redisUrl"), prefix: fleet.prefix });
    const deps: NightlyDeps = {
      tenants: async () => {
        const last = await db.nightly.lastNights();
        return (await db.tenants.list()).map(({ id, nightlyAt }) => ({ id, timeZone, nightlyAt, lastNight: last.get(id) ?? null }));
      },
      claimNight: (tenantId, night, cutoff) => db.nightly.claimNight(tenantId, night, { cutoff, deadlineAt: new Date("2100-01-01") }),
      enqueueStartRun: (job) => queues.enqueueStartRun(job),
      info: () => undefined,
      now: () => now,
    };
    return { db, queues, deps };
  });
  const settings = await fleet.db.tenants.find(TENANT);
  if (!settings) throw new Error("expected the sample bakery");
  const { id: _, ...bakery } = settings;
  for (let number = 1; number < 20; number++) await fleet.db.tenants.put(`bakery-${number}`, bakery);

  await Promise.all(processes.map(({ queues }) => queues.upsertNightlyTick(15)));
  await Promise.all(processes.map(({ deps }) => startDueNights(deps)));
  const runs = await fleet.db.runs.openRuns();
  expect(new Set(runs.map(({ tenantId }) => tenantId)).size).toBe(20);
  expect(runs.map(({ cutoff }) => cutoff).every((cutoff) => cutoff <= addDays(businessDayOf(now, timeZone), -1))).toBe(true);
  const filled = (await fleet.queues.depth()).filter(({ count }) => count > 0);
  expect(filled).toEqual([
    { queue: "start-run", state: "waiting", count: 20 },
    { queue: "nightly", state: "delayed", count: 1 },
  ]);

  await Promise.all(processes.map(async ({ db, queues }) => Promise.all([db.close(), queues.close()])));
  await fleet.close();
});
