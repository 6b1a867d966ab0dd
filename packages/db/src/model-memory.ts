/** What a product's champion, and the models of after it, were told of the past; and what the champion said first of the days that followed. */
import { Evidence, HeldFor, type BusinessDay, type DailyForecast, type ProductId, type RunId } from "@levain/contracts";
import type { Client } from "./client.js";
import { dayOfColumn } from "./column-day.js";
import { isMatrix } from "./serving-model.js";

type KnownSales = { readonly cutoff: BusinessDay } & Pick<Evidence, "recent" | "weeks">;

export type ModelMemory = {
  readonly champion: KnownSales & { readonly forecast: DailyForecast };
  /** Those that did not take its place, the newest first. */
  readonly later: readonly (KnownSales & { readonly heldFor: HeldFor | null })[];
};

type MemoryRow = { is_champion: boolean; cutoff: Date; held_for: string | null; recent: unknown; weeks: unknown; days: Date[] | null; levels: number[] | null; quantiles: unknown };

type ShopRow = { readonly begun: number; readonly held: number; readonly noneChance: number | null };

/** The best sellers of a run, which are asked about at most: a hundred tell as much of a till as all do. */
const COMPANY_MAX = 100;

/** More models than are trained in the days for which a challenger may be held. */
const MODELS_MAX = 40;

export const createModelMemory = (client: Client, tenantId: string) => ({
  /** Null without a champion, or where it is older than evidence. */
  async memory(productId: ProductId): Promise<ModelMemory | null> {
    const rows = await client.$queryRaw<MemoryRow[]>`
      SELECT m.id = c.model_id AS is_champion, m.cutoff, m.held_for, e.evidence -> 'recent' AS recent, e.evidence -> 'weeks' AS weeks, f.days, f.levels, f.quantiles
      FROM champions c
      JOIN models s ON s.tenant_id = c.tenant_id AND s.product_id = c.product_id AND s.id = c.model_id
      JOIN models m ON m.tenant_id = c.tenant_id AND m.product_id = c.product_id AND (m.id = s.id OR (m.version > s.version AND NOT m.became_champion))
      JOIN model_evidence e ON e.tenant_id = m.tenant_id AND e.product_id = m.product_id AND e.model_id = m.id
      LEFT JOIN forecasts f ON f.tenant_id = s.tenant_id AND f.product_id = s.product_id AND f.model_id = s.id AND m.id = s.id
      WHERE c.tenant_id = ${tenantId} AND c.product_id = ${productId}
      ORDER BY m.id <> c.model_id, m.version DESC LIMIT ${MODELS_MAX}`;
    const [champion, ...later] = rows;
    if (!champion?.is_champion || !champion.days || !champion.levels) return null;
    const { days, levels, quantiles } = champion;
    if (!isMatrix(quantiles, levels.length, days.length)) return null;
    return {
      champion: { ...knownSalesOf(champion), forecast: { days: days.map(dayOfColumn), levels, values: quantiles } },
      later: later.map((row) => ({ ...knownSalesOf(row), heldFor: HeldFor.nullable().parse(row.held_for) })),
    };
  },

  /** Notes what a product's own sales say of the till, for those that are trained beside it. */
  async noteSales(runId: RunId, productId: ProductId, noted: { readonly isHeld: boolean; readonly noneChance: number | null }): Promise<void> {
    await client.productTraining.updateMany({ where: { tenantId, runId, productId }, data: noted });
  },

  /**
   * Of the run's products that sell more than this one: how many were begun by now, and how many of those are held for their own sales. And how
   * likely it was that all of them, also those that keep their model, sold nothing on the newest day: null unless each has noted that it sold nothing.
   */
  async shopSoFar(runId: RunId, productId: ProductId): Promise<ShopRow> {
    const [row] = await client.$queryRaw<[ShopRow]>`
      SELECT count(*) FILTER (WHERE better.status <> 'unchanged')::integer AS begun, count(*) FILTER (WHERE better.is_held)::integer AS held,
             CASE WHEN count(*) = count(better.none_chance) THEN coalesce(exp(sum(ln(better.none_chance))), 1) END AS "noneChance"
      FROM product_trainings own
      JOIN product_trainings better ON better.tenant_id = own.tenant_id AND better.run_id = own.run_id AND better.rank < least(own.rank, ${COMPANY_MAX + 1}::integer)
      WHERE own.tenant_id = ${tenantId} AND own.run_id = ${runId}::uuid AND own.product_id = ${productId} AND better.status IN ('running', 'trained', 'unchanged')`;
    return row;
  },
});

const Known = Evidence.pick({ recent: true, weeks: true });
const knownSalesOf = ({ cutoff, recent, weeks }: MemoryRow): KnownSales => ({ cutoff: dayOfColumn(cutoff), ...Known.parse({ recent, weeks: weeks ?? undefined }) });
