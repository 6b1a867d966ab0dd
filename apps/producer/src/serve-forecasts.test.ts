import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSampleProducer, productOf, startRunOf, TENANT, trainedTomorrow, trainOne, type SampleProducer } from "./sample-producer.js";
import { context, TRAINED_FOR_DAYS, trainForReal } from "./sample-forecasts.js";

let producer: SampleProducer;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl") });
  await trainForReal(producer.db, "croissant");
});
afterAll(() => producer.close());

type Day = { day: string; median: number; low80: number; high80: number; quantiles?: { level: number; value: number }[]; components?: { kind: string; name: string; units: number }[]; sentence?: string };

const OF_TENANT = `/v1/tenants/${TENANT}`;
const PRODUCTS = `${OF_TENANT}/products`;
const get = async (url: string) => {
  const answer = await producer.server.inject({ url, headers: producer.tenant });
  return { status: answer.statusCode, body: answer.json() };
};
const ask = async (payload: object, productId = "croissant") => {
  const answer = await producer.server.inject({ method: "POST", url: `${PRODUCTS}/${productId}/forecast/what-if`, headers: producer.tenant, payload });
  return { status: answer.statusCode, body: answer.json() };
};
const sum = (components: Day["components"] = []) => components.reduce((total, { units }) => total + units, 0);

describe("a forecast that is computed from the stored model", () => {
  test("is, to rounding, the one that was stored, where nothing else is asked", async () => {
    const stored = await get(`${PRODUCTS}/croissant/forecast`);
    const computed = await get(`${PRODUCTS}/croissant/forecast?horizon=${TRAINED_FOR_DAYS}`);
    expect(computed.body.days.length).toBe(TRAINED_FOR_DAYS - 2);
    for (const [i, day] of (computed.body.days as Day[]).entries()) {
      const before = stored.body.days[i] as Day;
      expect(day.day).toBe(before.day);
      for (const bound of ["median", "low80", "high80"] as const) expect(day[bound]).toBeCloseTo(before[bound], 4);
      expect(Object.keys(day)).toEqual(Object.keys(before));
    }
    expect(computed.body).toMatchObject({ model: stored.body.model, calendarUntil: "2026-05-15" });
  });

  test("has any quantiles, which never cross, as far as 28 days, closed Mondays left out", async () => {
    const { body } = await get(`${PRODUCTS}/croissant/forecast?quantiles=0.95,0.05,0.5,0.333&horizon=28`);
    expect(body.days).toHaveLength(24);
    expect(body.days.at(-1).day).toBe("2026-05-29");
    for (const { quantiles = [], median } of body.days as Day[]) {
      expect(quantiles.map(({ level }) => level)).toEqual([0.05, 0.333, 0.5, 0.95]);
      const values = quantiles.map(({ value }) => value);
      expect(values).toEqual(values.toSorted((a, b) => a - b));
      expect(values[2]).toBe(median);
    }
  });

  test("says what each day is made of: components add up to the median, with a sentence", async () => {
    const { body } = await get(`${PRODUCTS}/croissant/forecast?components=true`);
    for (const { median, components, sentence } of body.days as Day[]) {
      expect(sum(components)).toBeCloseTo(median, 6);
      expect(sentence).toMatch(/^(Usually|As usual)/);
    }
    expect((body.days as Day[]).find(({ day }) => day === "2026-05-02")?.sentence).toMatch(/Saturday \+\d/);
  });

  test("is refused field by field where levels or horizon are none", async () => {
    const { status, body } = await get(`${PRODUCTS}/croissant/forecast?quantiles=0.5,1.5,x&horizon=29&colour=blue`);
    expect(status).toBe(400);
    expect(body.errors.map(({ path }: { path: string }) => path)).toEqual(expect.arrayContaining(["query.horizon", "query.colour"]));
    expect((await get(`${PRODUCTS}/croissant/forecast?quantiles=`)).status).toBe(400);
  });

  test("says so where what the model must be told was not kept, and still shows what was stored", async () => {
    await trainForReal(producer.db, "old-bun", { keepsCalendar: false });
    expect(await get(`${PRODUCTS}/old-bun/forecast?components=true`)).toMatchObject({ status: 409, body: { type: "urn:levain:problem:no-drivers" } });
    expect((await get(`${PRODUCTS}/old-bun/forecast`)).status).toBe(200);
    const { specialDaysAhead: _unknown, ...before } = context();
    await trainForReal(producer.db, "old-roll", { context: before });
    expect((await get(`${PRODUCTS}/old-roll/forecast?horizon=14`)).status).toBe(200);
    expect(await get(`${PRODUCTS}/old-roll/forecast?horizon=15`)).toMatchObject({ status: 409, body: { type: "urn:levain:problem:beyond-calendar" } });
    await trainOne(producer.db, "strange-roll", TENANT, trainedTomorrow());
    expect(await get(`${PRODUCTS}/strange-roll/forecast?horizon=3`)).toMatchObject({ status: 409, body: { type: "urn:levain:problem:unreadable-model" } });
    expect((await get(`${PRODUCTS}/no-such-bun/forecast?horizon=3`)).status).toBe(404);
  });

  test("is listed for the whole tenant, page by page, each product as it is alone or with its reason", async () => {
    const open = await producer.server.inject({ method: "POST", url: `${OF_TENANT}/training-runs`, headers: producer.tenant });
    await startRunOf(producer.db, open.json().id, [productOf("untrained")]);
    await producer.db.forTenant(TENANT).cancelRun(open.json().id);
    const items: { productId: string; unavailable?: string }[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const { body } = await get(`${OF_TENANT}/forecasts?limit=2&horizon=3&components=true${cursor && `&cursor=${cursor}`}`);
      items.push(...body.items);
      cursor = body.nextCursor;
    }
    expect(items.map(({ productId, unavailable }) => [productId, unavailable])).toEqual([
      ["croissant", undefined],
      ["old-bun", "no-drivers"],
      ["old-roll", undefined],
      ["strange-roll", "unreadable-model"],
      ["untrained", "no-model"],
    ]);
    expect(items[0]).toEqual((await get(`${PRODUCTS}/croissant/forecast?horizon=3&components=true`)).body);
  });
});

describe("what if", () => {
  test("it were warmer on one day: that day changes by what its temperature is worth, the others stay", async () => {
    const { status, body } = await ask({ days: [{ day: "2026-05-05", drivers: { temperature_c: 30 } }], horizon: 5 });
    expect(status).toBe(200);
    const changed = body.days.filter((day: { difference: { units: number } }) => Math.abs(day.difference.units) > 1e-9);
    expect(changed.map(({ day }: Day) => day)).toEqual(["2026-05-05"]);
    const [{ difference, median, standing }] = changed;
    expect(difference.units).toBeGreaterThan(3);
    expect(median - standing.median).toBe(difference.units);
    expect(sum(difference.components)).toBeCloseTo(difference.units, 6);
    const strongest = difference.components.toSorted((a: { units: number }, b: { units: number }) => Math.abs(b.units) - Math.abs(a.units))[0];
    expect(strongest).toMatchObject({ kind: "regressor", name: "temperature_c" });
  });

  test("there were a promotion, and the shop were closed or open against its plan", async () => {
    const { body } = await ask({ days: [{ day: "2026-05-06", drivers: { promotion: 1 } }, { day: "2026-05-07", isOpen: false }, { day: "2026-05-04", isOpen: true }], horizon: 7, quantiles: [0.9] });
    const on = (day: string) => body.days.find((each: Day) => each.day === day);
    expect(on("2026-05-06").difference.units).toBeGreaterThan(10);
    expect(on("2026-05-07")).toMatchObject({ median: 0, sentence: "Closed.", quantiles: [{ level: 0.9, value: 0 }] });
    expect(on("2026-05-07").difference.units).toBe(-on("2026-05-07").standing.median);
    expect(on("2026-05-04").standing.median).toBe(0);
    expect(on("2026-05-04").median).toBeGreaterThan(20);
  });

  test("something that the model knows nothing of, or a day that it does not forecast, is refused by name", async () => {
    const { status, body } = await ask({ days: [{ day: "2026-05-03", drivers: { snow_cm: 3 } }, { day: "2026-05-03" }, { day: "2026-05-20" }], horizon: 7 });
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { path: "body.days[0].drivers.snow_cm", expected: "one of temperature_c, school_holiday, promotion, from which the model has learnt", received: "snow_cm" },
      { path: "body.days[1].day", expected: "each day once", received: "2026-05-03" },
      { path: "body.days[2].day", expected: "a day from 2026-05-02 to 2026-05-08", received: "2026-05-20" },
    ]);
  });
});

describe("with the weather that is forecast", () => {
  const weather = (issuedAt: string, firstDay: string, degrees: readonly number[]) => producer.db.forTenant(TENANT).keepWeatherAhead({ issuedAt, firstDay, columns: [{ name: "temperature_c", values: [...degrees] }] });
  const warmth = ({ components = [] }: Day): number => sum(components.filter(({ name }) => name === "temperature_c"));

  test("the newest counts, says its age, and gives way to what somebody assumes", async () => {
    const [before] = (await get(`${PRODUCTS}/croissant/forecast?components=true`)).body.days as Day[];
    await weather("2026-05-01T02:00:00.000Z", "2026-05-01", [10, 2, 2]);
    await weather("2026-05-02T02:00:00.000Z", "2026-05-02", [34, 34]);
    const { body } = await get(`${PRODUCTS}/croissant/forecast?components=true`);
    expect(body.weather).toEqual({ issuedAt: "2026-05-02T02:00:00.000Z", ageHours: 20 });
    const [hot, second] = body.days as [Day, Day];
    if (!before) throw new Error("expected a day");
    expect(warmth(hot)).toBeGreaterThan(warmth(before) + 5);
    expect(hot.median).toBeGreaterThan(before.median + 5);
    const assumed = await ask({ days: [{ day: hot.day, drivers: { temperature_c: 5 } }], horizon: 3 });
    expect(assumed.body.weather).toEqual(body.weather);
    expect(assumed.body.days[0].median).toBeLessThan(before.median);
    expect(assumed.body.days[1].median).toBeCloseTo(second.median, 9);
    const listed = (await get(`${OF_TENANT}/forecasts?limit=1&components=true`)).body.items[0];
    expect(listed).toEqual(body);
  });

  test("a forecast that has wholly passed is none", async () => {
    await weather("2026-05-03T02:00:00.000Z", "2026-04-20", [34, 34]);
    const { body } = await get(`${PRODUCTS}/croissant/forecast?components=true`);
    expect(body.weather).toBeNull();
  });
});
