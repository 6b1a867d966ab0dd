import { fromEpochDay } from "@levain/calendar";
import type { DailyForecast } from "@levain/contracts";
import type { Series } from "@levain/forecast";
import { describe, expect, test } from "vitest";
import { HELD_DAYS_MAX, weeksOf, whyHeld, type KnownSales, type Memory } from "./why-held.js";

/** A shop that sells about 40 a day, twice as many on two days of the week, and opens on all but one. */
const START = 20_000;
const isOpen = (day: number): boolean => day % 7 !== 4;
const usual = (day: number): number => (isOpen(day) ? Math.round((day % 7 < 2 ? 80 : 40) * (1 + 0.15 * Math.sin(12.9898 * day))) : Number.NaN);
const seriesUntil = (cutoff: number, sold: (day: number) => number = usual): Series => ({ start: START, y: Float64Array.from({ length: cutoff - START + 1 }, (_, i) => sold(START + i)) });

const CUTOFF = START + 300;
const knownTo = (series: Series): KnownSales => {
  const recent = Array.from(series.y, (actual, i) => ({ day: fromEpochDay(series.start + i), actual })).filter(({ actual }) => !Number.isNaN(actual)).slice(-56);
  return { cutoff: fromEpochDay(series.start + series.y.length - 1), recent, weeks: weeksOf(series) };
};
/** Of the open days after a cutoff: what is usual, give or take a tenth of it for each of three quantiles out. */
const forecastAfter = (cutoff: number): DailyForecast => {
  const days = Array.from({ length: 14 }, (_, i) => cutoff + 1 + i).filter(isOpen);
  const spread = [-0.3, -0.1, 0, 0.1, 0.3];
  return { days: days.map(fromEpochDay), levels: [0.025, 0.25, 0.5, 0.75, 0.975], values: spread.map((share) => days.map((day) => Math.max(0, Math.round(usual(day) * (1 + share))))) };
};
const memory: Memory = { champion: { ...knownTo(seriesUntil(CUTOFF)), forecast: forecastAfter(CUTOFF) }, later: [] };
/** The verdict so many days after the champion's cutoff. */
const after = (days: number, sold: (day: number) => number, later: readonly KnownSales[] = []): string | null =>
  whyHeld(seriesUntil(CUTOFF + days, sold), { ...memory, later: later.map((known) => ({ ...known, heldFor: "product" })) });

describe("a night's sales", () => {
  test("are believed when nothing has happened, or a till has booked late or corrected a day", () => {
    for (let days = -20; days <= 14; days += 1) expect(after(days, usual), `${days} days`).toBeNull();
    expect(after(1, (day) => usual(day) + (day > CUTOFF - 2 ? 15 : 0) + (day === CUTOFF - 20 ? 9 : 0))).toBeNull();
    expect(after(1, (day) => usual(day) * (1 + (day % 2) * 1e-12))).toBeNull();
  });

  test.each<[string, (day: number) => number, RegExp]>([
    ["doubled throughout", (day) => 2 * usual(day), /^53 of 53 days \(.*: was 34, is 68\) that the champion knew have other sales now$/],
    ["doubled for five days", (day) => usual(day) * (day > CUTOFF - 5 && day <= CUTOFF ? 2 : 1), /^4 of 56 days .* that the champion knew sold exactly twice as much$/],
    ["doubled on one day", (day) => usual(day) * (day === CUTOFF - 1 ? 2 : 1), /^1 of 56 days .* exactly twice as much$/],
    ["two thirds more for five days", (day) => Math.round(usual(day) * (day > CUTOFF - 5 && day <= CUTOFF ? 1.66 : 1)), /^4 of 56 days .* that the champion knew sold quite other amounts$/],
    ["nearly half as much more for five days", (day) => Math.round(usual(day) * (day > CUTOFF - 5 && day <= CUTOFF ? 1.45 : 1)), /of the newest days/],
    ["shifted by a day", (day) => usual(day - 1), /other sales now/],
    ["empty here and there", (day) => (day % 5 === 0 && isOpen(day) ? 0 : usual(day)), /other sales now/],
    ["gone on one day", (day) => (day === CUTOFF - 30 ? 0 : usual(day)), /^1 of 56 days \(.*, is 0\) that the champion knew are empty now$/],
    ["doubled last year alone", (day) => usual(day) * (day < CUTOFF - 100 ? 2 : 1), /^28 of 41 weeks .* that the champion knew have other sales now$/],
    ["doubled on the newest day", (day) => usual(day) * (day > CUTOFF ? 2.4 : 1), /^1 of the 1 days since the champion lie far outside what it expected/],
    ["none on the newest day", (day) => (day > CUTOFF ? 0 : usual(day)), /sold 0, expected/],
  ])("are held when they are %s", (_, sold, reason) => expect(after(1, sold)).toMatch(reason));

  test("are held when nothing is sold on days of which each alone may well be without", () => {
    const { days, levels } = forecastAfter(CUTOFF);
    const seldom = { ...memory.champion, forecast: { days, levels, values: [0, 1, 2, 3, 5].map((quantile) => days.map(() => quantile)) } };
    const heldAfter = (days: number): string | null => whyHeld(seriesUntil(CUTOFF + days, (day) => (day > CUTOFF ? 0 : usual(day))), { champion: seldom, later: [] });
    expect(heldAfter(1)).toBeNull();
    expect(heldAfter(4)).toBeNull();
    expect(heldAfter(6)).toMatch(/^nothing was sold on the 5 open days since/);
  });

  test("that lie a third higher from one day on are never held", () => {
    for (let days = 1; days <= 14; days += 1) expect(after(days, (day) => Math.round(usual(day) * (day > CUTOFF ? 1.3 : 1))), `${days} days`).toBeNull();
  });

  test("are held when a single sale of what seldom sells is gone, but not when one was entered late", () => {
    const seldom = (day: number): number => (isOpen(day) ? Number(day % 5 === 0) : Number.NaN);
    const soldOn = CUTOFF - 5;
    const known: Memory = { champion: { ...knownTo(seriesUntil(CUTOFF, seldom)), forecast: { ...forecastAfter(CUTOFF), levels: [], values: [] } }, later: [] };
    const told = (changed: number, quantity: number): string | null => whyHeld(seriesUntil(CUTOFF + 1, (day) => (day === changed ? quantity : seldom(day))), known);
    expect(told(soldOn, 0)).toMatch(/^1 of 56 days \(.*: was 1, is 0\) that the champion knew are empty now$/);
    expect(told(soldOn, 2)).toBeNull();
    expect(told(soldOn + 1, 1)).toBeNull();
  });

  test(`that a new shop has tripled are held for ${HELD_DAYS_MAX} days and then believed`, () => {
    const heldOn = Array.from({ length: 14 }, (_, i) => i + 1).filter((days) => after(days, (day) => usual(day) * (day > CUTOFF ? 3 : 1)) !== null);
    expect(heldOn.at(-1)).toBeLessThanOrEqual(HELD_DAYS_MAX + 1);
    expect(heldOn.length).toBeGreaterThan(0);
    expect(heldOn.length).toBeLessThanOrEqual(HELD_DAYS_MAX);
  });

  test("that are odd late in a week of waiting for the shop are believed with it", () => {
    const tripled = (day: number): number => usual(day) * (day > CUTOFF + 5 ? 3 : 1);
    const waiting = (days: number) => whyHeld(seriesUntil(CUTOFF + days, tripled), { ...memory, later: [{ ...knownTo(seriesUntil(CUTOFF + 1)), heldFor: "shop" }] });
    expect(waiting(HELD_DAYS_MAX)).toMatch(/far outside/);
    expect(waiting(HELD_DAYS_MAX + 1)).toBeNull();
    expect(after(HELD_DAYS_MAX + 1, tripled)).toMatch(/far outside/);
  });

  test(`of a past that was set right for good are believed once a model knew them ${HELD_DAYS_MAX} days ago`, () => {
    const right = (day: number): number => Math.round(0.7 * usual(day)) + (day > CUTOFF ? Math.round(0.3 * usual(day)) : 0);
    const nights = Array.from({ length: 10 }, (_, i) => i + 1);
    const later = nights.map((days) => knownTo(seriesUntil(CUTOFF + days, right)));
    const heldOn = nights.filter((days) => after(days, right, later.slice(0, days - 1)) !== null);
    expect(heldOn).toEqual(nights.slice(0, HELD_DAYS_MAX));
  });
});
