/* oxlint-disable typescript/no-non-null-assertion -- all loops below run within the slopes of the system; checks would double their time */
/**
 * Least squares under Laplace priors: the δ that minimises ½δᵀSδ − tᵀδ + Σ λ|δ| (the lasso; Tibshirani 1996).
 *
 * By an active set (Osborne, Presnell & Turlach 2000). On the slopes that are not zero, with their signs held, the
 * problem is a linear system. A slope that would change its sign on the way to its solution stops at zero and leaves
 * the set; once all keep theirs, the slope that pulls hardest against its prior joins. Each step lowers the sum, so no
 * set comes back, and the answer is exact: what belongs at zero is zero.
 */
import { dot, solveInPlace } from "./solve.js";

/** Changes of the set per slope, at most, before coordinate descent takes over; a few are usual. */
const CHANGES_MAX = 4;
/** A slope at zero joins when it pulls by this share more than its prior holds it back. */
const PULL_SHARE_MIN = 1e-4;
const DESCENT_ROUNDS_MAX = 60;
/** Change of a slope, in shares of the series' maximum over its span, at which coordinate descent rests. */
const SLOPE_TOLERANCE = 1e-6;

export type LaplaceSystem = {
  /** Shape (q, q) row-major, symmetric. */
  readonly curvature: Float64Array;
  /** Shape (q). */
  readonly target: Float64Array;
  /** λ, shape (q): how much pull each prior withstands. */
  readonly thresholds: Float64Array;
};

/** @param slopes shape (q): where to start, and the solution on return */
export const solveLaplace = (system: LaplaceSystem, slopes: Float64Array): void => {
  const { target, thresholds } = system;
  const count = slopes.length;
  const signs = slopes.map(Math.sign);
  for (let change = 0; change < CHANGES_MAX * count; change += 1) {
    const active = activeOf(signs);
    const solution = new Float64Array(active).map((i) => target[i]! - thresholds[i]! * signs[i]!);
    solveInPlace(blockOf(system.curvature, count, active), solution, active.length);
    if (moveTowards(slopes, signs, active, solution)) continue;
    const next = strongestPull(system, slopes, signs);
    if (next === undefined) return;
    signs[next.slope] = next.sign;
  }
  descend(system, slopes);
};

/** Numbers of the slopes that are not held at zero. */
export const activeOf = (signs: Float64Array): number[] => {
  const active: number[] = [];
  for (let i = 0; i < signs.length; i += 1) if (signs[i] !== 0) active.push(i);
  return active;
};

/** Rows and columns `active` of a matrix of shape (count, count). */
export const blockOf = (matrix: Float64Array, count: number, active: readonly number[]): Float64Array => {
  const size = active.length;
  const block = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) block[i * size + j] = matrix[active[i]! * count + active[j]!]!;
  }
  return block;
};

/** All the way where no sign changes; otherwise up to the first slope that reaches zero, which then leaves. @returns whether one left */
const moveTowards = (slopes: Float64Array, signs: Float64Array, active: readonly number[], solution: Float64Array): boolean => {
  let share = 1;
  let leaving = -1;
  for (let a = 0; a < active.length; a += 1) {
    const i = active[a]!;
    if (solution[a]! * signs[i]! > 0) continue;
    const reach = slopes[i] === 0 ? 0 : slopes[i]! / (slopes[i]! - solution[a]!);
    if (reach >= share) continue;
    share = reach;
    leaving = i;
  }
  for (let a = 0; a < active.length; a += 1) slopes[active[a]!] = slopes[active[a]!]! + share * (solution[a]! - slopes[active[a]!]!);
  if (leaving < 0) return false;
  slopes[leaving] = 0;
  signs[leaving] = 0;
  return true;
};

const strongestPull = ({ curvature, target, thresholds }: LaplaceSystem, slopes: Float64Array, signs: Float64Array): { slope: number; sign: number } | undefined => {
  const count = slopes.length;
  let strongest: { slope: number; sign: number } | undefined;
  let most = PULL_SHARE_MIN;
  for (let i = 0; i < count; i += 1) {
    if (signs[i] !== 0) continue;
    const pull = target[i]! - dot(curvature, i * count, slopes, 0, count);
    const excess = Math.abs(pull) / thresholds[i]! - 1;
    if (!(excess > most)) continue;
    most = excess;
    strongest = { slope: i, sign: Math.sign(pull) };
  }
  return strongest;
};

/** Coordinate descent with soft thresholds (Friedman, Hastie & Tibshirani 2010): slower, and safe where rounding makes the set go round in circles. */
const descend = ({ curvature, target, thresholds }: LaplaceSystem, slopes: Float64Array): void => {
  const count = slopes.length;
  for (let round = 0, change = 1; round < DESCENT_ROUNDS_MAX && change > SLOPE_TOLERANCE; round += 1) {
    change = 0;
    for (let i = 0; i < count; i += 1) {
      const before = slopes[i]!;
      const bend = curvature[i * count + i]!;
      const pull = target[i]! - dot(curvature, i * count, slopes, 0, count) + bend * before;
      const after = bend > 0 ? (Math.sign(pull) * Math.max(0, Math.abs(pull) - thresholds[i]!)) / bend : 0;
      slopes[i] = after;
      change = Math.max(change, Math.abs(after - before));
    }
  }
};
