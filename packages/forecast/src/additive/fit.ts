/* oxlint-disable typescript/no-non-null-assertion -- column numbers come from the list of columns they index */
/** The additive model: trend with bends, weekday, season, special days and regressors, each with its prior. */
import { scaleOf } from "../column-priors.js";
import type { History } from "../history.js";
import { learnCorrection } from "../level-correction.js";
import { residualQuantiles } from "../outlook.js";
import type { EpochDay } from "../series.js";
import type { AdditiveSpec } from "../spec.js";
import type { Transform } from "../transform.js";
import { combineColumns, principal } from "./gram.js";
import { mapFit } from "./map-fit.js";

export type FittedAdditive = {
  readonly family: "additive";
  readonly transform: Transform;
  /** Numbers of the design's columns used, and their coefficients in the model's scale. */
  readonly kept: readonly number[];
  readonly beta: readonly number[];
  /** Added to the forecast: `value · fade ** (day − lastDay)`, counted from the last open day. */
  readonly correction: { readonly value: number; readonly fade: number; readonly lastDay: EpochDay; /** Of each weekday on top, Monday first; absent when weekdays do not change. */ readonly weekdays?: readonly number[] };
  /** Quantiles of the innovations on `LEVELS`, in the model's scale. */
  readonly residuals: readonly number[];
};

/** Prophet's normal prior on level and first slope. */
const TREND_SCALE = 5;
/** Open days whose innovations describe the model's uncertainty: a year, so that old calm or unrest does not count. */
const INNOVATION_DAYS = 365;

export const fitAdditive = (spec: AdditiveSpec, history: History): FittedAdditive => {
  const { correction, ...priors } = spec;
  // Specs that differ only in how they carry errors forward share all that is costly.
  const { kept, beta, residuals } = history.shared(JSON.stringify(priors), () => regress(spec, history));
  const { days } = history.open;
  const { value, weekdays, innovations } = learnCorrection(residuals, days, correction);
  return {
    family: "additive",
    transform: history.target(spec.transform).transform,
    kept,
    beta,
    correction: { value, fade: correction.fade, lastDay: days.at(-1) ?? history.cutoff, ...(weekdays === null ? {} : { weekdays }) },
    residuals: residualQuantiles(innovations.subarray(-INNOVATION_DAYS)),
  };
};

type Regressed = Pick<FittedAdditive, "kept" | "beta"> & { /** Shape (n). */ readonly residuals: Float64Array };

const regress = (spec: AdditiveSpec, history: History): Regressed => {
  const { columns, matrix, gram } = history.design();
  const { z } = history.target(spec.transform);
  const { moments, squares } = history.moments(spec.transform);
  const own = { level: TREND_SCALE, trend: TREND_SCALE, changepoint: spec.changepointScale, "weekly-by-season": spec.weeklyBySeasonScale };
  const scales = columns.map((column) => scaleOf(spec, own, column));
  const isBend = (column: number) => columns[column]!.group === "changepoint";
  const used = scales.flatMap((scale, column) => (scale > 0 ? [column] : []));
  const normal = used.filter((column) => !isBend(column));
  const bends = used.filter(isBend);
  const kept = [...normal, ...bends];
  const { beta } = mapFit(
    { n: matrix.n, k: kept.length, gram: principal(gram, matrix.k, kept), moments: new Float64Array(kept).map((column) => moments[column]!), squares },
    { normal: normal.map((column) => scales[column]!), laplace: bends.map((column) => scales[column]!) },
  );
  const places = kept.flatMap((_, i) => (i < normal.length || beta[i]! !== 0 ? [i] : []));
  const found = { kept: places.map((i) => kept[i]!), beta: places.map((i) => beta[i]!) };
  const fitted = combineColumns(matrix, found.kept, found.beta);
  return { ...found, residuals: fitted.map((value, i) => z[i]! - value) };
};
