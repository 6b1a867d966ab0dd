import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSampleProducer, OTHER_TENANT, productOf, RUNS, settingsOf, startRunOf, TENANT, trainOne, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl") });
});
afterAll(() => producer.close());

const get = async (url: string, headers: { authorization: string } = producer.tenant) => {
  const answer = await producer.server.inject({ url, headers });
  return { status: answer.statusCode, body: answer.json() };
};

/** All items of a listing, page by page. */
const listed = async (path: string, limit: number): Promise<unknown[]> => {
  const items: unknown[] = [];
  let cursor = "";
  do {
    const { body } = await get(`${path}?limit=${limit}${cursor && `&cursor=${cursor}`}`);
    expect(body.items.length).toBeLessThanOrEqual(limit);
    items.push(...body.items);
    cursor = body.nextCursor ?? "";
  } while (cursor !== "");
  return items;
};

const PRODUCTS = `/v1/tenants/${TENANT}/products`;

describe("results", () => {
  test("a forecast tells median and interval per day, from which model and when it was trained", async () => {
    const runId = await trainOne(producer.db, "croissant");
    const { status, body } = await get(`${PRODUCTS}/croissant/forecast`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      productId: "croissant",
      unit: "loaves",
      model: { family: "additive", version: 1, cutoff: "2026-05-01", absentSources: ["traffic"] },
      refusedModels: [],
      days: [
        { day: "2026-05-02", median: 10, low80: 8, high80: 13 },
        { day: "2026-05-03", median: 9, low80: 7, high80: 12 },
      ],
    });
    const models = await get(`${PRODUCTS}/croissant/models`);
    expect(models.body.items).toMatchObject([{ id: body.model.id, runId, isChampion: true, decision: "first model" }]);
  });

  test("a product without a model that serves says so, an unknown one is missing", async () => {
    await trainOne(producer.db, "stollen", TENANT, { kind: "skipped", reason: "no-recent-sales", report: { rows: 0, openDays: 0, zeroDays: 0, firstSale: null, lastSale: null, findings: [] } });
    expect(await get(`${PRODUCTS}/stollen/forecast`)).toMatchObject({ status: 404, body: { type: "urn:levain:problem:no-model" } });
    expect(await get(`${PRODUCTS}/stollen/models`)).toMatchObject({ status: 200, body: { items: [] } });
    expect(await get(`${PRODUCTS}/unheard-of/forecast`)).toMatchObject({ status: 404, body: { type: "about:blank" } });
    expect(await get(`${PRODUCTS}/unheard-of/models`)).toMatchObject({ status: 404 });
  });

  test("a product id may hold slashes, spaces, marks and letters of any script", async () => {
    const id = `Brötchen / 50% "Łódź" ${"🥐".repeat(20)}?#`;
    await trainOne(producer.db, id);
    expect(await get(`${PRODUCTS}/${encodeURIComponent(id)}/forecast`)).toMatchObject({ status: 200, body: { productId: id } });
  });

  test("listings come in pages that together hold everything once", async () => {
    const runId = await trainOne(producer.db, "bagel");
    const runs = await listed(RUNS, 2);
    expect(new Set(runs.map((run) => (run as { id: string }).id)).size).toBe(runs.length);
    expect(runs[0]).toMatchObject({ id: runId });

    const open = await producer.server.inject({ method: "POST", url: RUNS, headers: producer.tenant });
    const ids = Array.from({ length: 7 }, (_, index) => `roll-${index}`);
    await startRunOf(producer.db, open.json().id, ids.map(productOf));
    const trainings = await listed(`${RUNS}/${open.json().id}/products`, 3);
    expect(trainings).toMatchObject(ids.map((productId) => ({ productId, status: "queued" })));
    await producer.db.forTenant(TENANT).cancelRun(open.json().id);

    const products = (await listed(PRODUCTS, 3)) as { id: string }[];
    expect(products.map(({ id }) => id)).toEqual(expect.arrayContaining([...ids, "bagel"]));
    expect(new Set(products.map(({ id }) => id)).size).toBe(products.length);
  });

  test("a page query or cursor that no listing gave out is refused with what was expected", async () => {
    expect((await get(`${RUNS}?limit=0&order=up`)).body.errors).toEqual([
      { path: "query.limit", expected: "number to be >=1", received: '"0"' },
      { path: "query.order", expected: "no such field", received: '"up"' },
    ]);
    const forged = ["{}", '["training-runs",1]', '["products","x"]'].map((key) => Buffer.from(key).toString("base64url"));
    for (const cursor of ["x", "💥", ...forged]) {
      expect.soft(await get(`${RUNS}?cursor=${encodeURIComponent(cursor)}`), cursor).toMatchObject({ status: 400, body: { errors: [{ path: "query.cursor" }] } });
    }
  });
});

describe("operators", () => {
  const put = (id: string, payload: unknown) => producer.server.inject({ method: "PUT", url: `/v1/tenants/${id}`, headers: producer.operator, payload: payload as object });

  test("describe a tenant, change it and find it listed", async () => {
    const settings = { ...settingsOf("Hill Bakery"), nightlyAt: "03:30" };
    expect((await put("hill-bakery", settings)).statusCode).toBe(201);
    const changed = await put("hill-bakery", { ...settings, country: "AT" });
    expect([changed.statusCode, changed.json()]).toEqual([200, { id: "hill-bakery", name: "Hill Bakery", timeZone: "Europe/Berlin", country: "AT", nightlyAt: "03:30" }]);
    const { body } = await get("/v1/tenants", producer.operator);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([TENANT, "hill-bakery", OTHER_TENANT]);
  });

  test("are told every field that is wrong at once", async () => {
    const { statusCode, body } = await put("hill-bakery", { name: "", timeZone: "Mars/Olympus", country: "Germany", sources: { sales: "ftp://till" }, policy: { horizonDays: 90 }, colour: "blue" }).then((answer) => ({
      statusCode: answer.statusCode,
      body: answer.json(),
    }));
    expect(statusCode).toBe(400);
    expect(body.errors).toEqual(
      expect.arrayContaining([
        { path: "body.timeZone", expected: "an IANA time zone such as Europe/Berlin".replace(/^expected /, ""), received: '"Mars/Olympus"' },
        { path: "body.country", expected: "a two-letter ISO 3166 country code", received: '"Germany"' },
        { path: "body.sources.sales", expected: 'an http or https address or "stored"', received: '"ftp://till"' },
        { path: "body.policy.horizonDays", expected: "number to be <=28", received: "90" },
        { path: "body.colour", expected: "no such field", received: '"blue"' },
      ]),
    );
  });

  test("issue a tenant's key, shown once and never logged", async () => {
    const issue = (id: string, payload: object) => producer.server.inject({ method: "POST", url: `/v1/tenants/${id}/keys`, headers: producer.operator, payload });
    const answer = await issue(TENANT, { label: "till" });
    const { secret, keyId } = answer.json();
    expect([answer.statusCode, answer.headers["cache-control"]]).toEqual([201, "no-store"]);
    expect((await get(RUNS, { authorization: `Bearer ${secret}` })).status).toBe(200);
    expect(JSON.stringify(producer.log())).not.toContain(secret);
    expect(producer.log()).toContainEqual(expect.objectContaining({ message: "key issued", keyId, tenantId: TENANT }));
    expect((await issue("no-such-bakery", { label: "till" })).statusCode).toBe(404);
    expect((await issue(TENANT, { label: "till", expiresAt: "2020-01-01T00:00:00Z" })).statusCode).toBe(400);
  });
});
