/** Products and the models trained for them, as the API shows them. */
import { DemandClass, Evidence, HeldFor, Lineage, Score, SourceName, type BusinessDay, type ModelId, type ModelView, ProductId, type ProductView, type RunId } from "@levain/contracts";
import type { Client } from "./client.js";
import { dayOfColumn } from "./column-day.js";
import type { Model } from "./generated/client.js";
import { isInteger, keyAfter, pageOfRows, rowsFor, type Keyset, type Page, type PageRequest } from "./page.js";

const BY_ID: Keyset<string> = { listing: "products", read: ([id]) => ProductId.safeParse(id).data ?? null };
const BY_VERSION: Keyset<number> = { listing: "models", read: ([version]) => (isInteger(version) ? version : null) };

export const createModels = (client: Client, tenantId: string) => ({
  async product(productId: ProductId): Promise<ProductView | null> {
    const row = await client.product.findUnique({ where: { tenantId_id: { tenantId, id: productId } }, include: { champion: true } });
    return row && productViewOf(row);
  },

  /** By id. */
  async products(page: PageRequest): Promise<Page<ProductView>> {
    const after = keyAfter(BY_ID, page);
    const rows = await client.product.findMany({
      where: { tenantId, ...(after !== null && { id: { gt: after } }) },
      include: { champion: true },
      orderBy: { id: "asc" },
      take: rowsFor(page),
    });
    return pageOfRows(BY_ID, page, rows, ({ id }) => [id], productViewOf);
  },

  /** The newest first. */
  async models(productId: ProductId, page: PageRequest): Promise<Page<ModelView>> {
    const after = keyAfter(BY_VERSION, page);
    const rows = await client.model.findMany({
      where: { tenantId, productId, ...(after !== null && { version: { lt: after } }) },
      omit: { artifact: true },
      include: { champion: true },
      orderBy: { version: "desc" },
      take: rowsFor(page),
    });
    return pageOfRows(BY_VERSION, page, rows, ({ version }) => [version], modelViewOf);
  },

  /** What a challenger must beat and may start from; null without a champion. */
  async champion(productId: ProductId): Promise<StoredChampion | null> {
    const [row] = await client.$queryRaw<ChampionRow[]>`
      SELECT c.model_id, c.is_pinned, m.score, m.cutoff, m.spec, m.lineage, m.refused_at,
        (SELECT max(t.cutoff) FROM models t WHERE t.tenant_id = c.tenant_id AND t.product_id = c.product_id AND t.trials > 0) AS last_tuned
      FROM champions c JOIN models m ON m.tenant_id = c.tenant_id AND m.product_id = c.product_id AND m.id = c.model_id
      WHERE c.tenant_id = ${tenantId} AND c.product_id = ${productId}`;
    if (!row) return null;
    const lineage = Lineage.nullable().parse(row.lineage);
    return {
      modelId: row.model_id,
      pinball: Score.parse(row.score).pinball,
      cutoff: dayOfColumn(row.cutoff),
      spec: row.spec,
      isPinned: row.is_pinned,
      isRefused: row.refused_at !== null,
      lastTuned: row.last_tuned && dayOfColumn(row.last_tuned),
      policy: lineage?.policy ?? null,
      seriesDigest: lineage?.seriesDigest ?? null,
    };
  },

  /** With what its card shows beside it; null for a model that the product does not have. Evidence is null for older models. */
  async modelWithEvidence(productId: ProductId, modelId: ModelId): Promise<{ readonly model: ModelView; readonly evidence: Evidence | null } | null> {
    const row = await client.model.findUnique({
      where: { tenantId_productId_id: { tenantId, productId, id: modelId } },
      omit: { artifact: true },
      include: { champion: true, evidence: true },
    });
    if (!row) return null;
    const { evidence, ...model } = row;
    return { model: modelViewOf(model), evidence: evidence && Evidence.parse(evidence.evidence) };
  },

  /** Milliseconds of pure computing in the run so far, over all its models. */
  async fitMs(runId: RunId): Promise<number> {
    const { _sum } = await client.model.aggregate({ where: { tenantId, runId }, _sum: { fitMs: true } });
    return _sum.fitMs ?? 0;
  },
});

/** What a challenger is held against, and what a night must know of it. */
export type StoredChampion = {
  readonly modelId: ModelId;
  readonly pinball: number | null;
  readonly cutoff: BusinessDay;
  readonly spec: unknown;
  readonly isPinned: boolean;
  /** Its artifact is spoiled or missing: it serves no more. */
  readonly isRefused: boolean;
  /** The newest cutoff of a model of the product that any trial was run for. */
  readonly lastTuned: BusinessDay | null;
  /** Null for models of before lineage was kept. */
  readonly policy: unknown;
  readonly seriesDigest: string | null;
};

type ChampionRow = { model_id: ModelId; is_pinned: boolean; refused_at: Date | null; score: unknown; cutoff: Date; spec: unknown; lineage: unknown; last_tuned: Date | null };

type ProductRow = { readonly id: string; readonly name: string; readonly isDiscontinued: boolean; readonly champion: { readonly modelId: string; readonly isPinned: boolean } | null };

const productViewOf = ({ id, name, isDiscontinued, champion }: ProductRow): ProductView => ({
  id,
  name,
  isDiscontinued,
  championModelId: champion?.modelId ?? null,
  isPinned: champion?.isPinned ?? false,
});

export const modelViewOf = (row: Omit<Model, "artifact"> & { readonly champion: unknown }): ModelView => ({
  id: row.id,
  productId: row.productId,
  runId: row.runId,
  version: row.version,
  isChampion: row.champion !== null,
  standing: row.champion !== null ? "champion" : row.becameChampion ? "former" : "rejected",
  decision: row.decision,
  heldFor: HeldFor.nullable().parse(row.heldFor),
  demandClass: DemandClass.parse(row.demandClass),
  family: row.family,
  spec: row.spec,
  schemaVersion: row.schemaVersion,
  sha256: row.sha256,
  bytes: row.bytes,
  cutoff: dayOfColumn(row.cutoff),
  trainedAt: row.trainedAt.toISOString(),
  score: Score.parse(row.score),
  naiveScore: Score.parse(row.naiveScore),
  trials: row.trials,
  absentSources: SourceName.array().parse(row.absentSources),
  parentId: row.parentId,
  refusedReason: row.refusedReason,
  lineage: Lineage.nullable().parse(row.lineage),
});
