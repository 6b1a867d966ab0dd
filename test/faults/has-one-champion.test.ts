import { copyDatabase, migrationsFolder, openDb, type Db } from "@levain/db";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { contextOf, CUTOFF, productsOf, settingsOf, trained } from "../../packages/db/src/sample-bakery.js";
import { openChance } from "./rig/chance.js";
import { record } from "./rig/figures.js";
import { countOf } from "./rig/runs.js";

const AT_ONCE = 64;
const RUNS = 10;
const READS = 10_000;

describe("the champion of a product", () => {
  let db: Db;
  let sql: pg.Pool;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const copy = await copyDatabase(inject("postgresUrl"), migrationsFolder);
    drop = copy.drop;
    db = openDb({ url: copy.url, poolMax: 32, applicationName: "fault-test" });
    sql = new pg.Pool({ connectionString: copy.url, max: 4 });
    // A pool ends before its connections have left; the database is dropped over the last of them.
    sql.on("error", () => undefined);
    await db.tenants.put("corner", settingsOf("Corner"));
  });
  afterAll(async () => {
    await sql?.end();
    await db?.close();
    await drop?.();
  });

  it("is exactly one at each of 10,000 reads, while 64 commit for its place at once, run after run", async () => {
    const chance = openChance("64 commits at once");
    const tenant = db.forTenant("corner");
    const [bread] = productsOf(1) as [ReturnType<typeof productsOf>[number]];
    const accepted = await tenant.acceptRun({ cutoff: CUTOFF, trigger: "request", requestDigest: "first", deadlineAt: new Date(Date.now() + 3_600_000) });
    if (accepted.kind !== "accepted") throw new Error("expected an accepted run");
    const first = await startAndClaim(accepted.run.id, 1);
    await tenant.commit(accepted.run.id, bread.id, 1, first.fence, trained());

    let isWriting = true;
    let reads = 0;
    let wrong = 0;
    const reading = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (isWriting || reads < READS) {
          reads += 1;
          if ((await countOf(sql, "SELECT count(*) AS n FROM champions WHERE product_id = $1", [bread.id])) !== 1) wrong += 1;
        }
      }),
    );
    let refused = 0;
    for (let number = 1; number <= RUNS; number += 1) {
      const run = await tenant.acceptRun({ cutoff: CUTOFF, trigger: "request", requestDigest: String(number), deadlineAt: new Date(Date.now() + 3_600_000) });
      if (run.kind !== "accepted") throw new Error("expected an accepted run");
      const { fence } = await startAndClaim(run.run.id, AT_ONCE);
      const attempts = chance.shuffled(Array.from({ length: AT_ONCE }, (_, index) => index + 1));
      const ends = await Promise.allSettled(attempts.map((attempt) => tenant.commit(run.run.id, bread.id, attempt, fence, trained({ becomesChampion: chance.next() < 0.7 }))));
      refused += ends.filter(({ status }) => status === "rejected").length;
    }
    isWriting = false;
    await reading;

    expect(wrong).toBe(0);
    expect(refused).toBe(RUNS * (AT_ONCE - 1));
    expect(await countOf(sql, "SELECT count(*) AS n FROM models")).toBe(RUNS + 1);
    // Every decision is kept with its model, so the newest that took the place is the one that has it.
    expect(await countOf(sql, "SELECT m.version AS n FROM champions c JOIN models m ON m.id = c.model_id")).toBe(await countOf(sql, "SELECT max(version) AS n FROM models WHERE became_champion"));
    await record("64 commits at once", { runs: RUNS, commits: RUNS * AT_ONCE, refusedWrites: refused, reads, readsWithoutExactlyOne: wrong });

    async function startAndClaim(runId: string, claims: number): Promise<{ fence: bigint }> {
      const { fence } = await tenant.startRun(runId, contextOf(), [bread], []);
      for (let claim = 0; claim < claims; claim += 1) await tenant.claim(runId, bread.id, `worker-${claim}`);
      return { fence };
    }
  });
});
