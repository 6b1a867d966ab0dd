import { once } from "node:events";
import { request as ask, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { STORED, type SalesUploadView } from "@levain/contracts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import type { ProducerDeps } from "./deps.js";
import { openSampleProducer, settingsOf, TENANT, type SampleProducer } from "./sample-producer.js";

const SHOP = "spreadsheet-bakery";
const YEARS = { from: "2020-01-01", until: "2030-12-31" };
const HEADER = "product_id,product_name,date,quantity,sold_out_at\n";

let producer: SampleProducer;
let url: string;
/** Where set, storing waits for it. */
let gate: Promise<void> | null = null;
let batches = 0;
beforeAll(async () => {
  const putSales: ProducerDeps["putSales"] = async (tenantId, rows) => {
    batches += 1;
    await gate;
    return producer.db.asTenant(tenantId).putSales(rows);
  };
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl"), deps: { putSales } });
  await producer.db.tenants.put(SHOP, { ...settingsOf(SHOP), sources: { sales: STORED, weather: STORED, events: STORED } });
  await producer.server.listen({ host: "127.0.0.1", port: 0 });
  url = `http://127.0.0.1:${(producer.server.server.address() as AddressInfo).port}`;
});
afterAll(() => producer.close());

let tenants = 0;
async function newTenant(): Promise<string> {
  const id = `${SHOP}-${++tenants}`;
  await producer.db.tenants.put(id, { ...settingsOf(id), sources: { sales: STORED } });
  return id;
}

const upload = async (tenantId: string, body: string, contentType = "text/csv") => {
  const answer = await fetch(`${url}/v1/tenants/${tenantId}/sales`, { method: "POST", body, headers: { ...producer.operator, "content-type": contentType } });
  return { status: answer.status, body: (await answer.json()) as SalesUploadView & { title: string; detail: string } };
};
const recordsOf = async (tenantId: string, productId: string) => (await producer.db.forTenant(tenantId).storedSales(productId, YEARS)).records;

describe("uploaded sales", () => {
  test("are stored from CSV and from JSON lines, and the same again changes nothing", async () => {
    const tenantId = await newTenant();
    const csv = `${HEADER}rye,Rye bread,2026-05-01,12.5,15:40\nrye,Rye bread,2026-05-02,7,\nbun,Bun,2026-05-02,30,\n`;
    expect(await upload(tenantId, csv)).toEqual({
      status: 200,
      body: { rows: 3, added: 3, replaced: 0, unchanged: 0, rejected: 0, errors: [], stored: { products: 2, firstDay: "2026-05-01", lastDay: "2026-05-02" } },
    });
    const json =
      '{"productId":"rye","date":"2026-05-01","quantity":12.5,"soldOutAt":"2026-05-01T13:40:00Z"}\n{"productId":"rye","date":"2026-05-02","quantity":7}\n{"productId":"bun","date":"2026-05-02","quantity":30}\n';
    for (const [body, contentType] of [
      [csv, "text/csv; charset=utf-8"],
      [json, "application/x-ndjson"],
    ] as const) {
      expect((await upload(tenantId, body, contentType)).body).toMatchObject({ rows: 3, added: 0, replaced: 0, unchanged: 3 });
    }
    expect(await recordsOf(tenantId, "rye")).toEqual([{ day: "2026-05-01", quantity: 12.5, soldOutAt: "15:40" }, { day: "2026-05-02", quantity: 7 }]);
  });

  test("take the place of what was stored of the product and day, and of the row before them", async () => {
    const tenantId = await newTenant();
    await upload(tenantId, `${HEADER}rye,,2026-05-01,12,15:40\nbun,,2026-05-01,5,\n`);
    expect((await upload(tenantId, `${HEADER}rye,,2026-05-01,13,\nrye,,2026-05-01,14,\nbun,,2026-05-01,5,\n`)).body).toMatchObject({ rows: 3, added: 0, replaced: 2, unchanged: 1 });
    expect(await recordsOf(tenantId, "rye")).toEqual([{ day: "2026-05-01", quantity: 14 }]);
  });

  test("lose only the rows that nobody can read; the first hundred are told, all are counted", async () => {
    const tenantId = await newTenant();
    const bad = Array.from({ length: 250 }, (_, index) => `rye,Rye,2026-05-01,about ${index},\n`).join("");
    const { body } = await upload(tenantId, `${HEADER}rye,Rye,2026-05-01,1,\n${bad}rye,Rye,2026-05-02,2,\n`);
    expect(body).toMatchObject({ rows: 252, added: 2, rejected: 250 });
    expect(body.errors).toHaveLength(100);
    expect(body.errors[0]).toEqual({ line: 3, reason: 'quantity: expected number, got "about 0"' });
  });

  test("twice are what they are once, whatever the rows", async () => {
    const cell = fc.oneof(fc.constantFrom("1", "2.5", "-3", "", "oops", "1e400"), fc.integer({ min: 0, max: 99 }).map(String));
    const row = fc.tuple(fc.constantFrom("rye", "bun", "", "brötchen 🥐"), fc.constantFrom("Rye", ""), fc.constantFrom("2026-05-01", "2026-05-02", "2026-02-30"), cell, fc.constantFrom("", "15:40", "25:00"));
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        const csv = HEADER + rows.map((cells) => `${cells.join(",")}\n`).join("");
        const [once, twice] = [await newTenant(), await newTenant()];
        const { body } = await upload(once, csv);
        for (let turn = 0; turn < 2; turn += 1) await upload(twice, csv);
        const shown = async (tenantId: string) => {
          const products = await producer.db.forTenant(tenantId).storedProducts();
          return [products, await Promise.all(products.map(({ id }) => recordsOf(tenantId, id)))];
        };
        expect(await shown(twice)).toEqual(await shown(once));
        expect(body.rows).toBe(body.added + body.replaced + body.unchanged + body.rejected);
        expect(body.rows).toBe(rows.length);
      }),
      { numRuns: 25 },
    );
  });

  test("of which none can be read are refused as a whole, in words", async () => {
    expect(await upload(SHOP, "date;quantity\n")).toMatchObject({ status: 400, body: { title: "The upload cannot be read", detail: expect.stringContaining("product_id, date, quantity") } });
    expect(await upload(SHOP, "")).toMatchObject({ status: 400 });
    expect(await upload(SHOP, "[]", "application/json")).toMatchObject({ status: 415, body: { detail: "expected a body of the content type text/csv or application/x-ndjson" } });
    expect(await upload(TENANT, HEADER)).toMatchObject({ status: 409, body: { title: "The source is not stored" } });
    expect(await upload("no-such-bakery", HEADER)).toMatchObject({ status: 404 });
  });
});

/** An upload whose body is written piece by piece. */
function opened(tenantId: string) {
  const sent = ask(`${url}/v1/tenants/${tenantId}/sales`, { method: "POST", headers: { ...producer.operator, "content-type": "text/csv" } });
  sent.on("error", () => undefined);
  const answered = once(sent, "response").then(async ([answer]) => {
    const parts: Buffer[] = [];
    for await (const part of answer as IncomingMessage) parts.push(part as Buffer);
    return { status: (answer as IncomingMessage).statusCode, body: JSON.parse(Buffer.concat(parts).toString()) as SalesUploadView };
  });
  return { sent, answered };
}

const rowsOf = (count: number, from = 0): string =>
  Array.from(
    { length: count },
    (_, index) =>
      `bread-${(from + index) % 50},,20${20 + (Math.floor((from + index) / 50) % 10)}-0${1 + (Math.floor((from + index) / 500) % 9)}-1${Math.floor((from + index) / 4_500) % 10},${from + index},\n`,
  ).join("");

describe("a long upload", () => {
  test("is stored while it arrives, and no faster: a sender waits for a slow Postgres", async () => {
    const tenantId = await newTenant();
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    batches = 0;
    const { sent, answered } = opened(tenantId);
    sent.write(HEADER);
    let written = 0;
    // Until nobody takes any more: what lies between here and the gate is full.
    const isFull = new Promise<void>((resolve) => {
      const write = (): void => {
        if (written >= 400) return resolve();
        const hasRoom = sent.write(rowsOf(5_000, written * 5_000));
        written += 1;
        if (hasRoom) return void setImmediate(write);
        const waiting = setTimeout(resolve, 1_500);
        sent.once("drain", () => {
          clearTimeout(waiting);
          write();
        });
      };
      write();
    });
    await Promise.all([isFull, vi.waitUntil(() => batches > 0, { timeout: 30_000 })]);
    expect(batches).toBe(1);
    expect(written).toBeLessThan(400);
    open();
    gate = null;
    sent.end();
    const { status, body } = await answered;
    expect(status).toBe(200);
    expect(body.rows).toBe(written * 5_000);
    expect(body.rejected).toBe(0);
  });

  test("that breaks off leaves its first part, and sent again is complete", async () => {
    const tenantId = await newTenant();
    const { sent, answered } = opened(tenantId);
    answered.catch(() => undefined);
    batches = 0;
    sent.write(HEADER + rowsOf(3_500));
    await vi.waitUntil(() => batches === 3, { timeout: 30_000 });
    sent.destroy();
    await vi.waitUntil(async () => Number((await producer.db.forTenant(tenantId).storedRange()).products) === 50, { timeout: 30_000 });
    const { body } = await upload(tenantId, HEADER + rowsOf(4_000));
    expect(body).toMatchObject({ rows: 4_000, rejected: 0 });
    expect(body.added).toBeLessThan(4_000);
    expect(body.added + body.unchanged).toBe(4_000);
  });

  test("beyond 50 MB is refused, whether it tells its length or not", async () => {
    const { sent, answered } = opened(await newTenant());
    sent.write(HEADER);
    const filler = `${" ".repeat(1_023)}\n`.repeat(1_024);
    let isAnswered = false;
    const answer = answered.finally(() => (isAnswered = true));
    for (let written = 0; written < 60 && !isAnswered; written += 1) if (!sent.write(filler)) await Promise.race([once(sent, "drain"), answer]);
    expect((await answer).status).toBe(413);
    sent.destroy();
    const told = await producer.server.inject({
      method: "POST",
      url: `/v1/tenants/${SHOP}/sales`,
      headers: { ...producer.operator, "content-type": "text/csv", "content-length": String(60 * 1024 * 1024) },
      payload: HEADER,
    });
    expect(told.statusCode).toBe(413);
  });
});

describe("uploaded columns", () => {
  const put = (source: string, columns: unknown, query = "") => producer.server.inject({ method: "PUT", url: `/v1/tenants/${SHOP}/columns/${source}${query}`, headers: producer.operator, payload: { columns } });

  test("are stored for the shop and for a product, for sources that are stored", async () => {
    const column = { name: "temperature_c", firstDay: "2026-05-01", values: [11.5, null] };
    expect((await put("weather", [column])).json()).toEqual({ columns: 1 });
    expect((await put("events", [{ ...column, name: "promotion" }], "?productId=rye")).statusCode).toBe(200);
    const shop = producer.db.forTenant(SHOP);
    expect(await shop.storedColumns("weather", null)).toEqual([column]);
    expect(await shop.storedColumns("events", "rye")).toEqual([{ ...column, name: "promotion" }]);
    expect((await put("traffic", [column])).statusCode).toBe(409);
    expect((await put("weather", [column], "?productId=rye")).statusCode).toBe(400);
    expect((await put("prices", [column])).statusCode).toBe(400);
    expect((await put("weather", [column, column])).statusCode).toBe(400);
    expect((await put("weather", [{ ...column, values: ["warm"] }])).json().errors[0].path).toBe("body.columns[0].values[0]");
  });
});
