import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createClient, type Client } from "./client.js";
import { nameStatements } from "./planned-statements.js";
import { MeasuredPool } from "./pool.js";
import { asTenant } from "./row-security.js";
import { openSampleBakery, productOf, settingsOf, startedRun, TENANT, type SampleBakery } from "./sample-bakery.js";

const OTHER = "other-bakery";
const TIMES = 6;

let world: SampleBakery;
let pool: MeasuredPool;
let client: Client;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
  await world.db.tenants.put(OTHER, settingsOf("Other Bakery"));
  await startedRun(world.bakery, [productOf(1), productOf(2)]);
  await startedRun(world.db.forTenant(OTHER), [productOf(1)]);
  // One connection: whatever is kept is kept there.
  pool = new MeasuredPool({ url: world.url, poolMax: 1, applicationName: "levain-test" });
  client = createClient(pool);
});
afterAll(async () => {
  await client.$disconnect();
  await pool.end();
  await world.close();
});

const keptWith = async (text: string): Promise<number> =>
  (await pool.query("SELECT FROM pg_prepared_statements WHERE strpos(statement, $1) > 0", [text])).rows.length;

const often = async <T>(ask: () => Promise<T>): Promise<T[]> => {
  const answers: T[] = [];
  for (let time = 0; time < TIMES; time++) answers.push(await ask());
  return answers;
};

describe("a statement", () => {
  test("that is said often is kept planned, and answers for whatever it is asked with", async () => {
    const namesOf = (tenantId: string) => client.$queryRaw<{ id: string }[]>`SELECT id AS id FROM products WHERE tenant_id = ${tenantId} ORDER BY id`;
    const answers = await often(async () => [(await namesOf(TENANT)).length, (await namesOf(OTHER)).length, (await namesOf("nobody")).length]);
    expect(answers).toEqual(Array.from({ length: TIMES }, () => [2, 1, 0]));
    expect(await keptWith("SELECT id AS id FROM products")).toBe(1);
  });

  test("that is said once, or calls a function, is not kept", async () => {
    await client.$queryRaw`SELECT 1 AS once`;
    await often(() => client.$queryRaw`SELECT * FROM stored_forecast(${TENANT}, ${"nothing"})`);
    expect([await keptWith("AS once"), await keptWith("stored_forecast")]).toEqual([0, 0]);
  });

  test("that is kept shows each tenant its own rows, and the fleet all of them, by turns over one connection", async () => {
    const clients = [asTenant(client, TENANT), asTenant(client, OTHER), client];
    const seen = await often(() => Promise.all(clients.map((each) => each.$queryRaw<{ tenant: string }[]>`SELECT DISTINCT tenant_id AS tenant FROM products ORDER BY 1`)));
    expect(await keptWith("SELECT DISTINCT tenant_id AS tenant")).toBe(1);
    const expected = [[TENANT], [OTHER], [OTHER, TENANT]].map((tenants) => tenants.toSorted().map((tenant) => ({ tenant })));
    expect(seen).toEqual(Array.from({ length: TIMES }, () => expected));
  });

  test("that is kept goes on while a migration adds a column", async () => {
    const list = () => client.product.findMany({ where: { tenantId: TENANT } });
    const [before] = await often(list);
    expect(await keptWith(`FROM "public"."products"`)).toBeGreaterThan(0);
    await pool.query("ALTER TABLE products ADD COLUMN of_tomorrow integer");
    expect(await list()).toEqual(before);
  });
});

test("statements without end · leave room for no more than a hundred", () => {
  const nameOf = nameStatements();
  const say = (sql: string) => Array.from({ length: TIMES }, () => nameOf({ sql })).at(-1);
  const names = Array.from({ length: 5_000 }, (_, i) => say(`SELECT ${i}`)).filter((name) => name !== "");
  expect(new Set(names).size).toBe(100);
  expect(names).toHaveLength(100);
});
