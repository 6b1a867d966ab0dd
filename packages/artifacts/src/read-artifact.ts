/** What stored bytes must be before they may serve: all of what their model's row says of them, and a model. */
import { MODEL_SCHEMA_VERSION, parseModel, type Model } from "@levain/forecast";
import { z } from "zod";
import { sha256Of } from "./store.js";

/** What a model's row says of its artifact. */
export type Named = { readonly sha256: string; readonly bytes: number; readonly schemaVersion: number };

/** `fitted` is null for a whole artifact of a newer engine, which this one cannot read. `refused` says what was expected and what came. */
export type Verified = { readonly fitted: Model | null } | { readonly refused: string };

/** What every version of a model has. */
const AnyModel = z.looseObject({
  schemaVersion: z.int().min(1),
  cutoff: z.int(),
  seed: z.int(),
  spec: z.looseObject({ family: z.string().min(1) }),
  fitted: z.looseObject({ family: z.string().min(1) }),
  widening: z.looseObject({ low: z.number(), high: z.number() }),
  recipe: z.looseObject({}).nullable(),
});

/** Size, digest, schema version, shape and finite numbers, in this order: what is cheap and tells most comes first. */
export function readArtifact(stored: Uint8Array, named: Named): Verified {
  const reason = notAsStored(stored, named);
  if (reason !== null) return { refused: reason };
  const text = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString("utf8");
  const json = parsed(text);
  const model = AnyModel.safeParse(json);
  if (!model.success) return { refused: `expected a model's shape: ${model.error.issues.map(({ path, message }) => `${path.join(".") || "the text"}: ${message}`).join("; ")}` };
  if (model.data.schemaVersion !== named.schemaVersion) return { refused: `expected schema version ${named.schemaVersion}, the stored model has ${model.data.schemaVersion}` };
  if (!hasFiniteNumbers(json)) return { refused: "expected finite numbers, the stored model has one that is not" };
  return named.schemaVersion > MODEL_SCHEMA_VERSION ? { fitted: null } : asModel(text);
}

/** What tells stored bytes from those that were stored; null when nothing does. */
export function notAsStored(stored: Uint8Array, { sha256, bytes }: Named): string | null {
  if (stored.length !== bytes) return `expected ${bytes} bytes, the stored model has ${stored.length > bytes ? "more" : stored.length}`;
  const storedSha256 = sha256Of(stored);
  return storedSha256 === sha256 ? null : `expected SHA-256 ${sha256}, the stored model has ${storedSha256}`;
}

function asModel(text: string): Verified {
  try {
    return { fitted: parseModel(text) };
  } catch (error) {
    if (error instanceof RangeError) return { refused: error.message };
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** JSON has no word for an infinite number, but 1e999 is read as one. */
const hasFiniteNumbers = (value: unknown): boolean =>
  typeof value === "number" ? Number.isFinite(value) : typeof value !== "object" || value === null || Object.values(value).every(hasFiniteNumbers);
