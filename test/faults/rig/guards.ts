/**
 * The guards, each with the way to take it out: of a copied database, or of a process's built code. What goes wrong then
 * must be seen by a test, or the test proves nothing.
 */
import { fileURLToPath } from "node:url";
import type pg from "pg";

/** Text taken out of a file below the repository's root, when a process loads it. */
export type Patch = { readonly file: string; readonly find: string; readonly replace: string };

export const patchedEnv = (...patches: readonly Patch[]): Record<string, string> => ({
  NODE_OPTIONS: `--import ${fileURLToPath(new URL("./patched.mjs", import.meta.url))}`,
  LEVAIN_PATCHES: JSON.stringify(patches),
});

/** Takes text out of the function that ends a product training. */
async function loosenCommit(sql: pg.Pool, find: string | RegExp, replace: string): Promise<void> {
  const { rows } = await sql.query<{ definition: string }>("SELECT pg_get_functiondef('commit_product_training'::regproc) AS definition");
  const definition = rows[0]?.definition ?? "";
  const loosened = definition.replace(find, replace);
  if (loosened === definition) throw new Error(`expected commit_product_training to hold ${find}`);
  await sql.query(loosened);
}

export const withoutRunFence = (sql: pg.Pool): Promise<void> =>
  loosenCommit(sql, /v_run\.status IS DISTINCT FROM 'running' OR v_run\.fence IS DISTINCT FROM p_fence\s+OR /, "");

export const withoutAttemptFence = (sql: pg.Pool): Promise<void> => loosenCommit(sql, "v_training.attempt IS DISTINCT FROM p_attempt OR ", "");

export const withoutOneOpenRun = async (sql: pg.Pool): Promise<void> => void (await sql.query("DROP INDEX one_open_run"));

export const WITHOUT_CHECKSUM: Patch = { file: "packages/artifacts/dist/read-artifact.js", find: "return storedSha256 === sha256 ? null", replace: "return true ? null" };

/** Of a run's start: the queue then knows the id of whatever a repair puts back. */
export const WITHOUT_GENERATION: Patch = { file: "packages/queue/dist/jobs.js", find: "`s_${job.runId}_g${job.generation}`", replace: "`s_${job.runId}`" };

export const WITHOUT_LEASE: Patch = { file: "packages/lease/dist/index.js", find: "asTaken(String(await answered(redis.eval(TAKE, 1, keyOf(tenantId), runId, ttlMs))))", replace: '"taken"' };
