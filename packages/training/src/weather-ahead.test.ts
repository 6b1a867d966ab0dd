import { toEpochDay } from "@levain/calendar";
import { describe, expect, test } from "vitest";
import { isWeatherDue } from "./due-weather.js";
import { reachesBeyond, toldOfWeather, trustAfter } from "./weather-ahead.js";

const weather = { issuedAt: "2026-05-02T02:15:00.000Z", firstDay: "2026-05-02", columns: [{ name: "temperature_c", values: [21, null, 30] }, { name: "street_fair", values: [1, 1, 1] }] };
const [second, fourth] = [toEpochDay("2026-05-02"), toEpochDay("2026-05-04")];
const temperature = { name: "temperature_c", start: second - 3, values: Float64Array.of(9, 10, 11), isKnownAhead: false };
const fair = { name: "street_fair", start: second - 3, values: Float64Array.of(0, 0, 0), isKnownAhead: true };
const drivers = { regressors: [temperature, fair], specialDays: [] };

describe("the weather that is forecast", () => {
  test("is assumed of drivers that are not known ahead, on the days that it knows, and of a calendar never", () => {
    const told = toldOfWeather(drivers, weather);
    expect([...(told.regressors[0]?.assumed ?? [])]).toEqual([[second, 21], [fourth, 30]]);
    expect(told.regressors[1]).toBe(fair);
    expect(toldOfWeather(drivers, null)).toBe(drivers);
  });

  test("is believed the less the further ahead it was said: tomorrow's nearly whole, a fortnight's hardly, showers sooner lost than warmth", () => {
    const trust = Array.from({ length: 16 }, (_, lead) => trustAfter(lead, "temperature_c"));
    expect(trust[0]).toBe(1);
    expect(trust.every((share, lead) => lead === 0 || share < (trust[lead - 1] ?? 0))).toBe(true);
    expect([trust[1], trust[7], trust[10], trust[15]].map((share) => Number(share?.toFixed(2)))).toEqual([1, 0.78, 0.61, 0.32]);
    expect(trustAfter(7, "precipitation_mm")).toBeLessThan(0.4);
  });

  test("says nothing of a model's days when all that it knows is past, or it knows nothing", () => {
    expect(reachesBeyond(weather, "2026-05-03")).toBe(true);
    expect(reachesBeyond(weather, "2026-05-04")).toBe(false);
    expect(reachesBeyond({ ...weather, columns: [] }, "2026-05-01")).toBe(false);
    expect(reachesBeyond({ ...weather, columns: [{ name: "wind_speed_kmh", values: [null, null] }] }, "2026-05-01")).toBe(false);
  });
});

describe("a tenant's weather forecast", () => {
  const berlin = { id: "berlin", timeZone: "Europe/Berlin", nightlyAt: "04:15" };
  const at = (instant: string, issuedAt: string | null) => isWeatherDue(new Date(instant), { ...berlin, issuedAt: issuedAt === null ? null : new Date(issuedAt) });

  test("is due once a day from the nightly hour on, and until it could be fetched", () => {
    expect(at("2026-05-04T02:14:00Z", "2026-05-03T02:15:00Z")).toBe(false);
    expect(at("2026-05-04T02:15:00Z", "2026-05-03T02:15:00Z")).toBe(true);
    expect(at("2026-05-04T21:00:00Z", "2026-05-03T02:15:00Z")).toBe(true);
    expect(at("2026-05-04T21:00:00Z", "2026-05-04T02:16:00Z")).toBe(false);
    expect(at("2026-05-04T00:00:00Z", null)).toBe(true);
  });
});
