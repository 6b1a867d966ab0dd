/** Who serves: what people may do to a product's champion, each one statement, and the audit of all that became of it. */
import { ChampionChange, ChampionChangeKind, type ChampionView, type ModelId, type ProductId } from "@levain/contracts";
import type { Client } from "./client.js";
import type { ChampionChange as ChampionChangeRow } from "./generated/client.js";
import { isInteger, keyAfter, pageOfRows, rowsFor, type Keyset, type Page, type PageRequest } from "./page.js";
import { createServingModel, type StoredModels } from "./serving-model.js";

/** A person, by the key they came with, and why they ask. */
export type ChampionRequest = { readonly role: "tenant" | "operator"; readonly keyId: string; readonly reason: string };

/** `changed` and `unchanged` (it was so already), or why it cannot be; see the functions in prisma/migrations. */
export type ChampionAnswer = "changed" | "unchanged" | "missing" | "no-champion" | "another-champion" | "nothing-before" | "refused";

const BY_NUMBER: Keyset<number> = { listing: "champion-changes", read: ([number]) => (isInteger(number) ? number : null) };

type Answered = readonly [{ readonly answer: ChampionAnswer }];

export const createChampions = (client: Client, tenantId: string, stored: StoredModels) => ({
  /** Makes a model of the product serve, also a rejected one, and one that was refused and is whole again. `refused`: its bytes are not those that were stored. */
  async promote(productId: ProductId, modelId: ModelId, { role, keyId, reason }: ChampionRequest): Promise<ChampionAnswer> {
    await createServingModel(client, tenantId, stored).inspectAgain(productId, modelId);
    const [{ answer }] = await client.$queryRaw<Answered>`
      SELECT promote_model(${tenantId}, ${productId}, ${modelId}::uuid, ${role}, ${keyId}, ${reason}) AS answer`;
    return answer;
  },

  /** Lets the champion before serve again, as long as `from` serves; whatever serves when null. */
  async rollBack(productId: ProductId, from: ModelId | null, { role, keyId, reason }: ChampionRequest): Promise<ChampionAnswer> {
    await createServingModel(client, tenantId, stored).inspectBefore(productId);
    const [{ answer }] = await client.$queryRaw<Answered>`
      SELECT roll_back_champion(${tenantId}, ${productId}, ${from}::uuid, ${role}, ${keyId}, ${reason}) AS answer`;
    return answer;
  },

  /** Holds the champion in its place against runs, or lets go of it. */
  async pin(productId: ProductId, isPinned: boolean, { role, keyId, reason }: ChampionRequest): Promise<ChampionAnswer> {
    const [{ answer }] = await client.$queryRaw<Answered>`
      SELECT pin_champion(${tenantId}, ${productId}, ${isPinned}, ${role}, ${keyId}, ${reason}) AS answer`;
    return answer;
  },

  async championView(productId: ProductId): Promise<Omit<ChampionView, "isChanged"> | null> {
    const row = await client.champion.findUnique({ where: { tenantId_productId: { tenantId, productId } } });
    return row && { productId, modelId: row.modelId, isPinned: row.isPinned, since: row.since.toISOString(), change: row.change };
  },

  /** The newest first. */
  async championChanges(productId: ProductId, page: PageRequest): Promise<Page<ChampionChange>> {
    const after = keyAfter(BY_NUMBER, page);
    const rows = await client.championChange.findMany({
      where: { tenantId, productId, ...(after !== null && { number: { lt: after } }) },
      orderBy: { number: "desc" },
      take: rowsFor(page),
    });
    return pageOfRows(BY_NUMBER, page, rows, ({ number }) => [number], changeViewOf);
  },
});

const changeViewOf = (row: ChampionChangeRow): ChampionChange => ({
  number: row.number,
  kind: ChampionChangeKind.parse(row.kind),
  fromModelId: row.fromModelId,
  toModelId: row.toModelId,
  isPinned: row.isPinned,
  changedAt: row.changedAt.toISOString(),
  by: { role: ChampionChange.shape.by.shape.role.parse(row.role), keyId: row.keyId, runId: row.runId },
  reason: row.reason,
});
