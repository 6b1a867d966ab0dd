import { describe, expect, test } from "vitest";
import { openFolds } from "../backtest.js";
import { historyUntil } from "../history.js";
import { createRandom } from "../random.js";
import { simulateProduct } from "../simulated-product.js";
import type { Columns } from "./gram.js";
import { gramAfter, gramOf } from "./gram.js";

const SEED = 17;
const random = createRandom(SEED);
const drawn = (n: number, k: number): Columns => ({ n, k, values: Float64Array.from({ length: n * k }, () => random() - 0.5) });
const firstRows = ({ n, k, values }: Columns, rows: number): Columns => ({
  n: rows,
  k,
  values: Float64Array.from({ length: rows * k }, (_, place) => values[Math.floor(place / rows) * n + (place % rows)] ?? Number.NaN),
});
const withOther = ({ n, k, values }: Columns, columns: readonly number[]): Columns => ({ n, k, values: values.map((value, place) => (columns.includes(Math.floor(place / n)) ? value + 1 : value)) });
const multiplied = (matrix: Columns) => ({ matrix, gram: gramOf(matrix) });

describe("a Gram matrix after that of fewer rows", () => {
  const matrix = drawn(60, 8);
  test.each<[string, Columns]>([
    ["all columns go on", firstRows(matrix, 50)],
    ["one is another", withOther(firstRows(matrix, 50), [3])],
    ["most are others", withOther(firstRows(matrix, 50), [0, 1, 2, 4, 6, 7])],
    ["all are others", drawn(50, 8)],
    ["there were fewer columns", drawn(50, 7)],
    ["there is no row beyond", matrix],
    ["there are fewer rows than before", drawn(70, 8)],
  ])("has the bits of one that is multiplied anew: %s", (_what, earlier) => {
    expect(gramAfter(matrix, multiplied(earlier)), `seed ${SEED}`).toEqual(gramOf(matrix));
  });

  test("is what a fold has after the folds before it", () => {
    const { series, drivers } = simulateProduct({ days: 500, seed: SEED, level: 40, isClosedOn: (day) => day % 7 === 3 });
    const filter = { levelWeight: 0.1, weekdayWeight: 0.02, fade: 0.97 };
    for (const { cutoff, history } of openFolds(series, drivers, { horizonDays: 14, folds: 3, stepDays: 14 })) {
      expect(history.news(filter).gram).toEqual(historyUntil(series, drivers, cutoff).news(filter).gram);
    }
  });
});
