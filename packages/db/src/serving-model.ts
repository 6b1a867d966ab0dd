/**
 * The model that serves a product: the champion, if its bytes are those that were stored. One that does not verify is
 * never used; the champion before it serves instead, and the caller is told what was refused and why.
 */
import { createHash } from "node:crypto";
import type { DailyForecast, ModelId, ModelView, ProductId } from "@levain/contracts";
import type { Client } from "./client.js";
import { dayOfColumn } from "./column-day.js";
import type { Forecast, Model, Prisma } from "./generated/client.js";
import { modelViewOf } from "./models.js";

export type ServingModel = {
  readonly model: ModelView;
  readonly artifact: string;
  readonly forecast: DailyForecast;
  /** Newer champions that did not verify, the newest first. */
  readonly refused: readonly RefusedModel[];
};

export type RefusedModel = { readonly id: ModelId; readonly reason: string };

export const createServingModel = (client: Client, tenantId: string) => ({
  /** Null when no model of the product ever became champion, or none of those verifies. */
  async servingModel(productId: ProductId): Promise<ServingModel | null> {
    const refused: RefusedModel[] = [];
    let candidate = await client.model.findFirst({ where: { tenantId, productId, champion: { isNot: null } }, include: SERVED });
    let before: readonly ModelId[] | null = null;
    while (candidate) {
      const verified = verify(candidate);
      if ("model" in verified) return { ...verified, refused };
      refused.push(verified);
      // Asked for only when it is needed: the champion of nearly every product verifies.
      before ??= await championsBefore(client, tenantId, productId);
      const next: ModelId | undefined = before[refused.length - 1];
      candidate = next === undefined ? null : await client.model.findUnique({ where: { id: next, tenantId }, include: SERVED });
    }
    return null;
  },
});

export const SERVED = { champion: true, forecast: true } satisfies Prisma.ModelInclude;

/** The model with its text and forecast, if they are what was stored; else why not. */
export function verify(candidate: Prisma.ModelGetPayload<{ include: typeof SERVED }>): Omit<ServingModel, "refused"> | RefusedModel {
  const { artifact, forecast: stored, ...row } = candidate;
  const reason = whyRefused(candidate);
  const forecast = stored && forecastOf(stored);
  if (reason === null && forecast) return { model: modelViewOf(row), artifact, forecast };
  return { id: row.id, reason: reason ?? "expected a forecast of finite numbers, one per level and day" };
}

/** Those that would serve after it, one rollback after the other, each once. */
async function championsBefore(client: Client, tenantId: string, productId: ProductId): Promise<readonly ModelId[]> {
  const rows = await client.$queryRaw<{ model_id: ModelId }[]>`
    SELECT b.model_id FROM champions_beneath(${tenantId}, ${productId}) b
    WHERE b.model_id <> (SELECT c.model_id FROM champions c WHERE c.tenant_id = ${tenantId} AND c.product_id = ${productId})
    GROUP BY b.model_id ORDER BY min(b.depth)`;
  return rows.map(({ model_id }) => model_id);
}

function whyRefused({ artifact, bytes, sha256 }: Model): string | null {
  const storedBytes = Buffer.byteLength(artifact, "utf8");
  if (storedBytes !== bytes) return `expected ${bytes} bytes, the stored model has ${storedBytes}`;
  const storedSha256 = createHash("sha256").update(artifact, "utf8").digest("hex");
  if (storedSha256 !== sha256) return `expected SHA-256 ${sha256}, the stored model has ${storedSha256}`;
  return null;
}

/** Null when the numbers are not all there. */
function forecastOf({ days, levels, quantiles }: Forecast): DailyForecast | null {
  if (!isMatrix(quantiles, levels.length, days.length)) return null;
  return { days: days.map(dayOfColumn), levels, values: quantiles };
}

export const isMatrix = (value: unknown, rows: number, columns: number): value is number[][] =>
  Array.isArray(value) &&
  value.length === rows &&
  value.every((row: unknown) => Array.isArray(row) && row.length === columns && row.every((number: unknown) => Number.isFinite(number)));
