/**
 * The sufficient statistics of the columns that a spec uses. Columns that it leaves out are not multiplied, and specs
 * that use the same ones, whatever their priors, share all products.
 */
import type { History } from "../history.js";
import type { AdditiveSpec } from "../spec.js";
import type { TransformName } from "../transform.js";
import { sumOfSquares } from "../vector.js";
import { designGram, designMoments } from "./design-gram.js";
import { elements, principal } from "./gram.js";
import type { Statistics } from "./map-fit.js";
import { patternOf } from "./pattern.js";
import { discounted } from "./recency.js";

/** @param kept numbers of the design's columns, which is also the order of the result */
export const statisticsOf = ({ transform, halfLifeDays }: AdditiveSpec, history: History, kept: readonly number[]): Statistics => {
  if (halfLifeDays === undefined) return evenly(transform, history, kept);
  const { n, k, gram, moments, squares } = discounted(history, transform, halfLifeDays);
  return { n, k: kept.length, gram: principal(gram, k, kept), moments: elements(moments, kept), squares };
};

/** All days count alike. */
const evenly = (transform: TransformName, history: History, kept: readonly number[]): Statistics => {
  const { columns, matrix } = history.design();
  const names = kept.join();
  const { pattern, gram } = history.shared(`products of ${names}`, () => {
    const used = patternOf(columns, history.open.days, matrix, kept);
    return { pattern: used, gram: principal(designGram(used, matrix), matrix.k, kept) };
  });
  const { moments, squares } = history.shared(`products of ${names} with ${transform} demand`, () => {
    const { z } = history.target(transform);
    return { moments: elements(designMoments(pattern, matrix, z), kept), squares: sumOfSquares(z) };
  });
  return { n: matrix.n, k: kept.length, gram, moments, squares };
};
