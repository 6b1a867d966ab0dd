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
import { until, untilPromised } from "./rig/until.js";

/** How long a connection to Redis may be silent until it counts as dead. */
const NOTICED_WITHIN_MS = 30_000 + 5_000;
/** From the network's return to a job in its hands. */
const BACK_WITHIN_MS = 60_000;

const BRIEF_LOCK = { LOCK_DURATION_MS: "2000" };

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
    // Both are there from the start, and a lock is short: what is held at the gate must arrive there while it is still asked for.
    const [deaf] = await Promise.all([fleet.addWorker({ ...fleet.through({ redis, postgres }), ...BRIEF_LOCK }), fleet.addWorker(BRIEF_LOCK)]);
    gate.shut();
    await tenant.start();
    await until(async () => gate.held() > 0, { what: "a commit at the gate" });
    await redis.set("black-hole");
    const silentAt = performance.now();
    const hasNoticed = async (): Promise<boolean> => (await fleet.logs()).some(({ message, process }) => message === "trouble with Redis" && process === deaf.name);
    const noticing = untilPromised(hasNoticed, { what: "the worker to notice", promisedMs: NOTICED_WITHIN_MS });
    await untilRunsEnded(fleet.sql);
    const redoneMs = performance.now() - silentAt;
    const held = gate.held();
    gate.open();
    await until(async () => (await metricOf(deaf, "stale_commits_total")) >= held, { what: "the late commits to be refused and counted" });
    const { tookMs: noticedMs } = await noticing;

    await redis.set("pass");
    // The other one gets no further until this one has taken something: there is work left for it, however late it comes.
    await fleet.bakeries.addFault({ match: { source: "sales" }, kind: "hold" });
    const runId = await tenant.start();
    const isBack = async (): Promise<boolean> => (await countOf(fleet.sql, "SELECT count(*) AS n FROM product_trainings WHERE run_id = $1 AND claimed_by = $2", [runId, deaf.name])) > 0;
    const { tookMs: backMs } = await untilPromised(isBack, { what: "the worker to take jobs again", promisedMs: BACK_WITHIN_MS });
    await fleet.bakeries.clearFaults();
    await untilRunsEnded(fleet.sql);
    expect(await judge(fleet)).toMatchObject({ trainings: 80, failed: 0, dead: 0 });
    await record("connection to Redis black-holed", { refusedWrites: held, redoneSeconds: seconds(redoneMs), noticedSeconds: seconds(noticedMs), backSeconds: seconds(backMs) });
  });
});
