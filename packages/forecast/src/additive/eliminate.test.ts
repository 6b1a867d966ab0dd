import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../random.js";
import { eliminate } from "./eliminate.js";
import { gramOf } from "./gram.js";
import { solveInPlace } from "./solve.js";

const SIZE = 4;
const SLOPES = 3;
const K = SIZE + SLOPES;

test("what the leading unknowns leave of the slopes, solved and completed, is the solution of the whole system", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = createRandom(seed);
      const uniform = (length: number) => Float64Array.from({ length }, () => 2 * random() - 1);
      const gram = gramOf({ n: 40, k: K, values: uniform(40 * K) });
      const right = uniform(K);
      const ridge = [0.5, 1, 0, 2];

      const whole = gram.slice();
      for (const [j, each] of ridge.entries()) whole[j * K + j] = (whole[j * K + j] ?? 0) + each;
      const expected = right.slice();
      solveInPlace(whole, expected, K);

      const { curvatureOf, facing } = eliminate(gram, K, ridge, new Float64Array(SIZE * SIZE));
      const { targetOf, complete } = facing(right);
      const curvature = Float64Array.from({ length: SLOPES ** 2 }, (_, place) => curvatureOf(Math.floor(place / SLOPES), place % SLOPES));
      const slopes = Float64Array.from({ length: SLOPES }, (_, slope) => targetOf(slope));
      solveInPlace(curvature, slopes, SLOPES);
      for (const [j, value] of complete(slopes).entries()) expect(value).toBeCloseTo(expected[j] ?? Number.NaN, 9);
    }),
  );
});
