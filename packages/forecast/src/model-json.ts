/**
 * A model as versioned JSON text and back. Readable by eye and by other languages, the same bytes on every worker, and
 * good for longer than the code that wrote it: a model of an older schema version is brought forward, version by version.
 */
import type { Json, Model } from "./model.js";
import { describe, faultOf, isRecord, MODEL_SCHEMA_VERSION } from "./model.js";

/** Significant digits that are kept: far finer than any sale, coarser than what two machines' sines may differ by. */
const DIGITS = 10;

/** Deterministic: keys stand in the order in which models are built, numbers are rounded to ten digits. */
export const toJson = (model: Model): string =>
  JSON.stringify(model, (_, value: unknown) => (typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value));

/** From each older version's shape to the next one's, under the older one's number; the version itself is raised by `migrated`. */
export type Migrations = Readonly<Record<number, (older: Json) => Json>>;

const MIGRATIONS: Migrations = {
  // Version 2 has columns that are shares of the trend, which a reader of version 1 would add up instead; before there were none.
  1: (older) => older,
  // Version 3 knows how the spread of errors grows and counts what members disagree about, which a reader of version 2 would leave out; a model without says nothing of it.
  2: (older) => older,
  // Version 4 pools opinions about a count, whose quantiles a reader of version 3 would average instead; a model without does not.
  3: (older) => older,
};

/** @throws RangeError saying what was expected and what came */
export const parseModel = (json: string): Model => {
  const parsed = parseJson(json);
  if (!isRecord(parsed)) throw new RangeError(`expected a model as a JSON object, got ${describe(parsed)}`);
  const model = migrated(parsed, MIGRATIONS, MODEL_SCHEMA_VERSION);
  const fault = faultOf(model);
  if (fault !== null) throw new RangeError(`expected a whole model, got one ${fault}`);
  return model as Model;
};

/** The same model in the shape of `version`. @throws RangeError for a version that no migration leads on from */
export const migrated = (model: Json, migrations: Migrations, version: number): Json => {
  if (model.schemaVersion === version) return model;
  const migrate = typeof model.schemaVersion === "number" && model.schemaVersion < version ? migrations[model.schemaVersion] : undefined;
  if (migrate === undefined) throw new RangeError(`expected a model of schema version ${version}, got ${describe(model.schemaVersion)}`);
  return migrated({ ...migrate(model), schemaVersion: Number(model.schemaVersion) + 1 }, migrations, version);
};

const parseJson = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new RangeError(`expected a model as JSON, got text that is none (${json.length} characters)`, { cause });
  }
};
