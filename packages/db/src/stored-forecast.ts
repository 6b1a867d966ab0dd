/** A product's forecast as it was stored, in one statement: what bakery software asks for most. */
import { SourceName, type ModelId, type ModelView, type ProductId } from "@levain/contracts";
import type { Client } from "./client.js";
import { dayOfColumn } from "./column-day.js";
import { createForecastIssues, issuedForecastOf, type IssuedForecast, type IssueRow } from "./forecast-issues.js";
import { createServedProducts } from "./served-products.js";
import { createServingModel, type RefusedModel, type StoredModels } from "./serving-model.js";

export type StoredForecast = {
  /** What is told of the model that serves. */
  readonly model: Pick<ModelView, "id" | "family" | "version" | "cutoff" | "trainedAt" | "absentSources">;
  /** Newer champions that are out of service, the newest first. */
  readonly refused: readonly RefusedModel[];
  /** The last that the model said. */
  readonly issued: Pick<IssuedForecast, "weatherIssuedAt" | "forecast">;
};

type Row = IssueRow & {
  readonly model_id: ModelId;
  readonly family: string;
  readonly version: number;
  readonly cutoff: Date;
  readonly trained_at: Date;
  readonly absent_sources: string[];
  readonly sha256: string;
  readonly bytes: number;
  readonly schema_version: number;
  readonly artifact: string | null;
  readonly refused_reason: string | null;
};

/** @param client of the whole fleet: the statement takes the tenant's role by itself @param own what else is asked, in that role */
export const createStoredForecast = (client: Client, own: Client, tenantId: string, stored: StoredModels) => {
  const { servingModel } = createServedProducts(own, tenantId, stored);
  const { refuse } = createServingModel(own, tenantId, stored);
  const { newestForecast } = createForecastIssues(own, tenantId);

  /** The long way, which asks the champions before one that is out of service. */
  const passingOver = async (productId: ProductId): Promise<StoredForecast | null> => {
    const serving = await servingModel(productId);
    if (!serving) return null;
    const { model, refused, forecast } = serving;
    return { model, refused, issued: (await newestForecast(model.id)) ?? { weatherIssuedAt: null, forecast } };
  };

  return {
    /** Null when no model of the product ever became champion, or none of those is whole. */
    async storedForecast(productId: ProductId): Promise<StoredForecast | null> {
      const [row] = await client.$queryRaw<Row[]>`SELECT * FROM stored_forecast(${tenantId}, ${productId})`;
      if (!row || row.refused_reason !== null) return row ? passingOver(productId) : null;
      const loaded = await stored.load({ tenantId, sha256: row.sha256, bytes: row.bytes, schemaVersion: row.schema_version, text: row.artifact });
      // Whoever loads a spoiled artifact sets it aside, and nobody after can tell what was wrong with it.
      if ("refused" in loaded) await refuse({ id: row.model_id, productId }, loaded.refused);
      const issued = issuedForecastOf(row);
      return "refused" in loaded || !issued ? passingOver(productId) : { model: headOf(row), refused: [], issued };
    },
  };
};

const headOf = ({ model_id: id, family, version, cutoff, trained_at: trainedAt, absent_sources: absentSources }: Row): StoredForecast["model"] => ({
  id,
  family,
  version,
  cutoff: dayOfColumn(cutoff),
  trainedAt: trainedAt.toISOString(),
  absentSources: SourceName.array().parse(absentSources),
});
