/* oxlint-disable typescript/no-non-null-assertion -- all loops below run within (n, k) of the matrix they read; checks would double their time */
/** The sufficient statistics of least squares. They are all a fit needs of the data, and priors do not change them. */
import { dot } from "./solve.js";

/** A matrix of shape (n, k), column-major: element (i, j) is `values[j * n + i]`, so that a column is contiguous. */
export type Columns = { readonly n: number; readonly k: number; readonly values: Float64Array };

/** XᵀX, shape (k, k) row-major, symmetric. Cost n·k²/2 multiplications: 730 × 60 takes half a millisecond. */
export const gramOf = (columns: Columns): Float64Array => {
  const gram = new Float64Array(columns.k ** 2);
  writeProducts(gram, columns, upTo(columns.k));
  return gram;
};

/**
 * The same, given that of an earlier matrix with fewer rows: most columns of a fold begin as those of the fold before it,
 * and of these only the rows beyond are multiplied. The sums run in the same order, so the bits are those of `gramOf`.
 */
export const gramAfter = (columns: Columns, earlier: { readonly matrix: Columns; readonly gram: Float64Array }): Float64Array => {
  const { k } = columns;
  if (earlier.matrix.k !== k) return gramOf(columns);
  const gram = new Float64Array(k * k);
  const known = upTo(k).filter((j) => continues(columns, earlier.matrix, j));
  const others = upTo(k).filter((j) => !known.includes(j));
  for (const i of known) for (const j of known) gram[i * k + j] = earlier.gram[i * k + j]!;
  writeProducts(gram, columns, known, earlier.matrix.n);
  writeProducts(gram, columns, others);
  writeCrossProducts(gram, columns, others, known);
  return gram;
};

const upTo = (k: number): number[] => Array.from({ length: k }, (_, j) => j);

/** Whether a column begins with all of that of an earlier matrix. */
const continues = ({ n, values }: Columns, earlier: Columns, j: number): boolean => {
  if (earlier.n > n) return false;
  for (let i = 0; i < earlier.n; i += 1) if (values[j * n + i] !== earlier.values[j * earlier.n + i]) return false;
  return true;
};

/** Adds the inner products of the listed columns with one another, from a row on, to a Gram matrix, both halves. */
export const writeProducts = (gram: Float64Array, columns: Columns, listed: readonly number[], from = 0): void => {
  for (let p = 0; p < listed.length; p += 3) for (let q = p; q < listed.length; q += 3) addBlock(gram, columns, listed, p, listed, q, from);
};

/** Adds the inner products of the columns of one list with those of another, which share none. */
export const writeCrossProducts = (gram: Float64Array, columns: Columns, left: readonly number[], right: readonly number[]): void => {
  for (let p = 0; p < left.length; p += 3) for (let q = 0; q < right.length; q += 3) addBlock(gram, columns, left, p, right, q, 0);
};

/**
 * Three by three columns at a time, so that each value loaded is used three times; more sums than nine no longer fit the
 * registers.
 */
const addBlock = (gram: Float64Array, { n, k, values }: Columns, left: readonly number[], p: number, right: readonly number[], q: number, from: number): void => {
  // The last one stands in for columns beyond the end: the same products are then written twice.
  const a = left[p]!;
  const b = left[Math.min(p + 1, left.length - 1)]!;
  const c = left[Math.min(p + 2, left.length - 1)]!;
  const d = right[q]!;
  const e = right[Math.min(q + 1, right.length - 1)]!;
  const f = right[Math.min(q + 2, right.length - 1)]!;
  let ad = gram[a * k + d]!;
  let ae = gram[a * k + e]!;
  let af = gram[a * k + f]!;
  let bd = gram[b * k + d]!;
  let be = gram[b * k + e]!;
  let bf = gram[b * k + f]!;
  let cd = gram[c * k + d]!;
  let ce = gram[c * k + e]!;
  let cf = gram[c * k + f]!;
  for (let i = from; i < n; i += 1) {
    const xa = values[a * n + i]!;
    const xb = values[b * n + i]!;
    const xc = values[c * n + i]!;
    const xd = values[d * n + i]!;
    const xe = values[e * n + i]!;
    const xf = values[f * n + i]!;
    ad += xa * xd;
    ae += xa * xe;
    af += xa * xf;
    bd += xb * xd;
    be += xb * xe;
    bf += xb * xf;
    cd += xc * xd;
    ce += xc * xe;
    cf += xc * xf;
  }
  writeBoth(gram, k, a, d, ad);
  writeBoth(gram, k, a, e, ae);
  writeBoth(gram, k, a, f, af);
  writeBoth(gram, k, b, d, bd);
  writeBoth(gram, k, b, e, be);
  writeBoth(gram, k, b, f, bf);
  writeBoth(gram, k, c, d, cd);
  writeBoth(gram, k, c, e, ce);
  writeBoth(gram, k, c, f, cf);
};

/** Elements (i, j) and (j, i). */
export const writeBoth = (gram: Float64Array, k: number, i: number, j: number, value: number): void => {
  gram[i * k + j] = value;
  gram[j * k + i] = value;
};

/** Xᵀz, shape (k). @param z shape (n) */
export const momentsOf = ({ n, k, values }: Columns, z: Float64Array): Float64Array => {
  const moments = new Float64Array(k);
  for (let j = 0; j < k; j += 1) moments[j] = dot(values, j * n, z, 0, n);
  return moments;
};

/** The last `rows` rows of X[:, kept]·β, shape (rows). @param kept column numbers @param beta shape (kept.length) */
export const combineColumns = ({ n, values }: Columns, kept: readonly number[], beta: ArrayLike<number>, rows = n): Float64Array => {
  const result = new Float64Array(rows);
  const used: number[] = [];
  for (let j = 0; j < kept.length; j += 1) if (beta[j] !== 0) used.push(j);
  const first = n - rows;
  let j = 0;
  // Four columns at a time, so that the sum is loaded and stored a quarter as often.
  for (; j + 3 < used.length; j += 4) {
    const [ja, jb, jc, jd] = [used[j]!, used[j + 1]!, used[j + 2]!, used[j + 3]!];
    const [wa, wb, wc, wd] = [beta[ja]!, beta[jb]!, beta[jc]!, beta[jd]!];
    const [a, b, c, d] = [kept[ja]! * n + first, kept[jb]! * n + first, kept[jc]! * n + first, kept[jd]! * n + first];
    for (let i = 0; i < rows; i += 1) result[i] = result[i]! + (wa * values[a + i]! + wb * values[b + i]! + (wc * values[c + i]! + wd * values[d + i]!));
  }
  for (; j < used.length; j += 1) {
    const weight = beta[used[j]!]!;
    const from = kept[used[j]!]! * n + first;
    for (let i = 0; i < rows; i += 1) result[i] = result[i]! + weight * values[from + i]!;
  }
  return result;
};

/** Rows and columns `kept` of a matrix of shape (k, k). */
export const principal = (gram: Float64Array, k: number, kept: readonly number[]): Float64Array => {
  const size = kept.length;
  const selected = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    const from = kept[i]! * k;
    for (let j = 0; j < size; j += 1) selected[i * size + j] = gram[from + kept[j]!]!;
  }
  return selected;
};

/** Elements `kept` of a vector. */
export const elements = (vector: Float64Array, kept: readonly number[]): Float64Array => {
  const selected = new Float64Array(kept.length);
  for (let i = 0; i < selected.length; i += 1) selected[i] = vector[kept[i]!]!;
  return selected;
};
