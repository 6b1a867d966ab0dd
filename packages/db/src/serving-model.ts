/**
 * The model that serves a product: the champion, if its artifact is what was stored. One that is not is taken out of
 * service when that is first noticed; the champion before it serves instead, and the caller is told what was refused and why.
 */
import type { DailyForecast, ModelId, ModelView, ProductId } from "@levain/contracts";
import type { Model as FittedModel } from "@levain/forecast";
import type { Client } from "./client.js";
import { dayOfColumn } from "./column-day.js";
import type { Forecast, Prisma } from "./generated/client.js";
import { modelViewOf } from "./models.js";

export type ServingModel = {
  readonly model: ModelView;
  /** Null for one that a newer engine has fitted: this one can only tell its stored forecast. */
  readonly fitted: FittedModel | null;
  readonly forecast: DailyForecast;
  /** Newer champions that are out of service, the newest first. */
  readonly refused: readonly RefusedModel[];
};

export type RefusedModel = { readonly id: ModelId; readonly reason: string };

/** How this process gets at artifacts, and who is to know of those that are spoiled. */
export type StoredModels = {
  /** @throws Failure("artifact.unavailable") when nobody can tell whether it is good */
  load(named: NamedModel): Promise<{ readonly fitted: FittedModel | null } | { readonly refused: string }>;
  /** Once for each model that is taken out of service. */
  onRefused(refused: { readonly tenantId: string; readonly productId: ProductId; readonly modelId: ModelId; readonly reason: string }): void;
};

/** What a model's row says of its artifact. */
export type NamedModel = {
  readonly tenantId: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly schemaVersion: number;
  /** The artifact itself, of a row of before there was a store; null where the store has it. */
  readonly text: string | null;
};

export const SERVED = { champion: true, forecast: true } satisfies Prisma.ModelInclude;
type Candidate = Prisma.ModelGetPayload<{ include: typeof SERVED }>;

export const createServingModel = (client: Client, tenantId: string, stored: StoredModels) => {
  const refuse = async ({ id, productId }: Pick<Candidate, "id" | "productId">, reason: string): Promise<RefusedModel> => {
    const [{ refused }] = await client.$queryRaw<[{ refused: boolean }]>`SELECT refuse_model(${tenantId}, ${id}::uuid, ${reason}) AS refused`;
    if (refused) stored.onRefused({ tenantId, productId, modelId: id, reason });
    return { id, reason };
  };

  /** The model with its forecast, if both are what was stored; else why not, whatever was said of it before. */
  const inspect = async (candidate: Candidate): Promise<Omit<ServingModel, "refused"> | RefusedModel> => {
    const { artifact: text, forecast: kept, ...row } = candidate;
    const loaded = await stored.load({ tenantId, sha256: row.sha256, bytes: row.bytes, schemaVersion: row.schemaVersion, text });
    if ("refused" in loaded) return refuse(candidate, loaded.refused);
    const forecast = kept && forecastOf(kept);
    return forecast ? { model: modelViewOf(row), fitted: loaded.fitted, forecast } : refuse(candidate, "expected a forecast of finite numbers, one per level and day");
  };

  const verify = async (candidate: Candidate): Promise<Omit<ServingModel, "refused"> | RefusedModel> =>
    candidate.refusedReason === null ? inspect(candidate) : { id: candidate.id, reason: candidate.refusedReason };

  const candidateOf = (id: ModelId): Promise<Candidate | null> => client.model.findUnique({ where: { id, tenantId }, include: SERVED });

  /** Those that would serve after the champion, one rollback after the other, each once. */
  const championsBefore = async (productId: ProductId): Promise<readonly ModelId[]> => {
    const rows = await client.$queryRaw<{ model_id: ModelId }[]>`
      SELECT b.model_id FROM champions_beneath(${tenantId}, ${productId}) b
      WHERE b.model_id <> (SELECT c.model_id FROM champions c WHERE c.tenant_id = ${tenantId} AND c.product_id = ${productId})
      GROUP BY b.model_id ORDER BY min(b.depth)`;
    return rows.map(({ model_id }) => model_id);
  };

  /** The first whole one among those before the champion, and those that had to be passed over. */
  const wholeBefore = async (productId: ProductId, refused: readonly RefusedModel[]): Promise<ServingModel | null> => {
    const passed = [...refused];
    for (const id of await championsBefore(productId)) {
      const candidate = await candidateOf(id);
      const verified = candidate && (await verify(candidate));
      if (!verified) continue;
      if ("model" in verified) return { ...verified, refused: passed };
      passed.push(verified);
    }
    return null;
  };

  return {
    /** Takes a model out of service that was found spoiled, and tells those who are to know. */
    refuse,

    /** What serves where this champion should. Asked of its predecessors only when it is needed: nearly every champion is whole. */
    async servingOf(champion: Candidate): Promise<ServingModel | null> {
      const verified = await verify(champion);
      return "model" in verified ? { ...verified, refused: [] } : wholeBefore(champion.productId, [verified]);
    },

    /** Takes those out of service to which a rollback would lead and which are spoiled, up to the first that is whole. */
    async inspectBefore(productId: ProductId): Promise<void> {
      await wholeBefore(productId, []);
    },

    /** Looks at a model anew: takes it out of service if it is spoiled, and back in if it was and is no more. */
    async inspectAgain(productId: ProductId, modelId: ModelId): Promise<void> {
      const candidate = await client.model.findUnique({ where: { tenantId_productId_id: { tenantId, productId, id: modelId } }, include: SERVED });
      const inspected = candidate && (await inspect(candidate));
      if (inspected && "model" in inspected && candidate.refusedReason !== null) {
        await client.model.updateMany({ where: { tenantId, id: modelId }, data: { refusedAt: null, refusedReason: null } });
      }
    },

    /** The newest model that was made of the very same, if it is whole; else null. */
    async modelOf(productId: ProductId, dataDigest: string): Promise<ModelId | null> {
      // Hardly ever is there one, and what inspecting it takes costs three times as much to ask for.
      const [{ isAny }] = await client.$queryRaw<[{ isAny: boolean }]>`
        SELECT EXISTS (SELECT FROM models m WHERE m.tenant_id = ${tenantId} AND m.product_id = ${productId} AND m.data_digest = ${dataDigest}) AS "isAny"`;
      if (!isAny) return null;
      for (const candidate of await client.model.findMany({ where: { tenantId, productId, dataDigest }, include: SERVED, orderBy: { version: "desc" } })) {
        if ("model" in (await verify(candidate))) return candidate.id;
      }
      return null;
    },
  };
};

/** Null when the numbers are not all there. */
function forecastOf({ days, levels, quantiles }: Forecast): DailyForecast | null {
  if (!isMatrix(quantiles, levels.length, days.length)) return null;
  return { days: days.map(dayOfColumn), levels, values: quantiles };
}

export const isMatrix = (value: unknown, rows: number, columns: number): value is number[][] =>
  Array.isArray(value) &&
  value.length === rows &&
  value.every((row: unknown) => Array.isArray(row) && row.length === columns && row.every((number: unknown) => Number.isFinite(number)));
