import { describe, expect, test } from "vitest";
import type { Climatology } from "./climatology.js";
import { anomaliesOn, learnClimatology } from "./climatology.js";
import type { Regressor } from "./drivers.js";
import { createRandom } from "./random.js";

const START = 19_000;
const anomalyOn = (climatology: Climatology, regressor: Regressor, day: number): number => anomaliesOn(climatology, regressor, Int32Array.of(day))[0] ?? Number.NaN;
const yearly = (day: number) => 10 - 8 * Math.cos((2 * Math.PI * day) / 365.25);

/** A weather whose departures from a yearly course fade by `persistence` a day. */
const weather = (days: number, persistence: number, spread: number): Regressor => {
  const random = createRandom(5);
  let anomaly = 0;
  const values = Float64Array.from({ length: days }, (_, i) => {
    anomaly = persistence * anomaly + spread * (random() - 0.5);
    return yearly(START + i) + anomaly;
  });
  return { name: "temperature_c", start: START, values, isKnownAhead: false };
};

describe("a climatology", () => {
  test("learns the yearly course and how slowly departures from it fade", () => {
    const climatology = learnClimatology(weather(1_100, 0.8, 4), START + 1_099);
    expect(climatology?.persistence).toBeGreaterThan(0.7);
    expect(climatology?.persistence).toBeLessThan(0.9);
    const exact = weather(1_100, 0, 0);
    const course = learnClimatology(exact, START + 1_099);
    if (course === null) throw new Error("expected a climatology");
    for (let day = START; day < START + 1_100; day += 50) expect(Math.abs(anomalyOn(course, exact, day))).toBeLessThan(0.3);
  });

  test("expects the last departure to fade to nothing after the cutoff", () => {
    const regressor = weather(800, 0.8, 4);
    const cutoff = START + 699;
    const climatology = learnClimatology(regressor, cutoff);
    if (climatology === null) throw new Error("expected a climatology");
    const last = Math.abs(anomalyOn(climatology, regressor, cutoff));
    const ahead = [1, 3, 7, 14, 60].map((days) => Math.abs(anomalyOn(climatology, regressor, cutoff + days)));
    expect(ahead.every((value, i) => value < (ahead[i - 1] ?? last))).toBe(true);
    expect(ahead.at(-1)).toBeLessThan(0.01 * last);
  });

  test("believes what is assumed of a day as far as it is trusted, and for the rest what it would expect anyway", () => {
    const regressor = weather(800, 0.8, 4);
    const climatology = learnClimatology(regressor, START + 799);
    if (climatology === null) throw new Error("expected a climatology");
    const day = START + 803;
    const told = (trust?: number): number => anomalyOn(climatology, { ...regressor, assumed: new Map([[day, 35]]), ...(trust !== undefined && { trust: new Map([[day, trust]]) }) }, day);
    expect(told()).toBeGreaterThan(15);
    expect(told(1)).toBe(told());
    expect(told(0)).toBe(anomalyOn(climatology, regressor, day));
    expect(told(0.25)).toBeCloseTo(0.25 * told(1) + 0.75 * told(0), 12);
  });

  test("takes an unknown day as an ordinary one", () => {
    const regressor = weather(400, 0.5, 4);
    regressor.values[200] = Number.NaN;
    const climatology = learnClimatology(regressor, START + 399);
    if (climatology === null) throw new Error("expected a climatology");
    expect(anomalyOn(climatology, regressor, START + 200)).toBe(0);
  });

  test("is none where too little is known, or nothing varies", () => {
    expect(learnClimatology(weather(400, 0.5, 4), START + 12)).toBeNull();
    expect(learnClimatology({ name: "flat", start: START, values: new Float64Array(400).fill(7), isKnownAhead: false }, START + 399)).toBeNull();
  });
});
