/** The day before a hot day: its number rises over night, though no model is written, and goes by the last forecast when the service is down. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { addDays, businessDayOf, fromEpochDay, toEpochDay } from "@levain/calendar";
import { BakePlanView, ForecastView, STORED, TenantEconomics, TenantSettings, type DailyColumn } from "@levain/contracts";
import { createRandom } from "../packages/forecast/src/random.js";
import { openQueues, type Queues } from "@levain/queue";
import { AllowedAddressesSetting, openSources } from "@levain/sources";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { fetchDueWeather, type RefreshDeps } from "../apps/worker/src/refresh-weather.js";
import { openWorld, type World } from "./world.js";

const TENANT = "ice-cream-parlour";
const SEED = 11;
const HISTORY_DAYS = 420;
/** A zone in which it is noon: no midnight passes while this runs. */
const hoursToNoon = 12 - new Date().getUTCHours();
const ZONE = `Etc/GMT${hoursToNoon > 0 ? "-" : "+"}${Math.abs(hoursToNoon)}`;
const today = businessDayOf(new Date(), ZONE);
const [yesterday, tomorrow] = [addDays(today, -1), addDays(today, 1)];
const firstDay = toEpochDay(yesterday) - HISTORY_DAYS + 1;

/** Degrees by the season. Today is the coldest of the year, whenever this runs. */
const usual = (epochDay: number): number => 14 - 6 * Math.cos((2 * Math.PI * (epochDay - toEpochDay(today))) / 365.25);

/** Degrees on the days of the history, spells of warmth and cold in a yearly course. */
const random = createRandom(SEED);
let spell = 0;
const temperatures = Array.from({ length: HISTORY_DAYS }, (_, i) => {
  spell = 0.7 * spell + 5 * (random() - 0.5);
  return usual(firstDay + i) + spell;
});
const scoops = (temperature: number): number => Math.max(0, Math.round((60 + 5 * (temperature - 14)) * (1 + 0.1 * (random() - 0.5))));

describe(`tomorrow's weather, seed ${SEED}`, () => {
  let world: World;
  let queues: Queues;
  let database: pg.Client;
  let service: Server;
  let answer: (from: string, until: string) => unknown;
  let asked: string[];

  const forecastOf = (productId: string, query = ""): Promise<ForecastView> => world.operator.call("GET", `/v1/tenants/${TENANT}/products/${productId}/forecast${query}`, ForecastView);
  const on = (day: string, { days }: ForecastView): number => days.find((each) => each.day === day)?.median ?? Number.NaN;
  const models = async (): Promise<number> => (await world.db.forTenant(TENANT).models("ice-cream", { limit: 100 })).items.length;
  const tick = async (): Promise<void> => void (await queues.boardQueues().find(({ name }) => name === "nightly")?.add("nightly-tick", { version: 1 }));

  /** Of the forecast of tomorrow that was valid at an instant. */
  const validMedian = async (at: Date): Promise<number | undefined> => {
    const { rows } = await database.query<{ levels: number[]; quantiles: number[] }>("SELECT * FROM forecast_valid_at($1, 'ice-cream', $2, $3)", [TENANT, tomorrow, at]);
    return rows[0]?.quantiles[rows[0].levels.indexOf(0.5)];
  };

  /** Six warm degrees more than usual from today on, and twelve tomorrow. */
  const hot = (from: string, until: string) => {
    const days = Array.from({ length: toEpochDay(until) - toEpochDay(from) + 1 }, (_, i) => addDays(from, i));
    return { daily: { time: days, temperature_2m_mean: days.map((day) => usual(toEpochDay(day)) + (day === tomorrow ? 12 : 6)) } };
  };

  beforeAll(async () => {
    [answer, asked] = [hot, []];
    service = createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://weather");
      asked.push(url.pathname);
      const body = answer(url.searchParams.get("start_date") ?? "", url.searchParams.get("end_date") ?? "");
      response.writeHead(body === null ? 503 : 200, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    world = await openWorld({ workers: 1 });
    database = new pg.Client({ connectionString: world.databaseUrl });
    await database.connect();
    queues = openQueues({ redisUrl: world.redisUrl, prefix: world.prefix });
    const weatherAhead = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    await world.db.tenants.put(TENANT, TenantSettings.parse({ name: "Ice cream parlour", timeZone: ZONE, country: "DE", sources: { sales: STORED, weather: STORED, weatherAhead }, nightlyAt: "00:00" }));
    const bakery = world.db.forTenant(TENANT);
    const weather: DailyColumn = { name: "temperature_c", firstDay: fromEpochDay(firstDay), values: temperatures };
    await bakery.putColumns("weather", null, [weather]);
    const sold = temperatures.flatMap((temperature, i) => [
      { productId: "ice-cream", productName: "Ice cream", day: fromEpochDay(firstDay + i), quantity: scoops(temperature), soldOutAt: null },
      { productId: "waffle", productName: "Waffle", day: fromEpochDay(firstDay + i), quantity: scoops(14), soldOutAt: null },
    ]);
    await bakery.putSales(sold);
    // Tonight's run, of before anybody had fetched a forecast.
    const night = await world.db.nightly.claimNight(TENANT, today, { cutoff: yesterday, deadlineAt: new Date(Date.now() + 3_600_000) });
    await queues.enqueueStartRun({ version: 1, runId: night?.runId ?? "", generation: 1 });
    for await (const { event } of world.operator.follow(TENANT, night?.runId ?? "")) if (event.type === "run.finished") break;
  });
  afterAll(async () => {
    await queues?.close();
    await database?.end();
    await world?.close();
    service?.close();
  });

  it("raises the number of what sells in the heat over night, with its reason, and writes no model", async () => {
    const before = await forecastOf("ice-cream");
    const waffles = await forecastOf("waffle");
    expect(before.weather).toBeNull();
    const told = new Date();
    await tick();
    const after = await vi.waitFor(async () => {
      const forecast = await forecastOf("ice-cream");
      expect(forecast.weather).not.toBeNull();
      return forecast;
    }, { timeout: 60_000 });

    expect(on(tomorrow, after)).toBeGreaterThan(1.4 * on(tomorrow, before));
    const riseOn = (days: number): number => on(addDays(today, days), after) - on(addDays(today, days), before);
    // Six degrees in two days are believed, six in twelve by half.
    expect(riseOn(12)).toBeLessThan(0.7 * riseOn(2));
    expect(Math.abs(on(tomorrow, await forecastOf("waffle")) / on(tomorrow, waffles) - 1)).toBeLessThan(0.1);
    expect(after.model).toEqual(before.model);
    expect(await models()).toBe(1);

    const computed = await forecastOf("ice-cream", "?components=true");
    expect(on(tomorrow, computed)).toBeCloseTo(on(tomorrow, after), 6);
    expect(computed.weather).toEqual(after.weather);
    expect(computed.days.find(({ day }) => day === tomorrow)?.sentence).toMatch(/temperature \+\d/);

    // What was promised before stays what was promised then.
    const medians = await Promise.all([told, new Date(), new Date(Date.parse(before.model.trainedAt) - 1)].map(validMedian));
    expect(medians).toEqual([on(tomorrow, before), on(tomorrow, after), undefined]);
  });

  it("is in the bake list too, which says which forecast it went by", async () => {
    await world.operator.call("PUT", `/v1/tenants/${TENANT}/economics`, TenantEconomics, { currency: "EUR", defaults: { unitPrice: 3, unitCost: 1 } });
    const plan = await world.operator.call("GET", `/v1/tenants/${TENANT}/bake-plan?date=${tomorrow}`, BakePlanView);
    expect(plan.items.find(({ productId }) => productId === "ice-cream")?.median).toBeCloseTo(on(tomorrow, await forecastOf("ice-cream", "?horizon=14")), 6);
    expect(plan.weather).toEqual((await forecastOf("ice-cream")).weather);
  });

  it("is asked for once a day, and while the service is down the last forecast stays and its breaker spares it", async () => {
    expect(asked).toEqual(["/v1/forecast"]);
    const opened: string[] = [];
    const sources = openSources({ allow: AllowedAddressesSetting.parse("127.0.0.0/8"), onBreakerChange: (_origin, state) => opened.push(state) });
    const [warned, standing]: [unknown[], ForecastView] = [[], await forecastOf("ice-cream")];
    const bakery = world.db.forTenant(TENANT);
    const newest = await bakery.newestWeatherAhead();
    const tomorrowNight: RefreshDeps = {
      tenants: async () => (await world.db.tenants.list()).filter(({ id }) => id === TENANT),
      lastIssued: () => world.db.weatherNews.lastIssued(),
      loadWeatherAhead: (tenant, range, signal) => sources.loadWeatherAhead(tenant, range, signal),
      keepWeather: (id, weather) => world.db.forTenant(id).keepWeatherAhead(weather),
      untold: () => world.db.weatherNews.untold(),
      servedProducts: (id, page) => world.db.forTenant(id).servedProducts(page),
      keptContext: (id, runId) => world.db.forTenant(id).keptContext(runId),
      keepIssues: (id, weather, issues) => world.db.forTenant(id).keepForecastIssues(weather, issues),
      markTold: (id, weather) => world.db.forTenant(id).markWeatherTold(weather),
      info: () => undefined,
      warn: (_sentence, { code }) => void warned.push(code),
      now: () => new Date(Date.now() + 86_400_000),
    };
    answer = () => null;
    const { signal } = new AbortController();
    for (let turn = 0; turn < 12; turn += 1) await fetchDueWeather(tomorrowNight, signal);
    expect(opened).toEqual(["open"]);
    expect([warned[0], warned.at(-1)]).toEqual(["source.unavailable", "source.breaker-open"]);
    expect(asked.length).toBeLessThan(12);
    expect(await bakery.newestWeatherAhead()).toEqual(newest);
    expect(await forecastOf("ice-cream")).toEqual(standing);
    await sources.close();
  });
});
