/* oxlint-disable typescript/no-non-null-assertion -- all loops below run within the k columns of the statistics; checks would double their time */
/**
 * Prophet's most probable coefficients as penalised least squares (Taylor & Letham 2018, `prophet.stan`). It minimises
 *
 *   n·log σ + Σ(z − Xβ)²/2σ² + Σ β²/2s² (normal priors) + Σ |δ|/τ (Laplace priors) + 2σ² (σ half-normal, scale 0.5)
 *
 * Given σ, the normal part is ridge regression; |δ| is majorised by δ²/2|δ₀| + |δ₀|/2, which makes it ridge again with
 * a weight from the last iterate (Hunter & Lange 2004). Given β, σ² solves 4σ⁴ + nσ² − SSE = 0.
 *
 * Columns with normal priors come first: for one σ they are eliminated once, and only the small system of the slope
 * changes is solved again and again, the last steps by coordinate descent.
 */
import { backward, dot, eliminate, factorise, forward, solveInPlace } from "./solve.js";

/** Sufficient statistics of n observations on k columns: XᵀX (k, k), Xᵀz (k), zᵀz. Columns with normal priors come first. */
export type Statistics = { readonly n: number; readonly k: number; readonly gram: Float64Array; readonly moments: Float64Array; readonly squares: number };

/** How far a coefficient may stray from zero: standard deviations of the first columns, Laplace scales of the rest. */
export type Priors = { readonly normal: readonly number[]; readonly laplace: readonly number[] };

export type MapFit = { readonly beta: Float64Array; readonly sigma: number };

const ROUNDS_MAX = 60;
const REWEIGHTING_ROUNDS_MAX = 15;
const DESCENT_ROUNDS_MAX = 60;
/** Gaps to go at once, at most. */
const STRIDE_MAX = 8;
/** Relative mismatch of σ² at which the rounds rest: it moves the ridge, and with it the forecast, far less than that. */
const VARIANCE_TOLERANCE = 1e-4;
/** Change of a slope, in shares of the series' maximum over its span, at which its rounds rest. */
const SLOPE_TOLERANCE = 1e-5;
/** The least slope change a weight is taken from; it would otherwise grow without bound. */
const SLOPE_MIN = 1e-7;
/** A perfect fit has no noise left; without a floor the ridge would vanish with it. */
const VARIANCE_MIN = 1e-9;
/** Start value, a tenth of the range: generous, so that the first iterate is smooth. */
const VARIANCE_START = 0.01;

export const mapFit = ({ n, k, gram, moments, squares }: Statistics, { normal, laplace }: Priors): MapFit => {
  const size = normal.length;
  const system = new Float64Array(k * k);
  const beta = new Float64Array(k);
  const slopes = Float64Array.from(laplace, (scale) => scale);
  const search = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  let variance = VARIANCE_START;
  let before: Mismatch | undefined;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    system.set(gram);
    for (let j = 0; j < size; j += 1) system[j * k + j] = system[j * k + j]! + variance / normal[j]! ** 2;
    beta.set(moments);
    factorise(system, k, size);
    eliminate(system, k, size, k);
    forward(system, beta, k, size);
    for (let j = size; j < k; j += 1) beta[j] = beta[j]! - dot(system, j * k, beta, 0, size);
    solveSlopes(system, beta, slopes, variance, laplace);
    for (let j = size; j < k; j += 1) {
      for (let i = 0; i < size; i += 1) beta[i] = beta[i]! - system[j * k + i]! * beta[j]!;
    }
    backward(system, beta, k, size);
    const implied = Math.max(VARIANCE_MIN, varianceOf(n, squaredError(k, gram, moments, squares, beta)));
    const now: Mismatch = { logVariance: Math.log(variance), gap: Math.log(implied / variance) };
    if (Math.abs(now.gap) < VARIANCE_TOLERANCE) break;
    if (now.gap > 0) search.low = now.logVariance;
    else search.high = now.logVariance;
    variance = Math.max(VARIANCE_MIN, Math.exp(nextLogVariance(now, before, search)));
    before = now;
  }
  return { beta, sigma: Math.sqrt(variance) };
};

/** A variance, and how far below (in logarithms) the one that its own coefficients imply it lies. */
type Mismatch = { readonly logVariance: number; readonly gap: number };

/**
 * To where the gap would close along the line through the last two, with long strides where that line points away or
 * far off; at first along the gap itself, and never out of the interval in which the gap is known to close.
 */
const nextLogVariance = (now: Mismatch, before: Mismatch | undefined, { low, high }: { readonly low: number; readonly high: number }): number => {
  const slope = before === undefined ? -1 : (now.gap - before.gap) / (now.logVariance - before.logVariance);
  const factor = slope < 0 ? Math.min(STRIDE_MAX, -1 / slope) : STRIDE_MAX;
  const next = now.logVariance + factor * now.gap;
  if (next > low && next < high) return next;
  return Number.isFinite(low) && Number.isFinite(high) ? (low + high) / 2 : now.logVariance + now.gap;
};

/**
 * The slope changes of one σ, on the Schur complement that is the trailing block of `system`. Reads their right-hand side
 * from the end of `beta` and leaves the solution there, and in `slopes` for the next round to start from.
 */
const solveSlopes = (system: Float64Array, beta: Float64Array, slopes: Float64Array, variance: number, laplace: readonly number[]): void => {
  const count = laplace.length;
  const k = beta.length;
  const size = k - count;
  const complement = new Float64Array(count * count);
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      complement[i * count + j] = system[(size + i) * k + size + j]!;
      complement[j * count + i] = complement[i * count + j]!;
    }
  }
  const target = beta.subarray(size);
  reweight(complement, target, slopes, variance, laplace);
  descend(complement, target, slopes, variance, laplace);
  target.set(slopes);
};

/** Reweighted ridge: moves all slopes together, quickly, close to the optimum. */
const reweight = (complement: Float64Array, target: Float64Array, slopes: Float64Array, variance: number, laplace: readonly number[]): void => {
  const count = laplace.length;
  const block = new Float64Array(count * count);
  const solution = new Float64Array(count);
  for (let round = 0, change = 1; round < REWEIGHTING_ROUNDS_MAX && change > SLOPE_TOLERANCE; round += 1) {
    block.set(complement);
    for (let i = 0; i < count; i += 1) {
      block[i * count + i] = block[i * count + i]! + variance / (laplace[i]! * Math.max(Math.abs(slopes[i]!), SLOPE_MIN));
    }
    solution.set(target);
    solveInPlace(block, solution, count);
    change = 0;
    for (let i = 0; i < count; i += 1) change = Math.max(change, Math.abs(solution[i]! - slopes[i]!));
    slopes.set(solution);
  }
};

/**
 * Coordinate descent with soft thresholds (Friedman, Hastie & Tibshirani 2010): finishes what reweighting starts. It
 * sets to exactly zero what belongs there, and wakes what reweighting, once near zero, would take for ever to lift.
 */
const descend = (complement: Float64Array, target: Float64Array, slopes: Float64Array, variance: number, laplace: readonly number[]): void => {
  const count = laplace.length;
  for (let round = 0, change = 1; round < DESCENT_ROUNDS_MAX && change > SLOPE_TOLERANCE; round += 1) {
    change = 0;
    for (let i = 0; i < count; i += 1) {
      const before = slopes[i]!;
      const curvature = complement[i * count + i]!;
      const pull = target[i]! - dot(complement, i * count, slopes, 0, count) + curvature * before;
      const after = curvature > 0 ? (Math.sign(pull) * Math.max(0, Math.abs(pull) - variance / laplace[i]!)) / curvature : 0;
      slopes[i] = after;
      change = Math.max(change, Math.abs(after - before));
    }
  }
};

/** σ² = (−n + √(n² + 16·SSE)) / 8, written without the difference of nearly equal numbers. */
const varianceOf = (n: number, sse: number): number => (2 * sse) / (n + Math.sqrt(n * n + 16 * sse));

/** Σ(z − Xβ)² = zᵀz − 2βᵀXᵀz + βᵀXᵀXβ. */
const squaredError = (k: number, gram: Float64Array, moments: Float64Array, squares: number, beta: Float64Array): number => {
  let total = squares;
  for (let i = 0; i < k; i += 1) total += beta[i]! * (dot(gram, i * k, beta, 0, k) - 2 * moments[i]!);
  return Math.max(0, total);
};
