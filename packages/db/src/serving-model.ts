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
    while (candidate) {
      const { artifact, forecast: stored, ...row } = candidate;
      const reason = whyRefused(candidate);
      const forecast = stored && forecastOf(stored);
      if (reason === null && forecast) return { model: modelViewOf(row), artifact, forecast, refused };
      refused.push({ id: row.id, reason: reason ?? "expected a forecast of finite numbers, one per level and day" });
      candidate = await championBefore(client, candidate);
    }
    return null;
  },
});

const SERVED = { champion: true, forecast: true } satisfies Prisma.ModelInclude;

const championBefore = (client: Client, { tenantId, productId, version }: Model) =>
  client.model.findFirst({
    where: { tenantId, productId, becameChampion: true, version: { lt: version } },
    orderBy: { version: "desc" },
    include: SERVED,
  });

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

const isMatrix = (value: unknown, rows: number, columns: number): value is number[][] =>
  Array.isArray(value) &&
  value.length === rows &&
  value.every((row: unknown) => Array.isArray(row) && row.length === columns && row.every((number: unknown) => Number.isFinite(number)));
