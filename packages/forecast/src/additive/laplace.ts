/* oxlint-disable typescript/no-non-null-assertion -- all loops below run within the slopes of the system; checks would double their time */
/**
 * Least squares under Laplace priors: the δ that minimises ½δᵀSδ − tᵀδ + Σ λ|δ| (the lasso; Tibshirani 1996).
 *
 * By an active set (Osborne, Presnell & Turlach 2000). On the slopes that are not zero, with their signs held, the
 * problem is a linear system. A slope that would change its sign on the way to its solution stops at zero and leaves
 * the set; once all keep theirs, the slope that pulls hardest against its prior joins. Each step lowers the sum, so no
 * set comes back, and the answer is exact: what belongs at zero is zero.
 */
import { solveInPlace } from "./solve.js";

/** Changes of the set per slope, at most, before coordinate descent takes over; a few are usual. */
const CHANGES_MAX = 4;
/** A slope at zero joins when it pulls by this share more than its prior holds it back. */
const PULL_SHARE_MIN = 1e-4;
const DESCENT_ROUNDS_MAX = 60;
/** Change of a slope, in shares of the series' maximum over its span, at which coordinate descent rests. */
const SLOPE_TOLERANCE = 1e-6;

/** The normal equations of some slopes alone, the others being zero. */
type NormalEquations = {
  /** Sᵢⱼ. */
  curvatureOf(slope: number, other: number): number;
  /** tᵢ. */
  targetOf(slope: number): number;
};

/** Of most slopes only the pull is asked for, because they stay at zero. */
export type LaplaceSystem = NormalEquations & {
  /** λ, shape (q): how much pull each prior withstands. */
  readonly thresholds: readonly number[];
  /** t − Sδ of all slopes, shape (q). */
  pulls(slopes: Float64Array): Float64Array;
};

/** @param slopes shape (q): where to start, and the solution on return */
export const solveLaplace = (system: LaplaceSystem, slopes: Float64Array): void => {
  const { curvatureOf, targetOf, thresholds } = system;
  const count = slopes.length;
  const signs = slopes.map(Math.sign);
  for (let change = 0; change < CHANGES_MAX * count; change += 1) {
    const active = activeOf(signs);
    const solution = solveAmong(active, { curvatureOf, targetOf: (i) => targetOf(i) - thresholds[i]! * signs[i]! }, count);
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

/** The slopes at which the active ones meet their targets, shape (count); the others are zero. */
export const solveAmong = (active: readonly number[], { curvatureOf, targetOf }: NormalEquations, count: number): Float64Array => {
  const size = active.length;
  const block = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) for (let j = 0; j <= i; j += 1) block[i * size + j] = curvatureOf(active[i]!, active[j]!);
  const found = Float64Array.from(active, targetOf);
  solveInPlace(block, found, size);
  const solution = new Float64Array(count);
  for (let i = 0; i < size; i += 1) solution[active[i]!] = found[i]!;
  return solution;
};

/** All the way where no sign changes; otherwise up to the first slope that reaches zero, which then leaves. @returns whether one left */
const moveTowards = (slopes: Float64Array, signs: Float64Array, active: readonly number[], solution: Float64Array): boolean => {
  let share = 1;
  let leaving = -1;
  for (const i of active) {
    if (solution[i]! * signs[i]! > 0) continue;
    const reach = slopes[i] === 0 ? 0 : slopes[i]! / (slopes[i]! - solution[i]!);
    if (reach >= share) continue;
    share = reach;
    leaving = i;
  }
  for (const i of active) slopes[i] = slopes[i]! + share * (solution[i]! - slopes[i]!);
  if (leaving < 0) return false;
  slopes[leaving] = 0;
  signs[leaving] = 0;
  return true;
};

const strongestPull = (system: LaplaceSystem, slopes: Float64Array, signs: Float64Array): { slope: number; sign: number } | undefined => {
  const pulls = system.pulls(slopes);
  let strongest: { slope: number; sign: number } | undefined;
  let most = PULL_SHARE_MIN;
  for (let i = 0; i < slopes.length; i += 1) {
    if (signs[i] !== 0) continue;
    const excess = Math.abs(pulls[i]!) / system.thresholds[i]! - 1;
    if (!(excess > most)) continue;
    most = excess;
    strongest = { slope: i, sign: Math.sign(pulls[i]!) };
  }
  return strongest;
};

/** Coordinate descent with soft thresholds (Friedman, Hastie & Tibshirani 2010): slower, and safe where rounding makes the set go round in circles. */
const descend = ({ curvatureOf, targetOf, thresholds }: LaplaceSystem, slopes: Float64Array): void => {
  const count = slopes.length;
  const pullOn = (slope: number): number => {
    let pull = targetOf(slope);
    for (let other = 0; other < count; other += 1) if (other !== slope) pull -= curvatureOf(slope, other) * slopes[other]!;
    return pull;
  };
  for (let round = 0, change = 1; round < DESCENT_ROUNDS_MAX && change > SLOPE_TOLERANCE; round += 1) {
    change = 0;
    for (let i = 0; i < count; i += 1) {
      const before = slopes[i]!;
      const bend = curvatureOf(i, i);
      const pull = pullOn(i);
      const after = bend > 0 ? (Math.sign(pull) * Math.max(0, Math.abs(pull) - thresholds[i]!)) / bend : 0;
      slopes[i] = after;
      change = Math.max(change, Math.abs(after - before));
    }
  }
};
