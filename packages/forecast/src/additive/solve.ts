/* oxlint-disable typescript/no-non-null-assertion -- all loops below run within the (k, k) triangle they read; checks would double their time */
/**
 * Solving symmetric positive definite systems by Cholesky's factorisation A = L·Lᵀ, in place, row by row. A row needs
 * only the rows before it, so a system whose last rows change is solved again from there.
 */

/** Share of the largest diagonal element that a pivot keeps at least; below it the column is a copy of earlier ones. */
const PIVOT_SHARE_MIN = 1e-12;

/**
 * Solves A·x = b. A pivot that vanishes by rounding is lifted to a tiny share of the largest diagonal element, so a
 * collinear column gets a finite coefficient instead of an infinite one.
 *
 * @param a shape (k, k) row-major, lower triangle read, overwritten with L
 * @param x shape (k), b on entry, the solution on return
 */
export const solveInPlace = (a: Float64Array, x: Float64Array, k: number): void => {
  factorise(a, k, k);
  forward(a, x, k, k);
  backward(a, x, k, k);
};

/** Overwrites the leading (size, size) lower triangle of A, rows `stride` apart, with L. */
export const factorise = (a: Float64Array, stride: number, size: number): void => {
  let top = 0;
  for (let j = 0; j < size; j += 1) top = Math.max(top, a[j * stride + j]!);
  const pivotMin = Math.max(top * PIVOT_SHARE_MIN, Number.EPSILON ** 2);
  for (let j = 0; j < size; j += 1) {
    const row = j * stride;
    for (let i = 0; i < j; i += 1) a[row + i] = (a[row + i]! - dot(a, row, a, i * stride, i)) / a[i * stride + i]!;
    a[row + j] = Math.sqrt(Math.max(a[row + j]! - dot(a, row, a, row, j), pivotMin));
  }
};

/**
 * Eliminates the leading `size` unknowns, already factorised, from rows size … k: their left part becomes that of L,
 * their right part the Schur complement, what is left of the system once the leading unknowns are expressed by the rest.
 */
export const eliminate = (a: Float64Array, stride: number, size: number, k: number): void => {
  for (let j = size; j < k; j += 1) {
    const row = j * stride;
    for (let i = 0; i < size; i += 1) a[row + i] = (a[row + i]! - dot(a, row, a, i * stride, i)) / a[i * stride + i]!;
    for (let i = size; i <= j; i += 1) a[row + i] = a[row + i]! - dot(a, row, a, i * stride, size);
  }
};

/** Solves L·x = b for the leading `size` unknowns. */
export const forward = (a: Float64Array, x: Float64Array, stride: number, size: number): void => {
  for (let i = 0; i < size; i += 1) x[i] = (x[i]! - dot(a, i * stride, x, 0, i)) / a[i * stride + i]!;
};

/** Solves Lᵀ·x = b for the leading `size` unknowns, row by row so that memory is read in order. */
export const backward = (a: Float64Array, x: Float64Array, stride: number, size: number): void => {
  for (let i = size - 1; i >= 0; i -= 1) {
    const row = i * stride;
    const value = x[i]! / a[row + i]!;
    x[i] = value;
    for (let m = 0; m < i; m += 1) x[m] = x[m]! - value * a[row + m]!;
  }
};

/** Σ a[i + m]·b[j + m] over m < length; four running sums, because each addition waits for the one before it. */
export const dot = (a: Float64Array, i: number, b: Float64Array, j: number, length: number): number => {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let m = 0;
  for (; m + 3 < length; m += 4) {
    s0 += a[i + m]! * b[j + m]!;
    s1 += a[i + m + 1]! * b[j + m + 1]!;
    s2 += a[i + m + 2]! * b[j + m + 2]!;
    s3 += a[i + m + 3]! * b[j + m + 3]!;
  }
  for (; m < length; m += 1) s0 += a[i + m]! * b[j + m]!;
  return s0 + s1 + (s2 + s3);
};
