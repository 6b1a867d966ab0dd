/** A model as text: the same model gives the same bytes, and text that is not a whole model is refused. */
import type { Model } from "./model.js";
import { MODEL_SCHEMA_VERSION } from "./model.js";
import { LEVELS } from "./outlook.js";

/** Deterministic: keys stand in the order in which models are built, numbers in their shortest exact form. */
export const toJson = (model: Model): string => JSON.stringify(model);

/** @throws RangeError saying what was expected and what came */
export const parseModel = (json: string): Model => {
  const parsed = parseJson(json);
  if (!isRecord(parsed)) throw new RangeError(`expected a model as a JSON object, got ${describe(parsed)}`);
  if (parsed.schemaVersion !== MODEL_SCHEMA_VERSION) {
    throw new RangeError(`expected a model of schema version ${MODEL_SCHEMA_VERSION}, got ${describe(parsed.schemaVersion)}`);
  }
  const fault = faultOf(parsed);
  if (fault !== null) throw new RangeError(`expected a whole model, got one ${fault}`);
  return parsed as Model;
};

const parseJson = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new RangeError(`expected a model as JSON, got text that is none (${json.length} characters)`, { cause });
  }
};

type Json = Readonly<Record<string, unknown>>;

const faultOf = ({ cutoff, seed, spec, widening, fitted }: Json): string | null => {
  if (!Number.isInteger(cutoff) || !Number.isInteger(seed)) return "without cutoff or seed";
  if (!isRecord(spec) || typeof spec.family !== "string") return "without spec";
  if (!isRecord(widening) || !isNumber(widening.low) || !isNumber(widening.high)) return "without widening";
  if (!isRecord(fitted) || fitted.family !== spec.family) return "whose fitted family is not that of its spec";
  if (fitted.family !== "combination") return faultOfSingle(fitted);
  if (!Array.isArray(fitted.members) || fitted.members.length === 0) return "without members";
  return fitted.members.map((member) => (isRecord(member) ? faultOfSingle(member) : "with a member that is no model")).find((fault) => fault !== null) ?? null;
};

const faultOfSingle = (fitted: Json): string | null => {
  switch (fitted.family) {
    case "empirical":
      return isMatrix(fitted.weekdays) ? null : "without weekday quantiles";
    case "seasonal-naive":
    case "weekday-mean":
    case "smoothing":
      return faultOfScale(fitted) ?? (isNumbers(fitted.weekdays, 7) ? null : "without seven weekdays");
    case "additive":
      return faultOfScale(fitted) ?? faultOfColumns(fitted, "beta", 0) ?? (isRecord(fitted.correction) ? null : "without correction");
    case "regression":
      return faultOfScale(fitted) ?? faultOfColumns(fitted, "weights", 2) ?? (isRecord(fitted.recent) ? null : "without recent level");
    default:
      return `of the unknown family ${describe(fitted.family)}`;
  }
};

const faultOfScale = ({ transform, residuals }: Json): string | null => {
  if (!isRecord(transform) || !isNumber(transform.scale) || !["linear", "sqrt", "log"].includes(String(transform.name))) return "without a known transform";
  return isNumbers(residuals, LEVELS.length) ? null : `without ${LEVELS.length} residual quantiles`;
};

const faultOfColumns = (fitted: Json, coefficients: "beta" | "weights", extra: number): string | null => {
  if (!isRecord(fitted.recipe)) return "without a recipe for its columns";
  if (!isNumbers(fitted.kept)) return "without its columns";
  return isNumbers(fitted[coefficients], fitted.kept.length + extra) ? null : `whose ${coefficients} do not fit its columns`;
};

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isNumbers = (value: unknown, length?: number): value is number[] =>
  Array.isArray(value) && value.every(isNumber) && (length === undefined || value.length === length);
const isMatrix = (value: unknown): boolean => Array.isArray(value) && value.length === 7 && value.every((row) => isNumbers(row, LEVELS.length));
const describe = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80));
