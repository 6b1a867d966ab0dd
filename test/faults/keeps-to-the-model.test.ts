import { copyDatabase, migrationsFolder, openDb, type Db } from "@levain/db";
import fc from "fast-check";
import { afterAll, beforeAll, describe, inject, it } from "vitest";
import { settingsOf } from "../../packages/db/src/sample-bakery.js";
import { openChance } from "./rig/chance.js";
import { record, seconds } from "./rig/figures.js";
import { emptyModel, expectSame, type Real } from "./rig/run-model.js";
import { steps } from "./rig/run-steps.js";

const SEQUENCES = 1_000;
const STEPS_MAX = 60;

describe("the database", () => {
  let db: Db;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const copy = await copyDatabase(inject("postgresUrl"), migrationsFolder);
    drop = copy.drop;
    db = openDb({ url: copy.url, poolMax: 8, applicationName: "fault-test" });
  });
  afterAll(async () => {
    await db?.close();
    await drop?.();
  });

  it("does what the pure model says, through 1,000 random sequences of asking, starting, claiming, ending, waiting, wiping, cancelling and nights", async () => {
    const { seed } = openChance("random sequences against a pure model");
    const startedAt = performance.now();
    let tenants = 0;
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.commands([...steps], { maxCommands: STEPS_MAX, size: "max" }), async (commands) => {
        tenants += 1;
        const tenantId = `model-${tenants}`;
        await db.tenants.put(tenantId, settingsOf(tenantId));
        const model = emptyModel();
        const real: Real = { db, tenantId, tenant: db.forTenant(tenantId) };
        await fc.asyncModelRun(() => ({ model, real }), commands);
        taken += [...commands].length;
        await expectSame(model, real);
      }),
      { numRuns: SEQUENCES, seed },
    );
    await record("random sequences against a pure model", { sequences: SEQUENCES, steps: taken, violations: 0, seconds: seconds(performance.now() - startedAt) });
  });
});
