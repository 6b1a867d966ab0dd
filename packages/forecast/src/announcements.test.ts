import { describe, expect, test } from "vitest";
import { announcementsOf } from "./announcements.js";
import { anomaliesOn, createCalendars, learnClimatology } from "./climatology.js";
import type { Regressor } from "./drivers.js";
import { createRandom } from "./random.js";
import { weekdayOf } from "./series.js";

const START = 19_000;
const DAYS = 730;
const days = Int32Array.from({ length: DAYS }, (_, i) => START + i);
const random = createRandom(8);
/** Every eighth Saturday. */
const isFair = (day: number): boolean => weekdayOf(day) === 5 && Math.floor(day / 7) % 8 === 0;
const FAIR_CROWD = 500;
const HOLIDAY_CROWD = -200;
const HOLIDAYS = [START + 100, START + 300, START + 465, START + 665];
const noise = days.map(() => 40 * (random() - 0.5));
const column = (name: string, isKnownAhead: boolean, valueOf: (day: number, i: number) => number): Regressor => ({ name, isKnownAhead, start: START, values: Float64Array.from(days, valueOf) });
const fair = column("fair", true, (day) => (isFair(day) ? 1 : 0));
const crowd = column("passers_by", false, (day, i) => 1_000 + 200 * Number(weekdayOf(day) === 5) + FAIR_CROWD * Number(isFair(day)) + HOLIDAY_CROWD * Number(HOLIDAYS.includes(day)) + (noise[i] ?? 0));
const drivers = { regressors: [fair, crowd], specialDays: [{ name: "holiday", days: HOLIDAYS }] };

const departures = (announced: Parameters<typeof announcementsOf>[0]): Float64Array => {
  const climatology = learnClimatology(crowd, START + DAYS - 1, createCalendars(announcementsOf(announced))) ?? expect.fail("expected a climatology");
  return anomaliesOn(climatology, crowd, days);
};
const meanOn = (values: Float64Array, isOne: (day: number) => boolean): number => {
  const chosen = values.filter((_, i) => isOne(days[i] ?? Number.NaN));
  return chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
};

describe("the people on a day", () => {
  const isPlainSaturday = (day: number) => weekdayOf(day) === 5 && !isFair(day);
  const untold = departures({ regressors: [crowd], specialDays: [] });
  const told = departures(drivers);

  test("are news where a fair drew them of which nobody was told, and miss on every other Saturday", () => {
    expect(meanOn(untold, isFair)).toBeGreaterThan(0.8 * FAIR_CROWD);
    expect(meanOn(untold, isPlainSaturday)).toBeLessThan(-0.1 * FAIR_CROWD);
  });

  test("are no news on a day of whose fair or holiday all were told, nor on the Saturdays without", () => {
    // A ridge of five days leaves a third of what came a dozen times, and more than half of what came four times.
    expect(meanOn(told, isFair)).toBeLessThan(0.4 * FAIR_CROWD);
    expect(meanOn(told, isPlainSaturday)).toBeGreaterThan(-0.05 * FAIR_CROWD);
    expect(meanOn(told, (day) => HOLIDAYS.includes(day))).toBeGreaterThan(0.7 * meanOn(untold, (day) => HOLIDAYS.includes(day)));
  });

  test("are told alike, whatever what is announced is measured in", () => {
    const inPercent = { ...fair, values: fair.values.map((value) => 100 * value) };
    const [plain, scaled] = [departures(drivers), departures({ ...drivers, regressors: [inPercent, crowd] })];
    for (const [i, value] of plain.entries()) expect(scaled[i]).toBeCloseTo(value, 9);
  });

  test("stay as they are where nothing is announced, and where an announcement says nothing", () => {
    const plain = departures({ regressors: [], specialDays: [] });
    expect(departures({ regressors: [column("unknown", true, () => Number.NaN), column("never", true, () => 0)], specialDays: [] })).toEqual(plain);
  });
});
