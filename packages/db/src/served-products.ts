/** Products with all that is kept to forecast them: the model that serves, and what their own calendar says of the days ahead. */
import { ProductCalendar, ProductId, RunContext, type DailyColumn, type RunId } from "@levain/contracts";
import type { Client } from "./client.js";
import { keyAfter, pageOfRows, rowsFor, type Keyset, type Page, type PageRequest } from "./page.js";
import { createServingModel, SERVED, type ServingModel, type StoredModels } from "./serving-model.js";

export type ServedProduct = {
  readonly id: ProductId;
  readonly name: string;
  readonly isDiscontinued: boolean;
  readonly hasOwnEvents: boolean;
  /** Null without a model that verifies. */
  readonly serving: ServingModel | null;
  /** As it was when the serving model was trained; null where none was kept. */
  readonly calendar: ProductCalendar | null;
};

const BY_ID: Keyset<string> = { listing: "forecasts", read: ([id]) => ProductId.safeParse(id).data ?? null };

type ProductRow = Omit<ServedProduct, "serving" | "calendar">;
const SHOWN = { id: true, name: true, isDiscontinued: true, hasOwnEvents: true } as const;

export const createServedProducts = (client: Client, tenantId: string, stored: StoredModels) => {
  const { servingOf, modelOf } = createServingModel(client, tenantId, stored);

  /** One statement for all champions, and one for all calendars; only a champion that is not whole costs more. */
  const served = async (products: readonly ProductRow[]): Promise<ServedProduct[]> => {
    const champions = await client.model.findMany({ where: { tenantId, productId: { in: products.map(({ id }) => id) }, champion: { isNot: null } }, include: SERVED });
    const serving = new Map(await Promise.all(champions.map(async (champion) => [champion.productId, await servingOf(champion)] as const)));
    const calendars = await calendarsOf(products.flatMap(({ id, hasOwnEvents }) => (hasOwnEvents ? [{ productId: id, runId: serving.get(id)?.model.runId }] : [])));
    return products.map((product) => ({ ...product, serving: serving.get(product.id) ?? null, calendar: calendars.get(product.id) ?? null }));
  };

  const calendarsOf = async (asked: readonly { productId: ProductId; runId: RunId | undefined }[]): Promise<ReadonlyMap<ProductId, ProductCalendar>> => {
    const runIds = new Map(asked.flatMap(({ productId, runId }) => (runId === undefined ? [] : [[productId, runId] as const])));
    if (runIds.size === 0) return new Map();
    const rows = await client.productCalendar.findMany({ where: { tenantId, productId: { in: [...runIds.keys()] }, runId: { in: [...new Set(runIds.values())] } } });
    return new Map(rows.filter(({ productId, runId }) => runIds.get(productId) === runId).map(({ productId, columns }) => [productId, ProductCalendar.parse(columns)]));
  };

  return {
    /** Null when no model of the product ever became champion, or none of those is whole. */
    async servingModel(productId: ProductId): Promise<ServingModel | null> {
      const champion = await client.model.findFirst({ where: { tenantId, productId, champion: { isNot: null } }, include: SERVED });
      return champion && servingOf(champion);
    },

    modelOf,

    /** Null for a product that the tenant does not have. */
    async servedProduct(productId: ProductId): Promise<ServedProduct | null> {
      const product = await client.product.findUnique({ where: { tenantId_id: { tenantId, id: productId } }, select: SHOWN });
      return product && ((await served([product]))[0] ?? null);
    },

    /** By id. */
    async servedProducts(page: PageRequest): Promise<Page<ServedProduct>> {
      const after = keyAfter(BY_ID, page);
      const rows = await client.product.findMany({ where: { tenantId, ...(after !== null && { id: { gt: after } }) }, select: SHOWN, orderBy: { id: "asc" }, take: rowsFor(page) });
      const { items, nextCursor } = pageOfRows(BY_ID, page, rows, ({ id }) => [id], (row): ProductRow => row);
      return { items: await served(items), nextCursor };
    },

    /** What all products of a run were told; null for one that was never started, or whose context is of a shape of before. */
    async keptContext(runId: RunId): Promise<RunContext | null> {
      const row = await client.runContext.findUnique({ where: { tenantId_runId: { tenantId, runId } } });
      return RunContext.safeParse(row?.context).data ?? null;
    },

    /** Keeps a product's own calendar with the run that trains it. The same again takes its place. */
    async keepCalendar(runId: RunId, productId: ProductId, calendar: readonly DailyColumn[]): Promise<void> {
      await client.$executeRaw`
        INSERT INTO product_calendars (tenant_id, run_id, product_id, columns) VALUES (${tenantId}, ${runId}::uuid, ${productId}, ${JSON.stringify(calendar)}::jsonb)
        ON CONFLICT (tenant_id, run_id, product_id) DO UPDATE SET columns = excluded.columns`;
    },
  };
};
