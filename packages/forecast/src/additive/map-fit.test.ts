import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../random.js";
import type { Columns } from "./gram.js";
import { combineColumns, gramOf, momentsOf } from "./gram.js";
import type { Priors } from "./map-fit.js";
import { mapFit } from "./map-fit.js";
import { solveInPlace } from "./solve.js";

const uniform = (seed: number, length: number): Float64Array => {
  const random = createRandom(seed);
  return Float64Array.from({ length }, () => 2 * random() - 1);
};
const matrix = (seed: number, n: number, k: number): Columns => ({ n, k, values: uniform(seed, n * k) });
const at = (x: ArrayLike<number>, i: number): number => x[i] ?? Number.NaN;

describe("the Gram matrix", () => {
  test("holds the inner products of all pairs of columns, for odd and even counts", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 9 }), (seed, n, k) => {
        const columns = matrix(seed, n, k);
        const gram = gramOf(columns);
        for (let a = 0; a < k; a += 1) {
          for (let b = 0; b < k; b += 1) {
            let product = 0;
            for (let i = 0; i < n; i += 1) product += at(columns.values, a * n + i) * at(columns.values, b * n + i);
            expect(at(gram, a * k + b)).toBeCloseTo(product, 10);
          }
        }
      }),
    );
  });
});

describe("solving in place", () => {
  test("finds the x that was multiplied in", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 12 }), (seed, k) => {
        const gram = gramOf(matrix(seed, 3 * k + 2, k));
        for (let j = 0; j < k; j += 1) gram[j * k + j] = at(gram, j * k + j) + 0.1;
        const x = uniform(seed + 1, k);
        const b = x.map((_, i) => x.reduce((total, value, j) => total + at(gram, i * k + j) * value, 0));
        solveInPlace(gram, b, k);
        for (let j = 0; j < k; j += 1) expect(at(b, j)).toBeCloseTo(at(x, j), 7);
      }),
    );
  });

  test("stays finite when two columns are the same", () => {
    const b = Float64Array.of(1, 1);
    solveInPlace(Float64Array.of(2, 2, 2, 2), b, 2);
    expect(b.every(Number.isFinite)).toBe(true);
  });
});

/** The objective as the paper writes it, straight from the data. */
const objective = (columns: Columns, z: Float64Array, { normal, laplace }: Priors, beta: Float64Array, sigma: number): number => {
  const fitted = combineColumns(columns, Array.from(beta, (_, j) => j), beta);
  const sse = z.reduce((total, value, i) => total + (value - at(fitted, i)) ** 2, 0);
  const ridge = normal.reduce((total, scale, j) => total + at(beta, j) ** 2 / (2 * scale ** 2), 0);
  const lasso = laplace.reduce((total, scale, j) => total + Math.abs(at(beta, normal.length + j)) / scale, 0);
  return columns.n * Math.log(sigma) + sse / (2 * sigma ** 2) + ridge + lasso + 2 * sigma ** 2;
};

describe("the MAP fit", () => {
  test("cannot be improved by a step in any direction", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 5 }), (seed, bends) => {
        const columns = matrix(seed, 60, 4 + bends);
        const truth = uniform(seed + 1, 4 + bends);
        const noise = uniform(seed + 2, 60);
        const z = combineColumns(columns, Array.from(truth, (_, j) => j), truth).map((value, i) => value + 0.3 * at(noise, i));
        const priors: Priors = { normal: [5, 5, 0.3, 0.05], laplace: Array.from({ length: bends }, () => 0.05) };
        const squares = z.reduce((total, value) => total + value * value, 0);
        const { beta, sigma } = mapFit({ n: 60, k: columns.k, gram: gramOf(columns), moments: momentsOf(columns, z), squares }, priors);
        const best = objective(columns, z, priors, beta, sigma);
        for (const step of [-1e-2, 1e-2]) {
          expect(objective(columns, z, priors, beta, sigma * (1 + step))).toBeGreaterThan(best - 1e-6);
          for (let j = 0; j < beta.length; j += 1) {
            const moved = beta.map((value, i) => (i === j ? value + step : value));
            expect(objective(columns, z, priors, moved, sigma)).toBeGreaterThan(best - 1e-4);
          }
        }
      }),
      { numRuns: 60, examples: [[12, 3], [423_729, 4], [23_627, 5]] },
    );
  });

  test("holds slopes at zero that the data do not ask for", () => {
    const n = 200;
    const values = new Float64Array(n * 4);
    const z = Float64Array.from({ length: n }, (_, i) => 0.5 + (0.3 * i) / n + 0.05 * Math.sin(i * 12.9898));
    for (let i = 0; i < n; i += 1) {
      values[i] = 1;
      values[n + i] = i / n;
      values[2 * n + i] = Math.max(0, i / n - 0.3);
      values[3 * n + i] = Math.max(0, i / n - 0.6);
    }
    const columns = { n, k: 4, values };
    const squares = z.reduce((total, value) => total + value * value, 0);
    const { beta } = mapFit({ n, k: 4, gram: gramOf(columns), moments: momentsOf(columns, z), squares }, { normal: [5, 5], laplace: [0.01, 0.01] });
    expect(at(beta, 0)).toBeCloseTo(0.5, 1);
    expect(at(beta, 1)).toBeCloseTo(0.3, 1);
    expect(at(beta, 2)).toBe(0);
    expect(at(beta, 3)).toBe(0);
  });
});
