/**
 * Why a forecast is what it is: parts that add up to the median. A single model adds its parts in its own scale, where
 * a root or a logarithm has made effects additive; a combination, whose members think in different scales, adds them in
 * the series' unit: its median is the weighted mean of its members' medians, so each of its parts is that mean of theirs;
 * where it is a count, one part more is what lies between that mean and the whole number in the middle.
 *
 * In the series' unit the level is worth what it would sell alone. The other parts share what is above it in
 * proportion: the integral of each part's marginal effect along the straight way from the level to the forecast
 * (Aumann & Shapley 1974), so that the order in which parts are named makes no difference.
 */
import { weightsOf } from "./member-weights.js";
import type { Drivers } from "./drivers.js";
import type { Fitted, FittedCombination, FittedSingle } from "./families.js";
import { project } from "./families.js";
import { familyTerms, type Occasion } from "./family-terms.js";
import { aheadOf } from "./history.js";
import type { Model } from "./model.js";
import { MEDIAN_INDEX } from "./outlook.js";
import { createSums, describePart, merged, type Part, type Term } from "./part.js";
import type { EpochDay } from "./series.js";
import { fromScale, toScale, type Transform, type TransformName } from "./transform.js";
import { sum } from "./vector.js";

export type Explanation = {
  /** What the parts' values are: shares of the largest demand (`linear`), of its root or its logarithm; or `units` of the series. */
  readonly scale: TransformName | "units";
  readonly days: readonly ExplainedDay[];
};

export type ExplainedDay = {
  readonly day: EpochDay;
  /** As `predict` says it: what the parts' units add up to. */
  readonly median: number;
  /** The median in the model's scale: what the parts' values add up to. */
  readonly scaled: number;
  readonly parts: readonly (Part & { /** A sentence for people. */ readonly description: string })[];
};

export type ExplainRequest = { readonly start: EpochDay; readonly days: number; readonly drivers: Drivers };

/** Explains each day of [start, start + days). @throws RangeError for a day the model has already seen */
export const explain = (model: Model, { start, days, drivers }: ExplainRequest): Explanation => {
  if (start <= model.cutoff) throw new RangeError(`expected a start after the model's cutoff, day ${model.cutoff}, got day ${start}`);
  const ahead = aheadOf(model.recipe, Int32Array.from({ length: days }, (_, i) => start + i), drivers);
  const plan = new Set(drivers.openAhead ?? []);
  const isOpen = (day: EpochDay) => plan.size === 0 || plan.has(day);
  return {
    scale: scaleOf(model.fitted),
    days: sumsOf(model.fitted, { ahead, drivers, recipe: model.recipe }).map((sums, i) => {
      const { median, scaled, parts } = isOpen(start + i) ? sums : closed(sums);
      return { day: start + i, median, scaled, parts: parts.map((part) => ({ ...part, description: describePart(part) })) };
    }),
  };
};

const scaleOf = (fitted: Fitted): Explanation["scale"] => ("transform" in fitted ? fitted.transform.name : "units");

/** A day's parts, and the median that they add up to in the series' unit and in the model's scale. */
type Sums = { readonly median: number; readonly scaled: number; readonly parts: readonly Part[] };

const closed = ({ median, scaled, parts }: Sums): Sums => ({
  median: 0,
  scaled: 0,
  parts: [...parts, { kind: "limit", name: "closed", value: -scaled, units: -median }],
});

/** One entry per day ahead. */
const sumsOf = (fitted: Fitted, occasion: Occasion): Sums[] =>
  fitted.family === "combination" ? combinedSums(fitted, occasion) : singleSums(fitted, occasion);

/** The mean of the members' sums; where a count is pooled of them, with what lies between that mean and the count in the middle. */
const combinedSums = (fitted: FittedCombination, occasion: Occasion): Sums[] => {
  const sums = meanSums(fitted.members.map((member) => singleSums(member, occasion)), weightsOf(fitted));
  if (fitted.countUnit === undefined) return sums;
  const medians = project(fitted, occasion.ahead)[MEDIAN_INDEX];
  return sums.map((each, i) => inWholeUnits(each, medians?.[i] ?? each.median));
};

const inWholeUnits = ({ median: mean, parts }: Sums, median: number): Sums => ({
  median,
  scaled: median,
  parts: [...parts, { kind: "whole-units", name: "whole units", value: median - mean, units: median - mean }],
});

/** Part by part the weighted mean of the members', in the series' unit; a member without a part has none of it. */
const meanSums = (members: readonly (readonly Sums[])[], weights: readonly number[]): Sums[] =>
  (members[0] ?? []).map((_, day) => {
    const sums = members.flatMap((member) => member[day] ?? []);
    const median = sum(sums.map((each, m) => each.median * (weights[m] ?? 0)));
    const units = createSums();
    for (const [m, { parts }] of sums.entries()) for (const part of parts) units.add(part.kind, part.name, part.units * (weights[m] ?? 0));
    return { median, scaled: median, parts: units.terms().map((term) => ({ ...term, units: term.value })) };
  });

const singleSums = (fitted: FittedSingle, occasion: Occasion): Sums[] =>
  Array.from(project(fitted, occasion.ahead)[MEDIAN_INDEX] ?? [], (median, i) => {
    const terms = familyTerms(fitted, occasion, i);
    if (!("transform" in fitted)) return { median, scaled: median, parts: merged(terms).map((term) => ({ ...term, units: term.value })) };
    // What past errors lean to is in every day's median alike.
    const leaning: Term = { kind: "level", name: "level", value: fitted.residuals[MEDIAN_INDEX] ?? 0 };
    return inUnits(merged([leaning, ...terms]), median, fitted.transform);
  });

/** What adding in another order may change; more is a limit at work. */
const ROUNDING = 1e-12;
/** Rise above the level below which its mean slope is that at the level. */
const FLAT = 1e-6;

/** What the terms are worth in the series' unit, with the limit that holds their sum within what can be sold. */
const inUnits = (terms: readonly Term[], median: number, transform: Transform): Sums => {
  const scaled = toScale(transform, median);
  const held = scaled - sum(terms.map(({ value }) => value));
  const limits: Term[] = Math.abs(held) > ROUNDING ? [{ kind: "limit", name: "limit", value: held }] : [];
  const others = [...terms.filter(({ kind }) => kind !== "level"), ...limits];
  const rise = sum(others.map(({ value }) => value));
  const slope = Math.abs(rise) > FLAT ? (median - fromScale(transform, scaled - rise)) / rise : (fromScale(transform, scaled + FLAT) - median) / FLAT;
  const parts = others.map((term): Part => ({ ...term, units: slope * term.value }));
  const level: Part = { kind: "level", name: "level", value: scaled - rise, units: median - sum(parts.map(({ units }) => units)) };
  return { median, scaled, parts: [level, ...parts] };
};
