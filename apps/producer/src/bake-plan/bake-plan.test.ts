import { createHash } from "node:crypto";
import type { BakePlanItem, BakePlanView } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { NOW, openSampleProducer, OTHER_TENANT, TENANT, trainedTomorrow, trainOne, type SampleProducer } from "../sample-producer.js";
import { trainForReal } from "../sample-forecasts.js";
import { csvOf } from "./csv.js";
import { pageOfPlan } from "./page.js";

const OF_TENANT = `/v1/tenants/${TENANT}`;
const SATURDAY = "2026-05-09";
const MONDAY = "2026-05-04";

let producer: SampleProducer;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl") });
  for (const productId of ["bagel", "croissant"]) await trainForReal(producer.db, productId);
  await trainForReal(producer.db, "retired", { product: { isDiscontinued: true } });
  await trainForReal(producer.db, "unpriced");
  await trainOne(producer.db, "strange", TENANT, trainedTomorrow());
});
afterAll(() => producer.close());

const put = async (path: string, payload: object, headers = producer.tenant) => {
  const answer = await producer.server.inject({ method: "PUT", url: `${OF_TENANT}/${path}`, headers, payload });
  return { status: answer.statusCode, body: answer.json() };
};
const planFor = async (date: string) => (await producer.server.inject({ url: `${OF_TENANT}/bake-plan?date=${date}`, headers: producer.tenant })).json() as BakePlanView;
const itemOf = (plan: BakePlanView, productId: string): BakePlanItem => {
  const item = plan.items.find((each) => each.productId === productId);
  if (!item) throw new Error(`expected ${productId} in the plan`);
  return item;
};
const SHOP = { name: "Corner Bakery", timeZone: "Europe/Berlin" };
const TENANT_ECONOMICS = { currency: "EUR", defaults: { unitCost: 1 } };

describe("a bake plan", () => {
  test("is not to be had before the tenant's currency is set", async () => {
    const answer = await producer.server.inject({ url: `${OF_TENANT}/bake-plan?date=${SATURDAY}`, headers: producer.tenant });
    expect([answer.statusCode, answer.json().type]).toEqual([409, "urn:levain:problem:no-economics"]);
  });

  test("bakes more where empty shelves are dear, less where leftovers are, in whole trays above the display's minimum", async () => {
    expect((await put("economics", TENANT_ECONOMICS)).status).toBe(200);
    await put("products/croissant/economics", { unitPrice: 5, goodwillLoss: 1, traySize: 12 });
    await put("products/bagel/economics", { unitPrice: 1.2, displayMin: 6 });
    const plan = await planFor(SATURDAY);
    const [croissant, bagel] = [itemOf(plan, "croissant"), itemOf(plan, "bagel")];
    expect(croissant.median).toBeCloseTo(bagel.median, 6);
    expect(croissant.quantity).toBeGreaterThan(croissant.median);
    expect(bagel.quantity).toBeLessThan(bagel.median);
    expect([croissant.quantity % 12, croissant.trays]).toEqual([0, croissant.quantity / 12]);
    expect(croissant.chanceToSellOut).toBeLessThan(0.3);
    expect(bagel.chanceToSellOut).toBeGreaterThan(0.6);
    expect(plan).toMatchObject({ date: SATURDAY, currency: "EUR", unit: "loaves", totals: { quantity: croissant.quantity + bagel.quantity } });
    expect(plan.totals.expectedCost).toBeCloseTo(croissant.expectedCost + bagel.expectedCost, 9);
    await put("products/bagel/economics", { unitPrice: 1.2, displayMin: 500 });
    expect(itemOf(await planFor(SATURDAY), "bagel").quantity).toBe(500);
    await put("products/bagel/economics", { unitPrice: 1.2, displayMin: 6 });
  });

  test("says of every product that is still sold why it has no quantity", async () => {
    const reasons = ({ unplanned }: BakePlanView) => unplanned.map(({ productId, reason }) => [productId, reason]);
    expect(reasons(await planFor(SATURDAY))).toEqual([["strange", "unreadable-model"], ["unpriced", "no-economics"]]);
    await put("products/unpriced/economics", { unitPrice: 3, wasteValue: 1 });
    expect(reasons(await planFor(SATURDAY))).toContainEqual(["unpriced", "leftovers-pay"]);
    expect(reasons(await planFor(MONDAY))).toContainEqual(["croissant", "closed"]);
    for (const date of ["2026-05-01", "2026-05-30", "2030-01-01"]) expect(reasons(await planFor(date)), date).toContainEqual(["croissant", "beyond-horizon"]);
    expect(itemOf(await planFor("2026-05-29"), "croissant").quantity).toBeGreaterThan(0);
  });

  test("keeps within a shared oven, and takes out what is missed least", async () => {
    const free = await planFor(SATURDAY);
    const placesPerDay = free.totals.quantity - 20;
    await put("economics", { ...TENANT_ECONOMICS, defaults: { unitCost: 1, ovenGroup: "deck" }, ovenGroups: [{ name: "deck", placesPerDay }] });
    const held = await planFor(SATURDAY);
    expect(held.ovens).toEqual([{ name: "deck", placesPerDay, placesUsed: held.totals.quantity }]);
    expect(held.totals.quantity).toBeLessThanOrEqual(placesPerDay);
    // The last tray of the dear one is worth about as much as the bagels in its place; more of it is not given up.
    expect(itemOf(free, "croissant").quantity - itemOf(held, "croissant").quantity).toBeLessThanOrEqual(12);
    expect(itemOf(held, "bagel")).toMatchObject({ isHeldBackByOven: true });
    await put("economics", TENANT_ECONOMICS);
  });

  test("bakes what a person decided, keeps what was advised beside it, and scores the decision's risk", async () => {
    const advised = itemOf(await planFor(SATURDAY), "croissant").advised;
    const decided = await put(`bake-plan/${SATURDAY}/products/croissant`, { quantity: 150, reason: "=wedding, <next door>" });
    expect(decided).toMatchObject({ status: 200, body: { date: SATURDAY, productId: "croissant", quantity: 150, advised, decidedAt: expect.stringContaining("T") } });
    const item = itemOf(await planFor(SATURDAY), "croissant");
    expect(item).toMatchObject({ quantity: 150, advised, override: { quantity: 150, reason: "=wedding, <next door>" } });
    expect(item.chanceToSellOut).toBeLessThan(0.02);
    expect(itemOf(await planFor("2026-05-08"), "croissant").override).toBeNull();
    expect((await put(`bake-plan/${SATURDAY}/products/strange`, { quantity: 5, reason: "by feel" })).body.advised).toBeNull();
    expect((await planFor(SATURDAY)).unplanned).toContainEqual({ productId: "strange", productName: "Fresh strange", reason: "unreadable-model", override: { quantity: 5, reason: "by feel" } });
    expect((await put(`bake-plan/${SATURDAY}/products/nobodys`, { quantity: 5, reason: "?" })).status).toBe(404);
    expect((await put(`bake-plan/2026-02-30/products/croissant`, { quantity: 5, reason: "?" })).status).toBe(400);
  });

  test("comes as a table for spreadsheets, in which no text is a formula", async () => {
    const answer = await producer.server.inject({ url: `${OF_TENANT}/bake-plan?date=${SATURDAY}&format=csv`, headers: producer.tenant });
    expect([answer.headers["content-type"], answer.headers["content-disposition"]]).toEqual(["text/csv; charset=utf-8", `attachment; filename="bake-plan-${SATURDAY}.csv"`]);
    const [header, ...rows] = answer.body.trimEnd().split("\r\n");
    expect(header).toMatch(/^product_id,product,bake,trays,/);
    expect(rows.map((row) => row.split(",")[0])).toEqual(["bagel", "croissant", "strange", "unpriced"]);
    expect(rows[1]).toContain(`150,12.5,`);
    expect(rows[1]).toContain(`"'=wedding, <next door>"`);
    expect(csvOf({ ...(await planFor(SATURDAY)), items: [], unplanned: [{ productId: "@x", productName: 'a "b"\n', reason: "closed", override: null }] })).toContain(`'@x,"a ""b""\n",`);
  });

  test("comes as a page to print that loads and runs nothing, in its own style alone", async () => {
    const answer = await producer.server.inject({ url: `${OF_TENANT}/bake-plan?date=${SATURDAY}&format=html`, headers: producer.tenant });
    expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
    const style = /<style>([^]*?)<\/style>/.exec(answer.body)?.[1] ?? "";
    expect(answer.headers["content-security-policy"]).toContain(`style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`);
    expect(answer.body).not.toMatch(/<script|src=|href=|style=/);
    expect(answer.body).toContain("bake plan for Saturday, 2026-05-09");
    expect(answer.body).toContain("decided: =wedding, &lt;next door&gt;");
    expect(answer.body).toContain("€");
  });

  test("tells on paper and in the table of which weather forecast it is, and how old that was", async () => {
    const standing = await planFor(SATURDAY);
    expect([standing.weather, pageOfPlan(SHOP, standing)]).toEqual([null, expect.stringContaining("No weather forecast reaches this day")]);
    const issuedAt = new Date(NOW.getTime() - 3 * 3_600_000).toISOString();
    await producer.db.forTenant(TENANT).keepWeatherAhead({ issuedAt, firstDay: "2026-05-05", columns: [{ name: "temperature_c", values: [18, 19, 20, 21, 22, 23] }] });
    const [told, table, page] = await Promise.all(["json", "csv", "html"].map(async (format) => (await producer.server.inject({ url: `${OF_TENANT}/bake-plan?date=${SATURDAY}&format=${format}`, headers: producer.tenant })).body));
    expect(JSON.parse(told ?? "").weather).toEqual({ issuedAt, ageHours: 3 });
    const [header, ...rows] = (table ?? "").trimEnd().split("\r\n");
    expect(header).toMatch(/,weather_issued_at,weather_age_hours$/);
    for (const row of rows) expect(row).toMatch(new RegExp(`,${issuedAt.replaceAll(".", "[.]")},3$`));
    expect(page).toContain("3 hours old when this list was made.</p>");
  });

  test.each([
    [0, '<p>Weather forecast of Friday 8 May at 04:10, not an hour old when this list was made.</p>'],
    [1, "1 hour old"],
    [29, "29 hours old when this list was made.</p>"],
    [30, '<p class="old">Weather forecast of Friday 8 May at 04:10, 30 hours old when this list was made. No newer one could be had.</p>'],
    [75, "3 days old"],
  ])("makes %i hours of age plain to who bakes by it", async (ageHours, words) => {
    expect(pageOfPlan(SHOP, { ...(await planFor(SATURDAY)), weather: { issuedAt: "2026-05-08T02:10:00.000Z", ageHours } })).toContain(words);
  });
});

describe("economics", () => {
  test("are shown as they were set, and refused field by field", async () => {
    const shown = await producer.server.inject({ url: `${OF_TENANT}/economics`, headers: producer.tenant });
    expect(shown.json()).toMatchObject({
      tenant: { currency: "EUR", defaults: { unitCost: 1 }, ovenGroups: [] },
      products: [{ productId: "bagel" }, { productId: "croissant", economics: { unitPrice: 5, goodwillLoss: 1, traySize: 12 } }, { productId: "unpriced" }],
    });
    expect((await put("economics", { currency: "euro" })).body.errors).toMatchObject([
      { path: "body.currency", expected: "a three-letter ISO 4217 currency code" },
    ]);
    expect((await put("products/croissant/economics", { unitPrice: -1, traySize: 0, colour: "blue" })).body.errors).toHaveLength(3);
    expect((await put("products/nobodys/economics", { unitPrice: 1 })).status).toBe(404);
  });

  test("are a tenant's own", async () => {
    const theirs = await producer.server.inject({ url: `/v1/tenants/${OTHER_TENANT}/economics`, headers: producer.otherTenant });
    expect(theirs.json()).toEqual({ tenant: null, products: [] });
  });
});
