import { describe, expect, test } from "vitest";
import { filteringOf } from "./level-filter.js";
import { createRandom } from "./random.js";
import { weekdayOf } from "./series.js";

const days = Int32Array.from({ length: 400 }, (_, i) => 20_000 + i);
const random = createRandom(21);
const noise = () => Float64Array.from(days, () => random() - 0.5);
const filter = { levelWeight: 0.1, weekdayWeight: 0.05, fade: 0.98 };
const newsOf = (values: Float64Array, change: Partial<typeof filter> = {}) => {
  const news = new Float64Array(values.length);
  const state = filteringOf({ ...filter, ...change }, days).run(values, 0, news, 0);
  return { news, ...state };
};

describe("the filter", () => {
  test("is linear: the news of a sum is the sum of the news", () => {
    const [a, b] = [noise(), noise()];
    const both = newsOf(a.map((value, i) => 2 * value + (b[i] ?? 0)));
    const [ofA, ofB] = [newsOf(a), newsOf(b)];
    for (const [i, value] of both.news.entries()) expect(value).toBeCloseTo(2 * (ofA.news[i] ?? 0) + (ofB.news[i] ?? 0), 12);
    expect(both.level).toBeCloseTo(2 * ofA.level + ofB.level, 12);
  });

  test("finds nothing new in what stays the same, nor in a week that repeats itself", () => {
    const stays = newsOf(new Float64Array(days.length).fill(3), { weekdayWeight: 0, fade: 1 });
    expect(Math.abs(stays.news.at(-1) ?? 1)).toBeLessThan(1e-3);
    expect(stays.level).toBeCloseTo(3, 3);
    const week = newsOf(Float64Array.from(days, (day) => (weekdayOf(day) === 5 ? 1 : 0)), { fade: 1 });
    expect(Math.max(...week.news.subarray(-7).map(Math.abs))).toBeLessThan(0.05);
  });

  test.each([1, 3, 4, 6])("has the same news of %d columns at once as of each alone", (k) => {
    const values = Float64Array.from({ length: (k + 1) * days.length }, () => random() - 0.5);
    const matrix = { n: days.length, k: k + 1, values };
    const columns = Array.from({ length: k }, (_, j) => k - j);
    const news = filteringOf(filter, days).runAll(matrix, columns);
    expect(news.k).toBe(k);
    for (const [j, column] of columns.entries()) {
      expect(news.values.slice(j * news.n, (j + 1) * news.n)).toEqual(newsOf(values.slice(column * news.n, (column + 1) * news.n)).news);
    }
  });

  test("lets a level fade by the day, over closed days too", () => {
    const sparse = Int32Array.of(20_000, 20_010);
    const news = new Float64Array(2);
    filteringOf({ levelWeight: 0.5, weekdayWeight: 0, fade: 0.9 }, sparse).run(Float64Array.of(1, 0), 0, news, 0);
    expect(news[1]).toBeCloseTo(-0.5 * 0.9 ** 10, 12);
  });
});
