/**
 * What the database knows of the artifact store: which artifacts are named by models, which are nobody's and may go, and
 * which are still here instead of there. The states of an artifact, and what excludes what, are told in the migration.
 */
import type { ModelId, ProductId } from "@levain/contracts";
import type { Client } from "./client.js";

/** A model's text of before there was a store. */
export type MovableText = {
  readonly tenantId: string;
  readonly productId: ProductId;
  readonly id: ModelId;
  readonly text: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly schemaVersion: number;
};

/** Milliseconds for the store to remove one artifact, or to take it, while its fate is held. Longer than a store takes to answer or to give up. */
const STORE_WITHIN_MS = 60_000;

/** Days. Whoever has stored an artifact commits it within its run's deadline, of a week at most. */
const CONDEMNED_KEPT_DAYS = 30;

export const createArtifacts = (client: Client) => {
  /** While this lasts, nobody else decides over the condemned artifact. False where it is not condemned, or no more. */
  const decide = (tenantId: string, sha256: string, isRemoved: boolean, act: (decided: Pick<Client, "$executeRaw">) => Promise<unknown>): Promise<boolean> =>
    client.$transaction(
      async (held) => {
        const rows = await held.$queryRaw<unknown[]>`
          SELECT FROM condemned_artifacts WHERE tenant_id = ${tenantId} AND sha256 = ${sha256} AND (${isRemoved} OR removed_at IS NULL) FOR UPDATE`;
        if (rows.length > 0) await act(held);
        return rows.length > 0;
      },
      { timeout: STORE_WITHIN_MS },
    );

  return {
    /** Whether the store has any model of this database. */
    async hasStored(): Promise<boolean> {
      const [{ found }] = await client.$queryRaw<[{ found: boolean }]>`SELECT EXISTS (SELECT FROM models WHERE artifact IS NULL) AS found`;
      return found;
    },

    /** Those of a tenant's artifacts that no model names and none will: they may be removed. */
    async condemn(tenantId: string, sha256s: readonly string[]): Promise<readonly string[]> {
      const rows = await client.$queryRaw<{ sha256: string }[]>`SELECT condemned AS sha256 FROM condemn_artifacts(${tenantId}, ${sha256s}::text[]) AS condemned`;
      return rows.map(({ sha256 }) => sha256);
    },

    /** Removes a condemned artifact, unless it was reprieved meanwhile. */
    removeCondemned: (tenantId: string, sha256: string, remove: () => Promise<void>): Promise<boolean> =>
      decide(tenantId, sha256, false, async (held) => {
        await remove();
        await held.$executeRaw`UPDATE condemned_artifacts SET removed_at = clock_timestamp() WHERE tenant_id = ${tenantId} AND sha256 = ${sha256}`;
      }),

    /** Stores a condemned artifact anew, after which a model may name it. */
    reprieve: (tenantId: string, sha256: string, put: () => Promise<void>): Promise<boolean> =>
      decide(tenantId, sha256, true, async (held) => {
        await put();
        await held.$executeRaw`DELETE FROM condemned_artifacts WHERE tenant_id = ${tenantId} AND sha256 = ${sha256}`;
      }),

    /** Forgets what was removed so long ago that nobody can be about to commit it. */
    async forgetRemoved(): Promise<void> {
      await client.$executeRaw`DELETE FROM condemned_artifacts WHERE removed_at < now() - ${CONDEMNED_KEPT_DAYS}::integer * interval '1 day'`;
    },

    /** Models in service whose text is still here. */
    async textsToMove(limit: number): Promise<readonly MovableText[]> {
      return client.$queryRaw<MovableText[]>`
        SELECT tenant_id AS "tenantId", product_id AS "productId", id, artifact AS text, sha256, bytes, schema_version AS "schemaVersion"
        FROM models WHERE artifact IS NOT NULL AND refused_at IS NULL ORDER BY tenant_id, id LIMIT ${limit}`;
    },

    /** Drops a text that the store has by now. */
    async dropText({ tenantId, id, sha256 }: MovableText): Promise<void> {
      await client.$executeRaw`UPDATE models SET artifact = NULL WHERE tenant_id = ${tenantId} AND id = ${id}::uuid AND sha256 = ${sha256}`;
    },

    /** Takes a model out of service. False where it was already. */
    async refuse({ tenantId, id }: MovableText, reason: string): Promise<boolean> {
      const [{ refused }] = await client.$queryRaw<[{ refused: boolean }]>`SELECT refuse_model(${tenantId}, ${id}::uuid, ${reason}) AS refused`;
      return refused;
    },
  };
};
