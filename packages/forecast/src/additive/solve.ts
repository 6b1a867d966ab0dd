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
  eliminate(a, k, k);
  forward(a, x, k, k);
  backward(a, x, k, k);
};

/**
 * Eliminates the leading `size` unknowns from the (k, k) lower triangle of A. The rows of these become L; of the rows
 * after them the left part becomes that of L, the right part the Schur complement, what is left of the system once the
 * leading unknowns are expressed by the rest. With size = k that is the whole factorisation.
 *
 * Two rows by two columns at a time, so that each value loaded is used twice.
 */
export const eliminate = (a: Float64Array, k: number, size: number): void => {
  let top = 0;
  for (let j = 0; j < size; j += 1) top = Math.max(top, a[j * k + j]!);
  const pivotMin = Math.max(top * PIVOT_SHARE_MIN, Number.EPSILON ** 2);
  for (let row = 0; row < k; row += 2) {
    const r = row * k;
    // An odd last row stands in for its missing neighbour; both then compute and write the same.
    const s = row + 1 < k ? r + k : r;
    for (let col = 0; col < row; col += 2) {
      const p = col * k;
      const q = p + k;
      let rp = 0;
      let rq = 0;
      let sp = 0;
      let sq = 0;
      const known = Math.min(col, size);
      for (let m = 0; m < known; m += 1) {
        const x = a[r + m]!;
        const y = a[s + m]!;
        const u = a[p + m]!;
        const v = a[q + m]!;
        rp += x * u;
        rq += x * v;
        sp += y * u;
        sq += y * v;
      }
      rp = a[r + col]! - rp;
      sp = a[s + col]! - sp;
      rq = a[r + col + 1]! - rq;
      sq = a[s + col + 1]! - sq;
      if (col < size) {
        rp /= a[p + col]!;
        sp /= a[p + col]!;
        rq -= rp * a[q + col]!;
        sq -= sp * a[q + col]!;
      }
      if (col + 1 < size) {
        rq /= a[q + col + 1]!;
        sq /= a[q + col + 1]!;
      }
      a[r + col] = rp;
      a[s + col] = sp;
      a[r + col + 1] = rq;
      a[s + col + 1] = sq;
    }
    finishDiagonal(a, k, size, row, pivotMin);
  }
};

/** The two-by-two block on the diagonal, and the pivots. */
const finishDiagonal = (a: Float64Array, k: number, size: number, row: number, pivotMin: number): void => {
  const r = row * k;
  const s = r + k;
  const known = Math.min(row, size);
  const first = a[r + row]! - dot(a, r, a, r, known);
  const isPivot = row < size;
  const pivot = isPivot ? Math.sqrt(Math.max(first, pivotMin)) : first;
  a[r + row] = pivot;
  if (row + 1 >= k) return;
  const side = a[s + row]! - dot(a, s, a, r, known);
  const left = isPivot ? side / pivot : side;
  a[s + row] = left;
  const second = a[s + row + 1]! - dot(a, s, a, s, known) - (isPivot ? left * left : 0);
  a[s + row + 1] = row + 1 < size ? Math.sqrt(Math.max(second, pivotMin)) : second;
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
