/* oxlint-disable typescript/no-non-null-assertion -- column numbers come from the list of columns they index */
/** The additive model: trend with bends, weekday, season, special days and regressors, each with its prior. */
import { scaleOf } from "../column-priors.js";
import type { Column } from "../design.js";
import type { History } from "../history.js";
import { learnCorrection } from "../level-correction.js";
import { scatterOf } from "../outlook.js";
import type { EpochDay } from "../series.js";
import type { AdditiveSpec, TermGroup } from "../spec.js";
import type { SpreadGrowth } from "../spread-growth.js";
import type { Transform } from "../transform.js";
import type { Role, Weighted } from "./centers.js";
import { centersOf } from "./centers.js";
import { mapFit } from "./map-fit.js";
import { recencyOf } from "./recency.js";
import type { ShareProblem } from "./share-fit.js";
import { shareFit } from "./share-fit.js";
import { statisticsOf } from "./statistics.js";

export type FittedAdditive = Weighted & {
  readonly family: "additive";
  readonly transform: Transform;
  /** Added to the forecast: `value · fade ** (day − lastDay)`, counted from the last open day. */
  readonly correction: { readonly value: number; readonly fade: number; readonly lastDay: EpochDay; /** Of each weekday on top, Monday first; absent when weekdays do not change. */ readonly weekdays?: readonly number[] };
  /** Quantiles of the innovations on `LEVELS`, in the model's scale. */
  readonly residuals: readonly number[];
  /** Of their spread; absent in models of schema version 2 and before. */
  readonly growth?: SpreadGrowth;
};

/** Prophet's normal prior on level and first slope. */
const TREND_SCALE = 5;
/** Open days whose innovations describe the model's uncertainty: a year, so that old calm or unrest does not count. */
const INNOVATION_DAYS = 365;
/** Open days whose residuals are looked at: half a year more, in which what is carried forward comes to its own. */
const RESIDUAL_DAYS = INNOVATION_DAYS + 182;

export const fitAdditive = (spec: AdditiveSpec, history: History): FittedAdditive => {
  const { correction, ...priors } = spec;
  // Specs that differ only in how they carry errors forward share all that is costly.
  const { residuals, ...weighted } = history.shared(JSON.stringify(priors), () => regress(spec, history));
  const { days } = history.open;
  const { transform, z } = history.target(spec.transform);
  const { value, weekdays, innovations } = learnCorrection(residuals, days.subarray(-residuals.length), correction);
  return {
    family: "additive",
    transform,
    ...weighted,
    correction: { value, fade: correction.fade, lastDay: days.at(-1) ?? history.cutoff, ...(weekdays === null ? {} : { weekdays }) },
    ...scatterOf(z.subarray(-innovations.length), innovations, INNOVATION_DAYS),
  };
};

type Regressed = Weighted & { /** Of the last open days, at most `RESIDUAL_DAYS`. */ readonly residuals: Float64Array };

const regress = (spec: AdditiveSpec, history: History): Regressed => {
  const { columns, matrix } = history.design();
  const own = { level: TREND_SCALE, trend: TREND_SCALE, changepoint: spec.changepointScale, "weekly-by-season": spec.weeklyBySeasonScale };
  const [normal, laplace, straight, bends]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let column = 0; column < columns.length; column += 1) {
    const scale = scaleOf(spec, own, columns[column]!);
    if (scale === 0) continue;
    const isBend = columns[column]!.group === "changepoint";
    (isBend ? laplace : normal).push(scale);
    (isBend ? bends : straight).push(column);
  }
  const kept = [...straight, ...bends];
  const roles = kept.map((column) => roleOf(columns[column]!, spec.multiplicative ?? []));
  const hasShares = roles.includes("share");
  const priors = { normal, laplace };
  const beta = hasShares ? shareFit({ ...productOf(spec, history, kept), roles, priors }) : mapFit(statisticsOf(spec, history, kept), priors).beta;
  const places = Array.from(kept.keys()).filter((i) => i < straight.length || beta[i] !== 0);
  const found = { kept: places.map((i) => kept[i]!), beta: places.map((i) => beta[i]!), ...(hasShares ? { roles: places.map((i) => roles[i]!) } : {}) };
  const centers = centersOf(matrix, found, Math.min(matrix.n, RESIDUAL_DAYS));
  const z = history.target(spec.transform).z.subarray(-centers.length);
  const residuals = new Float64Array(centers.length);
  for (let i = 0; i < residuals.length; i += 1) residuals[i] = z[i]! - centers[i]!;
  return { ...found, residuals };
};

const roleOf = ({ group }: Column, multiplicative: readonly TermGroup[]): Role => {
  if (group === "level" || group === "trend" || group === "changepoint") return "trend";
  return multiplicative.includes(group) ? "share" : "sum";
};

const productOf = ({ transform, halfLifeDays }: AdditiveSpec, history: History, kept: readonly number[]): Pick<ShareProblem, "matrix" | "z" | "weights"> => {
  const { n, values } = history.design().matrix;
  const own = new Float64Array(n * kept.length);
  for (const [j, column] of kept.entries()) own.set(values.subarray(column * n, (column + 1) * n), j * n);
  const weights = halfLifeDays === undefined ? new Float64Array(n).fill(1) : recencyOf(history, halfLifeDays);
  return { matrix: { n, k: kept.length, values: own }, z: history.target(transform).z, weights };
};
