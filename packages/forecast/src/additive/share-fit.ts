/* oxlint-disable typescript/no-non-null-assertion -- all loops below run within the rows and columns of the design; checks would double their time */
/**
 * Prophet's most probable coefficients where some terms are shares of the trend: z ≈ T·(1 + Sσ) + Aα with T = Xτ
 * (Taylor & Letham 2018, `prophet.stan` with `s_m`). A product of unknowns is no longer least squares, but along its
 * tangent it is: each round fits the linear model that touches it (Gauss-Newton; Nocedal & Wright 2006, ch. 10) and goes
 * there; where that would lead uphill it follows the valley for a part of the way, whose bend the product of the two
 * steps tells exactly (geodesic acceleration; Transtrum & Sethna 2012).
 */
import type { Role } from "./centers.js";
import { centersOf } from "./centers.js";
import type { Columns } from "./gram.js";
import { combineColumns, gramOf, momentsOf } from "./gram.js";
import type { Priors } from "./map-fit.js";
import { mapFit } from "./map-fit.js";
import { dot } from "./solve.js";
import { mean, sum } from "../vector.js";

export type ShareProblem = {
  /** Columns of the model alone, those with normal priors first and the level as the very first, shape (n, k). */
  readonly matrix: Columns;
  readonly roles: readonly Role[];
  readonly priors: Priors;
  /** Demand on the model's scale and the weight of each day, shape (n). */
  readonly z: Float64Array;
  readonly weights: Float64Array;
};

const ROUNDS_MAX = 60;
/** Of −log posterior: a round that gains less is the last. */
const GAIN_MIN = 1e-6;
const HALVINGS_MAX = 12;
/** A perfect fit has no noise left; without a floor its logarithm would be endless. */
const VARIANCE_MIN = 1e-9;

/** @returns the coefficients, shape (k) */
export const shareFit = (problem: ShareProblem): Float64Array => {
  const { matrix, z } = problem;
  let beta: Float64Array = new Float64Array(matrix.k);
  // A flat trend through the middle, of which nothing is a share yet.
  beta[0] = mean(z);
  let height = heightOf(problem, beta);
  const room = new Float64Array(matrix.n * matrix.k);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const next = lower(problem, beta, height, room);
    if (next === null) return beta;
    const gain = height - next.height;
    ({ beta, height } = next);
    if (gain < GAIN_MIN) return beta;
  }
  return beta;
};

type Place = { readonly beta: Float64Array; readonly height: number };

/** A more probable place: where the tangent points, or less far along the parabola that bends as the product does. Null on the summit. */
const lower = (problem: ShareProblem, from: Float64Array, height: number, room: Float64Array): Place | null => {
  const tangent = touching(problem, from, room);
  const aim = tangent.fit(null);
  const reached = heightOf(problem, aim);
  if (reached < height) return { beta: aim, height: reached };
  const bent = tangent.fit(aim);
  for (let halving = 1; halving <= HALVINGS_MAX; halving += 1) {
    const share = 0.5 ** halving;
    const beta = from.map((value, j) => value + share * (aim[j]! - value) + share * share * (bent[j]! - aim[j]!));
    const along = heightOf(problem, beta);
    if (along < height) return { beta, height: along };
  }
  return null;
};

type Tangent = { /** The most probable coefficients of the linear model that touches the product, less what the product of the steps to `aim` would add. */ fit(aim: Float64Array | null): Float64Array };

/** @param room overwritten with the columns of the tangent */
const touching = ({ matrix, roles, priors, z, weights }: ShareProblem, beta: Float64Array, room: Float64Array): Tangent => {
  const { n, k } = matrix;
  const along = (role: Role, steps: Float64Array) => {
    const places = roles.flatMap((each, j) => (each === role ? [j] : []));
    return combineColumns(matrix, places, places.map((j) => steps[j]!));
  };
  const trend = along("trend", beta);
  const shares = along("share", beta);
  const roots = weights.map(Math.sqrt);
  const columns = { n, k, values: room };
  for (let j = 0; j < k; j += 1) {
    const role = roles[j];
    for (let i = 0; i < n; i += 1) {
      const slope = role === "trend" ? 1 + shares[i]! : role === "share" ? trend[i]! : 1;
      room[j * n + i] = matrix.values[j * n + i]! * slope * roots[i]!;
    }
  }
  const gram = gramOf(columns);
  const observations = sum(weights);
  const fit = (aim: Float64Array | null): Float64Array => {
    const target = z.map((value, i) => value + trend[i]! * shares[i]!);
    if (aim !== null) {
      const steps = aim.map((value, j) => value - beta[j]!);
      const [up, apart] = [along("trend", steps), along("share", steps)];
      for (let i = 0; i < n; i += 1) target[i] = target[i]! - up[i]! * apart[i]!;
    }
    const weighted = target.map((value, i) => value * roots[i]!);
    return mapFit({ n: observations, k, gram, moments: momentsOf(columns, weighted), squares: dot(weighted, 0, weighted, 0, n) }, priors).beta;
  };
  return { fit };
};

/** −log posterior at the best σ for these coefficients, up to a constant. */
const heightOf = ({ matrix, roles, priors: { normal, laplace }, z, weights }: ShareProblem, beta: Float64Array): number => {
  const fitted = centersOf(matrix, { kept: Array.from(beta.keys()), beta: [...beta], roles });
  const n = sum(weights);
  const sse = sum(z.map((value, i) => weights[i]! * (value - fitted[i]!) ** 2));
  const variance = Math.max(VARIANCE_MIN, (2 * sse) / (n + Math.sqrt(n * n + 16 * sse)));
  const ridge = sum(normal.map((scale, j) => (beta[j]! / scale) ** 2 / 2));
  const lasso = sum(laplace.map((scale, j) => Math.abs(beta[normal.length + j]!) / scale));
  return (n * Math.log(variance)) / 2 + sse / (2 * variance) + 2 * variance + ridge + lasso;
};
