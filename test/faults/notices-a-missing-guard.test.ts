import { copyDatabase, migrationsFolder, openDb } from "@levain/db";
import pg from "pg";
import { afterEach, describe, expect, inject, it } from "vitest";
import { settingsOf } from "../../packages/db/src/sample-bakery.js";
import { bakeryId } from "./rig/bakeries.js";
import { record } from "./rig/figures.js";
import { openFleet, type FaultTenant, type Fleet } from "./rig/fleet.js";
import { patchedEnv, WITHOUT_CHECKSUM, WITHOUT_GENERATION, WITHOUT_LEASE, withoutAttemptFence, withoutOneOpenRun, withoutRunFence, type Patch } from "./rig/guards.js";
import { leaseNamesTheOpenRun, manyAskAndOneIsAccepted, replacedWorkerWritesNothing, spoiledModelDoesNotServe, startLostByTheQueueIsPutBack, supersededRunWritesNothing, type Bare } from "./rig/scenarios.js";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A database of its own, with a guard taken out or whole. */
async function openBare(loosen: ((sql: pg.Pool) => Promise<void>) | null): Promise<Bare> {
  const { url, drop } = await copyDatabase(inject("postgresUrl"), migrationsFolder);
  const db = openDb({ url, poolMax: 8, applicationName: "fault-test" });
  const sql = new pg.Pool({ connectionString: url, max: 2 });
  // A pool ends before its connections have left; the database is dropped over the last of them.
  sql.on("error", () => undefined);
  closers.push(drop, () => db.close(), () => sql.end());
  await loosen?.(sql);
  await db.tenants.put("bare", settingsOf("Bare"));
  return { db, sql, tenantId: "bare" };
}

const QUICK_REPAIR = { REPAIR_EVERY_SECONDS: "0.5", STALE_AFTER_SECONDS: "1" };

async function openPatched(patch: Patch | null, workers: number): Promise<{ fleet: Fleet; tenant: FaultTenant }> {
  const env = { ...QUICK_REPAIR, ...(patch === null ? {} : patchedEnv(patch)) };
  const fleet = await openFleet({ workers, producerEnv: env, workerEnv: env });
  closers.push(() => fleet.close());
  return { fleet, tenant: await fleet.addTenant(bakeryId(2)) };
}

describe("the tests notice a fleet without", () => {
  // What the story says then is what was looked for: a story that failed for another reason would prove nothing.
  it.each([
    { guard: "the run's fence", loosen: withoutRunFence, story: supersededRunWritesNothing, says: /instead of rejecting/ },
    { guard: "the attempt's fence", loosen: withoutAttemptFence, story: replacedWorkerWritesNothing, says: /instead of rejecting/ },
    { guard: "the index of one open run", loosen: withoutOneOpenRun, story: manyAskAndOneIsAccepted, says: /length of 1/ },
  ].map((one) => [one.guard, one] as const))("%s", async (guard, { loosen, story, says }) => {
    await story(await openBare(null));
    const loose = await openBare(loosen);
    await expect(story(loose)).rejects.toThrow(says);
    await record(`guard taken out: ${guard}`, { noticed: 1 });
  });

  it.each([
    { guard: "the checksum", patch: WITHOUT_CHECKSUM, workers: 1, story: spoiledModelDoesNotServe, says: /not to be/ },
    { guard: "the generation in a job's id", patch: WITHOUT_GENERATION, workers: 0, story: startLostByTheQueueIsPutBack, says: /the run ends once its start is put back/ },
    { guard: "the lease", patch: WITHOUT_LEASE, workers: 1, story: leaseNamesTheOpenRun, says: /expected null to be/ },
  ].map((one) => [one.guard, one] as const))("%s", async (guard, { patch, workers, story, says }) => {
    const [whole, loose] = await Promise.all([openPatched(null, workers), openPatched(patch, workers)]);
    await story(whole.fleet, whole.tenant);
    await expect(story(loose.fleet, loose.tenant)).rejects.toThrow(says);
    await record(`guard taken out: ${guard}`, { noticed: 1 });
  });
});
