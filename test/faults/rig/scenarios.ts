/**
 * What each guard is there for, as a story that fails without it. The stories of the fences and the index go straight to
 * the database's own functions; the others need processes.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { consume } from "@levain/queue";
import { openLeases } from "@levain/lease";
import type { Db } from "@levain/db";
import { ForecastView } from "@levain/contracts";
import type pg from "pg";
import { expect } from "vitest";
import { contextOf, CUTOFF, productsOf, trained } from "../../../packages/db/src/sample-bakery.js";
import type { FaultTenant, Fleet } from "./fleet.js";
import { metricOf } from "./metrics.js";
import { countOf, haveRunsEnded, untilRunsEnded } from "./runs.js";
import { until } from "./until.js";

export type Bare = { readonly db: Db; readonly sql: pg.Pool; readonly tenantId: string };

const AT_ONCE = 20;
const [bread] = productsOf(1) as [ReturnType<typeof productsOf>[number]];

const accept = ({ db, tenantId }: Bare) =>
  db.forTenant(tenantId).acceptRun({ cutoff: CUTOFF, trigger: "request", requestDigest: "asked", deadlineAt: new Date(Date.now() + 3_600_000) });

async function startedRun(bare: Bare): Promise<string> {
  const answer = await accept(bare);
  if (answer.kind !== "accepted") throw new Error(`expected an accepted run, got ${answer.kind}`);
  await bare.db.forTenant(bare.tenantId).startRun(answer.run.id, contextOf(), [bread], []);
  return answer.run.id;
}

async function claimed({ db, tenantId }: Bare, runId: string): Promise<{ attempt: number; fence: bigint }> {
  const claim = await db.forTenant(tenantId).claim(runId, bread.id, "worker");
  if (!claim) throw new Error("expected a claim");
  return claim;
}

/** The run was superseded while a worker held one of its products: the worker's commit comes to nothing. */
export async function supersededRunWritesNothing(bare: Bare): Promise<void> {
  const runId = await startedRun(bare);
  const { attempt, fence } = await claimed(bare, runId);
  await bare.sql.query("UPDATE training_runs SET fence = fence + 1 WHERE id = $1", [runId]);
  await expect(bare.db.forTenant(bare.tenantId).commit(runId, bread.id, attempt, fence, trained())).rejects.toMatchObject({ code: "stale-fence" });
  expect(await countOf(bare.sql, "SELECT count(*) AS n FROM models")).toBe(0);
}

/** A worker slept through its replacement: its commit comes to nothing, and the replacement's is the one that counts. */
export async function replacedWorkerWritesNothing(bare: Bare): Promise<void> {
  const runId = await startedRun(bare);
  const sleeper = await claimed(bare, runId);
  const successor = await claimed(bare, runId);
  const tenant = bare.db.forTenant(bare.tenantId);
  await expect(tenant.commit(runId, bread.id, sleeper.attempt, sleeper.fence, trained({ family: "of the sleeper" }))).rejects.toMatchObject({ code: "stale-fence" });
  await tenant.commit(runId, bread.id, successor.attempt, successor.fence, trained({ family: "of the successor" }));
  const { rows } = await bare.sql.query("SELECT family FROM models");
  expect(rows).toEqual([{ family: "of the successor" }]);
}

export async function manyAskAndOneIsAccepted(bare: Bare): Promise<void> {
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => accept(bare)));
  expect(answers.filter(({ kind }) => kind === "accepted")).toHaveLength(1);
}

/** The stored bytes are not those that were stored: the model before serves. */
export async function spoiledModelDoesNotServe(fleet: Fleet, tenant: FaultTenant): Promise<void> {
  await tenant.start();
  await untilRunsEnded(fleet.sql);
  const { rows } = await fleet.sql.query<{ model_id: string; product_id: string; sha256: string }>("SELECT c.model_id, c.product_id, m.sha256 FROM champions c JOIN models m ON m.id = c.model_id LIMIT 1");
  const [champion] = rows;
  if (!champion) throw new Error("expected a champion");
  const file = join(fleet.artifactsFolder, tenant.id, champion.sha256);
  const artifact = await readFile(file, "utf8");
  // As long as before, and still JSON: only the checksum can tell.
  const spoiled = artifact.replace(/\d(?=[^\d]*$)/, (digit) => String((Number(digit) + 1) % 10));
  expect(spoiled).not.toBe(artifact);
  await writeFile(file, spoiled);
  const answer = await fleet.operator.call("GET", `/v1/tenants/${tenant.id}/products/${champion.product_id}/forecast`, ForecastView).catch(() => null);
  expect(answer?.model.id ?? null).not.toBe(champion.model_id);
}

/** How often a start is put back before one that still has not begun counts as one that never will. */
const PUT_BACK_TIMES = 3;

/** The queue counts a run's start as ended although nothing was started: the repair puts it back, and the run is trained. */
export async function startLostByTheQueueIsPutBack(fleet: Fleet, tenant: FaultTenant): Promise<void> {
  const thief = consume({ redisUrl: fleet.redisUrl, prefix: fleet.prefix, queue: "start-run", concurrency: 1, handler: async () => undefined });
  await thief.ready();
  await tenant.start();
  await until(async () => (await fleet.queues.depth()).every(({ queue, count }) => queue !== "start-run" || count === 0), { what: "the start to be taken" });
  await thief.close();
  const worker = await fleet.addWorker();
  const putBack = await until(
    async () => {
      const [hasEnded, times] = [await haveRunsEnded(fleet.sql), await metricOf(worker, 'repairs_total\\{.*"lost-start".*\\}')];
      return hasEnded || times >= PUT_BACK_TIMES ? { hasEnded, times } : null;
    },
    { what: "the start to be put back" },
  );
  expect(putBack, "the run ends once its start is put back").toMatchObject({ hasEnded: true });
}

/** While a run is open its tenant's lease names it. */
export async function leaseNamesTheOpenRun(fleet: Fleet, tenant: FaultTenant): Promise<void> {
  const leases = openLeases({ redisUrl: fleet.redisUrl, prefix: fleet.prefix });
  try {
    await fleet.bakeries.addFault({ match: { source: "sales" }, kind: "hold" });
    const runId = await tenant.start();
    await until(async () => (await countOf(fleet.sql, "SELECT count(*) AS n FROM product_trainings WHERE status = 'running'")) > 0, { what: "a product in training" });
    expect(await leases.holder(tenant.id)).toBe(runId);
  } finally {
    await fleet.bakeries.clearFaults();
    await untilRunsEnded(fleet.sql);
    await leases.close();
  }
}
