import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { bakeryId } from "./rig/bakeries.js";
import { openChance } from "./rig/chance.js";
import { createCommitGate } from "./rig/commit-gate.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type Fleet } from "./rig/fleet.js";
import { metricOf } from "./rig/metrics.js";
import { judge } from "./rig/oracle.js";
import { countOf, untilRunsEnded } from "./rig/runs.js";
import { openProxy, type TcpProxy } from "./rig/tcp-proxy.js";
import { until } from "./rig/until.js";

/** How long a connection to Redis may be silent until it counts as dead. */
const NOTICED_WITHIN_MS = 30_000 + 5_000;

describe("a worker whose connection to Redis dies without a word", () => {
  let fleet: Fleet;
  let redis: TcpProxy;
  let postgres: TcpProxy;
  const gate = createCommitGate();
  beforeAll(async () => {
    redis = await openProxy({ port: Number(new URL(inject("redisUrl")).port) });
    postgres = await openProxy({ port: Number(new URL(inject("postgresUrl")).port) });
    postgres.watch(gate.watcher);
    fleet = await openFleet({ workers: 0 });
  });
  afterAll(async () => {
    gate.open();
    await redis?.set("pass");
    await fleet?.close();
    await Promise.all([redis?.close(), postgres?.close()]);
  });
  it("loses its jobs to another, commits none of them late, notices by itself, and takes jobs again when it can", async () => {
    openChance("connection to Redis black-holed");
    const tenant = await fleet.addTenant(bakeryId(40));
    const deaf = await fleet.addWorker(fleet.through({ redis, postgres }));
    gate.shut();
    await tenant.start();
    await until(async () => gate.held() > 0, { what: "a commit at the gate", withinMs: 30_000 });
    await redis.set("black-hole");
    const silentAt = performance.now();
    await fleet.addWorker();
    const held = gate.held();
    await untilRunsEnded(fleet.sql, 60_000);
    const redoneMs = performance.now() - silentAt;
    gate.open();
    await until(async () => (await metricOf(deaf, "stale_commits_total")) >= held, { what: "the late commits to be refused and counted", withinMs: 30_000 });
    await until(async () => (await fleet.logs()).some(({ message, process }) => message === "trouble with Redis" && process === deaf.name), { what: "the worker to notice", withinMs: NOTICED_WITHIN_MS });
    const noticedMs = performance.now() - silentAt;

    await redis.set("pass");
    const backAt = performance.now();
    await fleet.bakeries.addFault({ match: { source: "sales" }, kind: "slow", delayMs: 500 });
    await tenant.start();
    await until(async () => (await countOf(fleet.sql, "SELECT count(*) AS n FROM product_trainings t JOIN training_runs r ON r.id = t.run_id WHERE r.status = 'running' AND t.claimed_by = $1", [deaf.name])) > 0, { what: "the worker to take jobs again", withinMs: 60_000 });
    const backMs = performance.now() - backAt;
    await untilRunsEnded(fleet.sql, 60_000);
    expect(await judge(fleet)).toMatchObject({ trainings: 80, failed: 0, dead: 0 });
    await record("connection to Redis black-holed", { refusedWrites: held, redoneSeconds: seconds(redoneMs), noticedSeconds: seconds(noticedMs), backSeconds: seconds(backMs) });
  });
});
