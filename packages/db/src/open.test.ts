import { once } from "node:events";
import { createServer } from "node:net";
import { Failure } from "@levain/contracts";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { openDb, type Db } from "./open.js";
import { acceptedRun, openSampleBakery, TENANT, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeEach(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterEach(() => world.close());

const unavailable = expect.objectContaining({ constructor: Failure, code: "db.unavailable", disposition: "defer" });

/** Every way in, so that no kind of statement goes untranslated. */
const asks = (db: Db): (() => Promise<unknown>)[] => [
  () => db.ping(),
  () => db.tenants.list(),
  () => db.forTenant(TENANT).claim("00000000-0000-4000-8000-000000000000", "x", "w"),
];

async function administer(run: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: world.url });
  await client.connect();
  await run(client).finally(() => client.end());
}

describe("the database", () => {
  test("that is not there is unavailable, which is tried again", async () => {
    const nowhere = openDb({ url: "postgresql://nobody@127.0.0.1:1/none", poolMax: 2, applicationName: "levain-test" });
    for (const ask of asks(nowhere)) await expect(ask()).rejects.toEqual(unavailable);
    await nowhere.close();
  });

  test("that hangs up on every connection is unavailable", async () => {
    const rude = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(rude, "listening");
    const address = rude.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const db = openDb({ url: `postgresql://nobody@127.0.0.1:${port}/none`, poolMax: 2, applicationName: "levain-test" });
    for (const ask of asks(db)) await expect(ask()).rejects.toEqual(unavailable);
    await db.close();
    rude.close();
  });

  test("that ends our connections amid a statement is unavailable, and answers the next one", async () => {
    const db = openDb({ url: world.url, poolMax: 1, applicationName: "levain-doomed" });
    await db.ping();
    await administer(async (client) => {
      await client.query("BEGIN");
      await client.query("LOCK TABLE tenants");
      const terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'levain-doomed' AND wait_event_type = 'Lock'";
      await Promise.all([
        expect(db.tenants.list()).rejects.toEqual(unavailable),
        until(async () => (await client.query(terminate)).rowCount === 1),
      ]);
    });
    expect(await db.tenants.list()).toHaveLength(1);
    await db.close();
  });

  test("that takes longer than a statement may is unavailable", async () => {
    const db = openDb({ url: world.url, poolMax: 1, applicationName: "levain-test", statementTimeoutMs: 50 });
    await administer(async (client) => {
      await client.query("BEGIN");
      await client.query("LOCK TABLE tenants");
      await expect(db.tenants.list()).rejects.toEqual(unavailable);
    });
    await db.close();
  });

  test("that refuses a statement of ours is no reason to call it unavailable", async () => {
    await expect(world.db.forTenant("nobody").acceptRun({ cutoff: "2026-05-01", trigger: "request", requestDigest: "x", deadlineAt: new Date() })).rejects.not.toBeInstanceOf(Failure);
  });

  test("counts who waited for a connection, and for how long", async () => {
    const db = openDb({ url: world.url, poolMax: 2, applicationName: "levain-test" });
    await Promise.all(Array.from({ length: 2 }, () => db.tenants.list()));
    expect(db.poolStats()).toMatchObject({ max: 2, total: 2, waitsTotal: 0, waitedMs: 0 });
    await Promise.all(Array.from({ length: 6 }, () => db.tenants.list()));
    const stats = db.poolStats();
    expect(stats).toMatchObject({ total: 2, idle: 2, waiting: 0, waitsTotal: 4 });
    expect(stats.waitedMs).toBeGreaterThan(0);
    await db.close();
  });

  test("keeps instants, whatever zone its server lives in", async () => {
    await administer((client) => client.query(`ALTER DATABASE ${client.escapeIdentifier(client.database ?? "")} SET TimeZone = 'Pacific/Chatham'`));
    const db = openDb({ url: world.url, poolMax: 1, applicationName: "levain-test" });
    const before = Date.now();
    const runId = await acceptedRun(db.forTenant(TENANT));
    const run = await db.runs.find(runId);
    expect(Math.abs((run?.acceptedAt.getTime() ?? 0) - before)).toBeLessThan(60_000);
    expect(run?.cutoff).toBe("2026-05-01");
    await administer(async (client) => {
      const { rows } = await client.query<{ deadline_at: Date }>("SELECT deadline_at FROM training_runs");
      expect(rows[0]?.deadline_at).toEqual(run?.deadlineAt);
    });
    await db.close();
  });
});

/** Asks until it is so; the statement that is waited for is under way already. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}
