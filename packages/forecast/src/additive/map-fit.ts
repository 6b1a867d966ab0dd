/* oxlint-disable typescript/no-non-null-assertion -- all loops below run within the k columns of the statistics; checks would double their time */
/**
 * Prophet's most probable coefficients as penalised least squares (Taylor & Letham 2018, `prophet.stan`). It minimises
 *
 *   n·log σ + Σ(z − Xβ)²/2σ² + Σ β²/2s² (normal priors) + Σ |δ|/τ (Laplace priors) + 2σ² (σ half-normal, scale 0.5)
 *
 * Given σ² = v, the normal part is ridge regression and is eliminated; what is left for the slope changes δ is a small
 * lasso, of which only the slopes that change are worked out. Given β, σ² solves 4σ⁴ + nσ² − SSE = 0. How SSE answers to v is known exactly (the derivative of a ridge
 * solution), so Newton's method on log v needs two or three factorisations, and the last short step none: β follows its
 * tangent.
 */
import { eliminate } from "./eliminate.js";
import { activeOf, solveAmong, solveLaplace } from "./laplace.js";
import { dot } from "./solve.js";

/** Sufficient statistics of n observations on k columns: XᵀX (k, k), Xᵀz (k), zᵀz. Columns with normal priors come first. */
export type Statistics = { readonly n: number; readonly k: number; readonly gram: Float64Array; readonly moments: Float64Array; readonly squares: number };

/** How far a coefficient may stray from zero: standard deviations of the first columns, Laplace scales of the rest. */
export type Priors = { readonly normal: readonly number[]; readonly laplace: readonly number[] };

export type MapFit = { readonly beta: Float64Array; readonly sigma: number };

const ROUNDS_MAX = 60;
/** Steps of log v up to which β follows its tangent; what that leaves out is of the square of the step. */
const TANGENT_MAX = 0.05;
/** Step of log v at which the rounds end all the same. */
const STEP_MIN = 1e-5;
/** Steps of log v to go at once, at most. */
const STRIDE_MAX = 2;
/** A perfect fit has no noise left; without a floor the ridge would vanish with it. */
const VARIANCE_MIN = 1e-9;
/** Start value, a tenth of the range, of about the noise that daily demand has. */
const VARIANCE_START = 0.01;

export const mapFit = (statistics: Statistics, priors: Priors): MapFit => {
  const search = { low: Math.log(VARIANCE_MIN), high: Number.POSITIVE_INFINITY };
  const slopes = new Float64Array(priors.laplace.length);
  const system = new Float64Array(priors.normal.length ** 2);
  let variance = VARIANCE_START;
  let beta: Float64Array = new Float64Array(statistics.k);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const given = fitGiven(variance, statistics, priors, { slopes, system });
    ({ beta } = given);
    const step = stepOf(Math.log(variance), given, statistics.n, search);
    variance = Math.max(VARIANCE_MIN, variance * Math.exp(step));
    const isShort = Math.abs(step) <= TANGENT_MAX && follow(given, variance, priors.normal.length);
    if (isShort || Math.abs(step) <= STEP_MIN) break;
  }
  return { beta, sigma: Math.sqrt(variance) };
};

/** Moves β along its tangent to another v, unless a slope change would change its sign on the way: there the tangent ends. */
const follow = ({ variance, beta, tangent }: Given, next: number, size: number): boolean => {
  const change = next - variance;
  for (let j = size; j < beta.length; j += 1) if (beta[j]! * (beta[j]! + change * tangent[j]!) < 0) return false;
  for (let j = 0; j < beta.length; j += 1) beta[j] = beta[j]! + change * tangent[j]!;
  return true;
};

/** The coefficients of one v, how they and their squared error change with it. A slope at zero stays there. */
type Given = { readonly variance: number; readonly beta: Float64Array; readonly tangent: Float64Array; readonly sse: number; readonly ssePerVariance: number };

type Room = { /** Where the search for slope changes starts; those found on return, for the next v to start from. */ readonly slopes: Float64Array; /** Overwritten: a matrix of this size costs nearly as much to allocate as to factorise. */ readonly system: Float64Array };

const fitGiven = (variance: number, { k, gram, moments, squares }: Statistics, { normal, laplace }: Priors, { slopes, system }: Room): Given => {
  const size = normal.length;
  const { curvatureOf, facing } = eliminate(gram, k, normal.map((scale) => variance / (scale * scale)), system);
  const demand = facing(moments);
  const pulls = (given: Float64Array): Float64Array => {
    const all = demand.complete(given);
    return given.map((_, i) => moments[size + i]! - dot(gram, (size + i) * k, all, 0, k));
  };
  solveLaplace({ curvatureOf, targetOf: demand.targetOf, pulls, thresholds: laplace.map((scale) => variance / scale) }, slopes);
  const beta = demand.complete(slopes);

  // The gradient of the penalties per v; at the optimum that of the squares is its opposite, v times as long.
  const pull = new Float64Array(k);
  for (let j = 0; j < k; j += 1) pull[j] = j < size ? beta[j]! / (normal[j]! * normal[j]!) : Math.sign(beta[j]!) / laplace[j - size]!;
  const release = facing(pull.map((value) => -value));
  const tangent = release.complete(solveAmong(activeOf(slopes), { curvatureOf, targetOf: release.targetOf }, slopes.length));

  const penalty = dot(beta, 0, pull, 0, k);
  return {
    variance,
    beta,
    tangent,
    sse: Math.max(0, squares - dot(beta, 0, moments, 0, k) - variance * penalty),
    ssePerVariance: Math.max(0, -2 * variance * dot(pull, 0, tangent, 0, k)),
  };
};

/**
 * Newton's step of log v towards the v that its own coefficients imply: σ² = (−n + √(n² + 16·SSE)) / 8. The interval in
 * which they meet only shrinks; where the tangent points out of it or away, half of it is taken.
 */
const stepOf = (logVariance: number, { sse, variance, ssePerVariance }: Given, n: number, search: { low: number; high: number }): number => {
  const root = Math.sqrt(n * n + 16 * sse);
  // Without the difference of nearly equal numbers.
  const implied = Math.max(VARIANCE_MIN, (2 * sse) / (n + root));
  const gap = Math.log(implied / variance);
  if (gap > 0) search.low = Math.max(search.low, logVariance);
  else search.high = logVariance;
  const slope = (variance * ssePerVariance) / (root * implied) - 1;
  const step = slope < 0 ? Math.max(-STRIDE_MAX, Math.min(STRIDE_MAX, -gap / slope)) : Math.sign(gap) * STRIDE_MAX;
  const next = logVariance + step;
  if (next > search.low && next < search.high) return step;
  return Number.isFinite(search.high) ? (search.low + search.high) / 2 - logVariance : gap;
};
