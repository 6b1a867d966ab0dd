import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSampleBakery, settingsOf, TENANT, type SampleBakery } from "./sample-bakery.js";
import type { StoredSalesRow } from "./stored-sales.js";

const YEAR = { from: "2026-01-01", until: "2026-12-31" };

let world: SampleBakery;
let admin: pg.Client;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
  admin = new pg.Client({ connectionString: world.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await world.close();
});

let tenants = 0;
/** A tenant of its own, as a request of its own sees it. */
async function newTenant() {
  const id = `stored-${++tenants}`;
  await world.db.tenants.put(id, settingsOf(id));
  return { id, db: world.db.asTenant(id) };
}

const row = (productId: string, day: string, quantity: number, others: Partial<StoredSalesRow> = {}): StoredSalesRow => ({ productId, productName: null, day, quantity, soldOutAt: null, ...others });

/** All that is stored of a tenant, with when it was written. */
const everythingOf = async (tenantId: string): Promise<unknown> =>
  (await admin.query("SELECT (SELECT json_agg(s ORDER BY product_id, day) FROM stored_sales s WHERE tenant_id = $1) AS sales, (SELECT json_agg(p ORDER BY id) FROM stored_products p WHERE tenant_id = $1) AS products", [tenantId])).rows[0];

describe("stored sales", () => {
  test("are what was put: new rows added, changed ones replaced, the same again not even touched", async () => {
    const { id, db } = await newTenant();
    const rows = [row("rye", "2026-05-02", 4), row("rye", "2026-05-01", 3.5, { productName: "Rye", soldOutAt: "15:40" }), row("bun", "2026-05-01", -1)];
    expect(await db.putSales(rows)).toEqual({ added: 3, replaced: 0, unchanged: 0 });
    const before = await everythingOf(id);
    expect(await db.putSales(rows)).toEqual({ added: 0, replaced: 0, unchanged: 3 });
    expect(await everythingOf(id)).toEqual(before);
    expect(await db.putSales([row("rye", "2026-05-01", 3.5), row("rye", "2026-05-02", 5), row("bun", "2026-05-01", -1), row("bun", "2026-05-03", 2)])).toEqual({ added: 1, replaced: 2, unchanged: 1 });
    expect((await db.storedSales("rye", YEAR)).records).toEqual([{ day: "2026-05-01", quantity: 3.5 }, { day: "2026-05-02", quantity: 5 }]);
    expect(await db.storedProducts()).toEqual([
      { id: "bun", name: "bun", isDiscontinued: false, hasOwnEvents: false },
      { id: "rye", name: "Rye", isDiscontinued: false, hasOwnEvents: false },
    ]);
    expect(await db.storedRange()).toEqual({ products: 2, firstDay: "2026-05-01", lastDay: "2026-05-03" });
  });

  test("carry the time at which the shelf was empty", async () => {
    const { db } = await newTenant();
    await db.putSales([row("rye", "2026-05-01", 8, { soldOutAt: "15:40" }), row("rye", "2026-05-02", 8)]);
    expect(await db.storedSales("rye", { from: "2026-05-01", until: "2026-05-02" })).toEqual({
      kind: "daily",
      records: [{ day: "2026-05-01", quantity: 8, soldOutAt: "15:40" }, { day: "2026-05-02", quantity: 8 }],
      unreadable: { count: 0, examples: [] },
    });
  });

  test("say when the shop was open, and the calendar's column `open` when it will be", async () => {
    const { db } = await newTenant();
    await db.putSales([row("rye", "2026-05-01", 3), row("bun", "2026-05-02", 0), row("rye", "2026-05-02", -1), row("bun", "2026-05-04", 1)]);
    expect(await db.storedOpenDays(YEAR)).toEqual(["2026-05-01", "2026-05-04"]);
    await db.putColumns("events", null, [{ name: "open", firstDay: "2026-05-03", values: [1, 1, 0, 1, null, 1] }, { name: "fair", firstDay: "2026-05-03", values: [1] }]);
    expect(await db.storedOpenDays(YEAR)).toEqual(["2026-05-01", "2026-05-04", "2026-05-06", "2026-05-08"]);
    expect(await db.storedOpenDays({ from: "2026-05-02", until: "2026-05-06" })).toEqual(["2026-05-04", "2026-05-06"]);
    expect(await db.storedColumns("events", null)).toEqual([{ name: "fair", firstDay: "2026-05-03", values: [1] }]);
  });

  test("have columns beside them, of the shop or of one product, each upload in the place of the one before", async () => {
    const { db } = await newTenant();
    await db.putSales([row("rye", "2026-05-01", 3), row("bun", "2026-05-01", 3)]);
    await db.putColumns("weather", null, [{ name: "temperature_c", firstDay: "2026-05-01", values: [1.5, null] }]);
    await db.putColumns("weather", null, [{ name: "temperature_c", firstDay: "2026-05-02", values: [2] }]);
    await db.putColumns("events", "rye", [{ name: "open", firstDay: "2026-05-02", values: [1] }]);
    expect(await db.storedColumns("weather", null)).toEqual([{ name: "temperature_c", firstDay: "2026-05-02", values: [2] }]);
    expect(await db.storedColumns("traffic", null)).toEqual([]);
    expect(await db.storedColumns("events", "rye")).toEqual([{ name: "open", firstDay: "2026-05-02", values: [1] }]);
    expect((await db.storedProducts()).map(({ id, hasOwnEvents }) => [id, hasOwnEvents])).toEqual([["bun", false], ["rye", true]]);
  });

  test("of another tenant are not there, not even for whoever takes its name", async () => {
    const [own, other] = [await newTenant(), await newTenant()];
    await other.db.putSales([row("rye", "2026-05-01", 3)]);
    await other.db.putColumns("traffic", null, [{ name: "passers_by", firstDay: "2026-05-01", values: [9] }]);
    expect(await own.db.storedProducts()).toEqual([]);
    expect((await own.db.storedSales("rye", YEAR)).records).toEqual([]);
    expect(await own.db.storedColumns("traffic", null)).toEqual([]);
    await admin.query("BEGIN");
    await admin.query("SET LOCAL ROLE levain_tenant");
    await admin.query("SELECT set_config('levain.tenant_id', $1, true)", [own.id]);
    for (const table of ["stored_products", "stored_sales", "stored_columns"]) expect((await admin.query(`SELECT * FROM ${table}`)).rows, table).toEqual([]);
    await expect(admin.query("INSERT INTO stored_products (tenant_id, id, name) VALUES ($1, 'x', 'x')", [other.id])).rejects.toThrow(/row-level security/);
    await admin.query("ROLLBACK");
  });

  test("of two uploads at once are whole, and neither waits for the other for ever", async () => {
    const { db } = await newTenant();
    const rows = Array.from({ length: 400 }, (_, index) => row(`bread-${index % 7}`, `2026-0${1 + (index % 9)}-${10 + (index % 18)}`, index)).filter((each, index, all) => all.findIndex((other) => other.productId === each.productId && other.day === each.day) === index);
    const answers = await Promise.all(Array.from({ length: 8 }, (_, turn) => db.putSales(turn % 2 === 0 ? rows : rows.toReversed())));
    expect(answers.reduce((sum, { added }) => sum + added, 0)).toBe(rows.length);
    expect(answers.reduce((sum, { replaced }) => sum + replaced, 0)).toBe(0);
  });

  test("are after any two uploads what they are after the second one comes twice, or the first before both", async () => {
    const rowOf = fc.record({
      productId: fc.constantFrom("rye", "bun", "'; DROP TABLE stored_sales; --"),
      productName: fc.constantFrom(null, "Rye", "Bröt, 🥐"),
      day: fc.constantFrom("2026-05-01", "2026-05-02", "2024-02-29"),
      quantity: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      soldOutAt: fc.constantFrom(null, "00:00", "23:59"),
    });
    const upload = fc.uniqueArray(rowOf, { selector: ({ productId, day }) => `${productId} ${day}`, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(upload, upload, async (first, second) => {
        const [once, twice] = [await newTenant(), await newTenant()];
        for (const rows of [first, second]) await once.db.putSales(rows);
        for (const rows of [first, first, second, second]) await twice.db.putSales(rows);
        const shown = async ({ db }: typeof once) => [await db.storedProducts(), await Promise.all((await db.storedProducts()).map(({ id }) => db.storedSales(id, { from: "2000-01-01", until: "2100-01-01" })))];
        expect(await shown(twice)).toEqual(await shown(once));
        expect(await twice.db.putSales(second)).toEqual({ added: 0, replaced: 0, unchanged: second.length });
      }),
      { numRuns: 40 },
    );
  });

  test("that no code of ours would write are refused by the tables themselves", async () => {
    const refused: readonly (readonly [string, string])[] = [
      [`INSERT INTO stored_sales VALUES ('${TENANT}', 'nothing', '2026-05-01', 1)`, "stored_sales_tenant_id_product_id_fkey"],
      [`INSERT INTO stored_sales VALUES ('${TENANT}', 'nothing', '2026-05-01', 'NaN')`, "stored_sales_quantity"],
      [`INSERT INTO stored_sales VALUES ('${TENANT}', 'nothing', '2026-05-01', 1, '7:30')`, "stored_sales_sold_out_at"],
      [`INSERT INTO stored_columns VALUES ('${TENANT}', 'weather', 'rye', '[]')`, "stored_columns_product"],
    ];
    for (const [sql, constraint] of refused) await expect(admin.query(sql), sql).rejects.toMatchObject({ constraint });
  });
});
