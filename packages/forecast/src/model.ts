/** The fitted model: plain data that forecasts without its series. `model-json.ts` writes and reads it. */
import type { Role } from "./additive/centers.js";
import type { Widening } from "./conformal.js";
import type { DesignRecipe } from "./design.js";
import type { Fitted } from "./families.js";
import { LEVELS } from "./outlook.js";
import type { EpochDay } from "./series.js";
import type { Spec } from "./spec.js";

/** Raised when the shape of a model changes its meaning; `model-json.ts` then learns to bring the version before to this one. */
export const MODEL_SCHEMA_VERSION = 4;

export type Model = {
  readonly schemaVersion: typeof MODEL_SCHEMA_VERSION;
  readonly spec: Spec;
  /** The last day it has seen. */
  readonly cutoff: EpochDay;
  readonly seed: number;
  /** What the back-test taught about the width of its intervals. */
  readonly widening: Widening;
  readonly fitted: Fitted;
  /** How the columns of its days are written; null for families that need none. */
  readonly recipe: DesignRecipe | null;
};

export type Json = Readonly<Record<string, unknown>>;

/** What keeps parsed JSON of this version from being a whole model, to be read after "a model"; null when nothing does. */
export const faultOf = ({ cutoff, seed, spec, widening, fitted, recipe }: Json): string | null => {
  if (!Number.isInteger(cutoff) || !Number.isInteger(seed)) return "without cutoff or seed";
  if (!isRecord(spec) || typeof spec.family !== "string") return "without spec";
  if (!isRecord(widening) || !isNumber(widening.low) || !isNumber(widening.high)) return "without widening";
  if (!isRecord(fitted) || fitted.family !== spec.family) return "whose fitted family is not that of its spec";
  if (fitted.family !== "combination") return faultOfSingle(fitted, recipe);
  if (!Array.isArray(fitted.members) || fitted.members.length === 0) return "without members";
  if (fitted.weights !== undefined && !isNumbers(fitted.weights, fitted.members.length)) return "without a weight for each member";
  if (fitted.disagreement !== undefined && !isNumber(fitted.disagreement)) return "whose members disagree by no number";
  if (fitted.countUnit !== undefined && !(isNumber(fitted.countUnit) && fitted.countUnit > 0)) return "whose demand is counted in no number";
  return fitted.members.map((member) => (isRecord(member) ? faultOfSingle(member, recipe) : "with a member that is no model")).find((fault) => fault !== null) ?? null;
};

const faultOfSingle = (fitted: Json, recipe: unknown): string | null => {
  switch (fitted.family) {
    case "empirical":
    case "count":
      return isMatrix(fitted.weekdays) ? null : "without weekday quantiles";
    case "smoothing":
      return isNumber(fitted.level) ? faultOfWeekdays(fitted) : "without level";
    case "decomposed-smoothing":
      return (
        faultOfWeekdays(fitted) ??
        (isNumber(fitted.level) && isNumber(fitted.trend) && isNumber(fitted.damping) && isNumber(fitted.lastDay) ? null : "without level")
      );
    case "seasonal-naive":
    case "weekday-mean":
      return faultOfWeekdays(fitted);
    case "additive":
      return faultOfScale(fitted) ?? faultOfColumns(fitted, recipe, "beta", 0) ?? faultOfRoles(fitted) ?? (isCorrection(fitted.correction) ? null : "without correction");
    case "dynamic-regression":
      return (
        faultOfWeekdays(fitted) ??
        faultOfColumns(fitted, recipe, "beta", 0) ??
        (isNumber(fitted.level) && isNumber(fitted.fade) && isNumber(fitted.lastDay) ? null : "without level")
      );
    case "regression":
      return (
        faultOfScale(fitted) ??
        faultOfColumns(fitted, recipe, "weights", 2) ??
        (isRecord(fitted.recent) && isNumber(fitted.fallbackLevel) ? null : "without recent level")
      );
    default:
      return `of the unknown family ${describe(fitted.family)}`;
  }
};

const faultOfWeekdays = (fitted: Json): string | null => faultOfScale(fitted) ?? (isNumbers(fitted.weekdays, 7) ? null : "without seven weekdays");

const faultOfScale = ({ transform, residuals, growth }: Json): string | null => {
  if (!isRecord(transform) || !isNumber(transform.scale) || !["linear", "sqrt", "log"].includes(String(transform.name))) return "without a known transform";
  if (growth !== undefined && !(isRecord(growth) && isNumber(growth.center) && isNumber(growth.slope))) return "whose spread grows by no number";
  return isNumbers(residuals, LEVELS.length) ? null : `without ${LEVELS.length} residual quantiles`;
};

const faultOfColumns = (fitted: Json, recipe: unknown, coefficients: "beta" | "weights", extra: number): string | null => {
  if (!isRecord(recipe)) return "without a recipe for its columns";
  if (!isNumbers(fitted.kept)) return "without its columns";
  return isNumbers(fitted[coefficients], fitted.kept.length + extra) ? null : `whose ${coefficients} do not fit its columns`;
};

const faultOfRoles = ({ roles, kept }: Json): string | null => {
  if (roles === undefined) return null;
  const isWhole = Array.isArray(roles) && Array.isArray(kept) && roles.length === kept.length && roles.every((role) => ROLES.has(String(role)));
  return isWhole ? null : "without a role for each of its columns";
};
const ROLES: ReadonlySet<string> = new Set<Role>(["trend", "share", "sum"]);

export const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isNumbers = (value: unknown, length?: number): value is number[] =>
  Array.isArray(value) && value.every(isNumber) && (length === undefined || value.length === length);
const isCorrection = (value: unknown): boolean =>
  isRecord(value) && isNumber(value.value) && isNumber(value.fade) && isNumber(value.lastDay) && (value.weekdays === undefined || isNumbers(value.weekdays, 7));
const isMatrix = (value: unknown): boolean => Array.isArray(value) && value.length === 7 && value.every((row) => isNumbers(row, LEVELS.length));
export const describe = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80));
