/* oxlint-disable typescript/no-non-null-assertion -- all loops below run within the (k, k) triangle they read; checks would double their time */
/** Solving symmetric positive definite systems of shape (k, k), row-major, by Cholesky's factorisation A = L·Lᵀ, in place, row by row. */

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
  factorise(a, k);
  forward(a, x, k);
  backward(a, x, k);
};

/**
 * The lower triangle of A becomes L. Three rows by three columns at a time, so that each value loaded is used three times;
 * the blocks on the diagonal are small and go element by element.
 */
export const factorise = (a: Float64Array, k: number): void => {
  let top = 0;
  for (let j = 0; j < k; j += 1) top = Math.max(top, a[j * k + j]!);
  const pivotMin = Math.max(top * PIVOT_SHARE_MIN, Number.EPSILON ** 2);
  for (let row = 0; row < k; row += 3) {
    const r = row * k;
    // Last rows stand in for missing neighbours; all of them then compute and write the same.
    const s = Math.min(row + 1, k - 1) * k;
    const t = Math.min(row + 2, k - 1) * k;
    for (let col = 0; col < row; col += 3) {
      const u = col * k;
      const v = u + k;
      const w = v + k;
      let ru = 0;
      let rv = 0;
      let rw = 0;
      let su = 0;
      let sv = 0;
      let sw = 0;
      let tu = 0;
      let tv = 0;
      let tw = 0;
      for (let m = 0; m < col; m += 1) {
        const x = a[r + m]!;
        const y = a[s + m]!;
        const z = a[t + m]!;
        const d = a[u + m]!;
        const e = a[v + m]!;
        const f = a[w + m]!;
        ru += x * d;
        rv += x * e;
        rw += x * f;
        su += y * d;
        sv += y * e;
        sw += y * f;
        tu += z * d;
        tv += z * e;
        tw += z * f;
      }
      const first = a[u + col]!;
      const second = a[v + col + 1]!;
      const third = a[w + col + 2]!;
      ru = (a[r + col]! - ru) / first;
      su = (a[s + col]! - su) / first;
      tu = (a[t + col]! - tu) / first;
      rv = (a[r + col + 1]! - rv - ru * a[v + col]!) / second;
      sv = (a[s + col + 1]! - sv - su * a[v + col]!) / second;
      tv = (a[t + col + 1]! - tv - tu * a[v + col]!) / second;
      rw = (a[r + col + 2]! - rw - ru * a[w + col]! - rv * a[w + col + 1]!) / third;
      sw = (a[s + col + 2]! - sw - su * a[w + col]! - sv * a[w + col + 1]!) / third;
      tw = (a[t + col + 2]! - tw - tu * a[w + col]! - tv * a[w + col + 1]!) / third;
      a[r + col] = ru;
      a[r + col + 1] = rv;
      a[r + col + 2] = rw;
      a[s + col] = su;
      a[s + col + 1] = sv;
      a[s + col + 2] = sw;
      a[t + col] = tu;
      a[t + col + 1] = tv;
      a[t + col + 2] = tw;
    }
    finishDiagonal(a, k, row, Math.min(row + 3, k), pivotMin);
  }
};

/** The block of rows `from` … `until` − 1 on the diagonal, and the pivots. */
const finishDiagonal = (a: Float64Array, k: number, from: number, until: number, pivotMin: number): void => {
  for (let row = from; row < until; row += 1) {
    for (let col = from; col <= row; col += 1) {
      const rest = a[row * k + col]! - dot(a, row * k, a, col * k, col);
      a[row * k + col] = col < row ? rest / a[col * k + col]! : Math.sqrt(Math.max(rest, pivotMin));
    }
  }
};

/** Solves L·x = b. What x holds beyond the k unknowns is left alone, here and below. */
export const forward = (a: Float64Array, x: Float64Array, k: number): void => {
  for (let i = 0; i < k; i += 1) x[i] = (x[i]! - dot(a, i * k, x, 0, i)) / a[i * k + i]!;
};

/** Solves Lᵀ·x = b, row by row so that memory is read in order. */
export const backward = (a: Float64Array, x: Float64Array, k: number): void => {
  for (let i = k - 1; i >= 0; i -= 1) {
    const row = i * k;
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
