import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { bakeryId } from "./rig/bakeries.js";
import { openChance } from "./rig/chance.js";
import { createCommitGate, type CommitGate } from "./rig/commit-gate.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type Fleet, type Worker } from "./rig/fleet.js";
import { metricOf } from "./rig/metrics.js";
import { judge } from "./rig/oracle.js";
import { RESCUE_WITHIN_MS } from "./rig/profile.js";
import { countOf, haveRunsEnded, untilRunsEnded } from "./rig/runs.js";
import { openProxy, type TcpProxy } from "./rig/tcp-proxy.js";
import { until, untilPromised } from "./rig/until.js";

/** From the freezing to the end of the run: the rescue, and a training. */
const REDONE_WITHIN_MS = RESCUE_WITHIN_MS + 5_000;
const MODELS_OF_RUN = "SELECT count(*) AS n FROM models WHERE run_id = $1";
const refusedBy = async (workers: readonly Worker[]): Promise<number> => (await Promise.all(workers.map((worker) => metricOf(worker, "stale_commits_total")))).reduce((sum, one) => sum + one, 0);

describe("a worker that comes too late", () => {
  let fleet: Fleet;
  let proxy: TcpProxy;
  let gate: CommitGate;
  beforeAll(async () => {
    proxy = await openProxy({ port: Number(new URL(inject("postgresUrl")).port) });
    gate = createCommitGate();
    proxy.watch(gate.watcher);
    fleet = await openFleet({ workers: 0 });
  });
  afterAll(async () => {
    gate?.open();
    await fleet?.close();
    await proxy?.close();
  });
  const throughGate = (): Record<string, string> => ({ ...fleet.through({ postgres: proxy }), PREFETCH: "0" });

  it("writes nothing after it was frozen before its commit and another did its work", async () => {
    openChance("worker frozen before its commit");
    const tenant = await fleet.addTenant(bakeryId(1));
    const sleeper = await fleet.addWorker(throughGate());
    gate.shut();
    const runId = await tenant.start();
    await until(async () => gate.held() === 1, { what: "a commit at the gate" });
    process.kill(sleeper.pid, "SIGSTOP");
    const frozenAt = performance.now();
    try {
      await fleet.addWorker();
      // From here on: how long a process takes to start is no part of the rescue.
      await untilPromised(() => haveRunsEnded(fleet.sql), { what: "another to do its work", promisedMs: REDONE_WITHIN_MS });
      const redoneMs = performance.now() - frozenAt;
      const { rows } = await fleet.sql.query<{ id: string; attempt: number }>("SELECT m.id, t.attempt FROM models m JOIN product_trainings t USING (run_id, product_id) WHERE run_id = $1", [runId]);
      expect(rows).toMatchObject([{ attempt: 2 }]);
      gate.open();
      process.kill(sleeper.pid, "SIGCONT");
      await until(async () => (await refusedBy([sleeper])) === 1, { what: "the late commit to be refused and counted" });
      const after = await fleet.sql.query<{ id: string; attempt: number }>("SELECT m.id, t.attempt FROM models m JOIN product_trainings t USING (run_id, product_id) WHERE run_id = $1", [runId]);
      expect(after.rows).toEqual(rows);
      await judge(fleet);
      await record("worker frozen before its commit", { refusedWrites: 1, models: 1, redoneSeconds: seconds(redoneMs) });
    } finally {
      process.kill(sleeper.pid, "SIGCONT");
    }
  });

  it("writes nothing of a run that was stopped, though eight hold its products and all come back; eight trained it side by side", async () => {
    openChance("run superseded while eight workers hold it");
    for (const worker of [...fleet.workers]) await fleet.kill(worker);
    const tenant = await fleet.addTenant(bakeryId(8));
    const workers = await Promise.all(Array.from({ length: 8 }, () => fleet.addWorker(throughGate())));
    gate.shut();
    const old = await tenant.start();
    // The lock is the run's, not the product's: nobody waits for another.
    await until(async () => gate.held() === 8, { what: "eight products of one run in eight workers' hands" });
    const before = await refusedBy(workers);
    expect(await fleet.db.forTenant(tenant.id).cancelRun(old)).toBe(true);
    const next = await tenant.start();
    gate.open();
    await until(async () => (await refusedBy(workers)) - before === 8, { what: "all eight late commits to be refused" });
    await untilRunsEnded(fleet.sql);
    expect(await countOf(fleet.sql, MODELS_OF_RUN, [old])).toBe(0);
    expect(await countOf(fleet.sql, MODELS_OF_RUN, [next])).toBe(8);
    await judge(fleet);
    await record("run superseded while eight workers hold it", { heldInParallel: 8, refusedWrites: 8, modelsOfTheOldRun: 0, modelsOfTheNewRun: 8 });
  });
});
