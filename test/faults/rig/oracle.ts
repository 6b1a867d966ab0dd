/**
 * What must be true after every fault, asked of Postgres and Redis and of nobody's memory. Each rule is one statement
 * that finds its violations; the oracle is content when none finds any.
 */
import { createModelLoader, type ArtifactStore } from "@levain/artifacts";
import { predict } from "@levain/forecast";
import type { Queues } from "@levain/queue";
import type pg from "pg";
import { expect } from "vitest";
import type { Ledger } from "./ledger.js";
import { until } from "./until.js";

export type Judged = {
  readonly sql: pg.Pool;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly artifacts: ArtifactStore;
  readonly prefix: string;
};

export type Verdict = {
  readonly runs: number;
  readonly trainings: number;
  readonly models: number;
  /** Product trainings that another worker had to take over. */
  readonly rescued: number;
  /** Trainings that ended `failed` or were set aside as `dead`. */
  readonly failed: number;
  readonly dead: number;
};

/**
 * Seconds by which two runs' times may seem to overlap though they did not: the times are those at which the two
 * statements began, and the one that accepts may have waited for the one that ends.
 */
const CLOCK_SLACK_S = 1;

const RULES: Readonly<Record<string, string>> = {
  "every run has ended": "SELECT id, status FROM training_runs WHERE status IN ('accepted', 'running')",
  "every product training of an ended run has ended": "SELECT run_id, product_id, status FROM product_trainings WHERE finished_at IS NULL",
  "a run has as many product trainings as it says": `
    SELECT r.id, r.products, count(t.*) FROM training_runs r LEFT JOIN product_trainings t ON t.run_id = r.id GROUP BY r.id HAVING count(t.*) <> r.products`,
  "a product that had a champion has exactly one": `
    SELECT m.tenant_id, m.product_id FROM models m WHERE m.became_champion
    GROUP BY 1, 2 HAVING (SELECT count(*) FROM champions c WHERE c.tenant_id = m.tenant_id AND c.product_id = m.product_id) <> 1`,
  "a product with a model has a champion": `
    SELECT m.tenant_id, m.product_id FROM models m
    WHERE NOT EXISTS (SELECT FROM champions c WHERE c.tenant_id = m.tenant_id AND c.product_id = m.product_id)`,
  "the audit of a product's champion has no gap and ends at it": `
    SELECT c.tenant_id, c.product_id FROM champions c JOIN champion_changes x ON x.tenant_id = c.tenant_id AND x.product_id = c.product_id
    GROUP BY 1, 2, c.change HAVING min(x.number) <> 1 OR max(x.number) <> count(*) OR max(x.number) <> c.change`,
  "an unchanged product keeps a model that is older than the run": `
    SELECT t.run_id, t.product_id FROM product_trainings t JOIN training_runs r ON r.id = t.run_id LEFT JOIN models m ON m.id = t.kept_model_id
    WHERE t.status = 'unchanged' AND (m.product_id IS DISTINCT FROM t.product_id OR m.trained_at >= r.started_at)`,
  "a product training has one model when it was trained and none else": `
    SELECT t.run_id, t.product_id, t.status, count(m.*) FROM product_trainings t LEFT JOIN models m ON m.run_id = t.run_id AND m.product_id = t.product_id
    GROUP BY t.run_id, t.product_id, t.status HAVING count(m.*) <> (t.status = 'trained')::int`,
  "versions of a product have no gaps": `
    SELECT tenant_id, product_id FROM models GROUP BY 1, 2 HAVING min(version) <> 1 OR max(version) <> count(*) OR count(DISTINCT version) <> count(*)`,
  "no two runs of a tenant were open at once": `
    SELECT a.id, b.id FROM training_runs a JOIN training_runs b ON a.tenant_id = b.tenant_id AND a.id < b.id
    WHERE least(coalesce(a.finished_at, 'infinity'), coalesce(b.finished_at, 'infinity')) - greatest(a.accepted_at, b.accepted_at) > make_interval(secs => ${CLOCK_SLACK_S})`,
  "no model is out of service, and none is kept in the database": "SELECT id, refused_reason FROM models WHERE refused_at IS NOT NULL OR artifact IS NOT NULL",
  "a row's tenant is its parent's": `
    SELECT t.run_id::text FROM product_trainings t JOIN training_runs r ON r.id = t.run_id WHERE r.tenant_id <> t.tenant_id
    UNION ALL SELECT m.id::text FROM models m JOIN training_runs r ON r.id = m.run_id WHERE r.tenant_id <> m.tenant_id
    UNION ALL SELECT c.model_id::text FROM champions c JOIN models m ON m.id = c.model_id WHERE m.tenant_id <> c.tenant_id OR m.product_id <> c.product_id
    UNION ALL SELECT f.model_id::text FROM forecasts f JOIN models m ON m.id = f.model_id WHERE m.tenant_id <> f.tenant_id OR m.product_id <> f.product_id
    UNION ALL SELECT n.run_id::text FROM nightly_ledger n JOIN training_runs r ON r.id = n.run_id WHERE r.tenant_id <> n.tenant_id`,
  "no session sleeps in a transaction": "SELECT pid, query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND now() - state_change > interval '2 seconds'",
};

/** @throws the first rule that does not hold, with its violations */
export async function judge({ sql, ledger, queues, artifacts, prefix }: Judged): Promise<Verdict> {
  for (const [rule, statement] of Object.entries(RULES)) {
    const { rows } = await sql.query(`${statement} LIMIT 5`);
    expect(rows, rule).toEqual([]);
  }
  await judgeLedger(sql, ledger);
  await judgeChampions(sql, artifacts);
  await judgeRedis(queues, prefix);
  const { rows } = await sql.query<Verdict>(`
    SELECT (SELECT count(*)::int FROM training_runs) AS runs, count(*)::int AS trainings, (SELECT count(*)::int FROM models) AS models,
      count(*) FILTER (WHERE lost_claims > 0)::int AS rescued, count(*) FILTER (WHERE status = 'failed')::int AS failed,
      count(*) FILTER (WHERE status = 'dead')::int AS dead FROM product_trainings`);
  return rows[0] as Verdict;
}

/** What a client was promised exists; what it was refused for was really open. */
async function judgeLedger(sql: pg.Pool, ledger: Ledger): Promise<void> {
  const promised = ledger.acceptedRuns();
  const named = [...new Set(ledger.entries.flatMap(({ answer }) => (answer.kind === "refused" && answer.openRunId !== undefined ? [answer.openRunId] : [])))];
  const { rows } = await sql.query<{ id: string }>("SELECT asked AS id FROM unnest($1::uuid[]) asked WHERE NOT EXISTS (SELECT FROM training_runs r WHERE r.id = asked)", [[...promised, ...named]]);
  expect(rows, "every run that a client was told of exists").toEqual([]);
}

/** Each champion's artifact is what was stored, and says finite numbers about the week after its cutoff. */
async function judgeChampions(sql: pg.Pool, artifacts: ArtifactStore): Promise<void> {
  const load = createModelLoader(artifacts);
  const { rows } = await sql.query<{ id: string; tenant_id: string; sha256: string; bytes: number; schema_version: number }>(
    "SELECT m.id, m.tenant_id, m.sha256, m.bytes, m.schema_version FROM champions c JOIN models m ON m.id = c.model_id",
  );
  for (const { id, tenant_id: tenantId, sha256, bytes, schema_version: schemaVersion } of rows) {
    const loaded = await load({ tenantId, sha256, bytes, schemaVersion, text: null });
    if (!("fitted" in loaded) || !loaded.fitted) throw new Error(`expected champion ${id} to be what was stored: ${JSON.stringify(loaded)}`);
    const { values } = predict(loaded.fitted, { start: loaded.fitted.cutoff + 1, days: 7, drivers: { regressors: [], specialDays: [] }, levels: [0.1, 0.5, 0.9] });
    expect(values.every((row) => row.every(Number.isFinite)), `champion ${id} says finite numbers`).toBe(true);
  }
}

/** Nothing waits, nothing runs, nobody's lease is left. The nightly plan's next tick is no job of anybody's. */
async function judgeRedis(queues: Queues, prefix: string): Promise<void> {
  await until(
    async () => {
      const waiting = (await queues.depth()).filter(({ queue, state, count }) => queue !== "nightly" && state !== "failed" && count > 0);
      if (waiting.length > 0) throw new Error(JSON.stringify(waiting));
      const leases = await queues.redis.keys(`${prefix}:lease:*`);
      if (leases.length > 0) throw new Error(leases.join());
      return true;
    },
    { what: "empty queues and free leases" },
  );
}

/** After the last process has gone: no connection of the fleet is left, and none of its locks. */
export async function judgeLeftovers(sql: pg.Pool): Promise<void> {
  await until(
    async () => {
      const { rows } = await sql.query(`
        SELECT a.application_name, l.locktype FROM pg_stat_activity a LEFT JOIN pg_locks l ON l.pid = a.pid AND l.locktype = 'advisory'
        WHERE a.datname = current_database() AND a.application_name LIKE 'levain%'`);
      if (rows.length > 0) throw new Error(JSON.stringify(rows));
      return true;
    },
    { what: "no connection or lock of the fleet" },
  );
}
