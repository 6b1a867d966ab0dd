import { describe, expect, test } from "vitest";
import { createRandom } from "./random.js";
import { ascending } from "./sorting.js";

const SEED = 11;
const random = createRandom(SEED);
const drawn = (count: number, draw: () => number): Float64Array => Float64Array.from({ length: count }, draw);

describe("numbers in ascending order", () => {
  test.each<[string, Float64Array]>([
    ["none", new Float64Array()],
    ["one", Float64Array.of(3)],
    ["all alike", new Float64Array(50).fill(-2.5)],
    ["spread evenly", drawn(400, random)],
    ["heaped in the middle", drawn(400, () => random() + random() + random() - 1.5)],
    ["whole numbers with many of each", drawn(400, () => Math.floor(7 * random()) - 3)],
    ["far apart", drawn(200, () => Math.exp(40 * random()))],
    ["with one beyond all others", Float64Array.of(...drawn(100, random), 1e12)],
    ["apart by less than a number can tell", Float64Array.of(2 * Number.MIN_VALUE, Number.MIN_VALUE, 0)],
    ["further apart than a number can tell", Float64Array.of(Number.MAX_VALUE, 1, -Number.MAX_VALUE)],
    ["without end, and not numbers", Float64Array.of(1, Number.POSITIVE_INFINITY, Number.NaN, -1, Number.NEGATIVE_INFINITY)],
  ])("are those that comparing finds: %s", (_what, values) => {
    const before = values.slice();
    expect(ascending(values), `seed ${SEED}`).toEqual(values.toSorted());
    expect(values).toEqual(before);
  });
});
