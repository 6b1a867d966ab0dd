import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bakeryId } from "./rig/bakeries.js";
import { openChance } from "./rig/chance.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type FaultTenant, type Fleet } from "./rig/fleet.js";
import { judge } from "./rig/oracle.js";
import { openOwnPostgres, type OwnServer } from "./rig/own-servers.js";
import { haveRunsEnded, untilTrainingsEnded } from "./rig/runs.js";
import { until, untilPromised } from "./rig/until.js";

const CRASHES = 5;
const OUTAGE_MS = 30_000;
/** From the end of the outage to the end of the run. */
const DONE_WITHIN_MS = 60_000;
const PRODUCTS = 1_000;

describe("a database that crashes in mid-run", () => {
  let postgres: OwnServer;
  let fleet: Fleet;
  let tenant: FaultTenant;
  beforeAll(async () => {
    postgres = await openOwnPostgres();
    fleet = await openFleet({ workers: 3, postgresUrl: postgres.url });
    tenant = await fleet.addTenant(bakeryId(PRODUCTS));
  });
  afterAll(async () => {
    await fleet?.close();
    await postgres?.close();
  });

  const ask = (path: string): Promise<Response> => fetch(`${fleet.producers[0]?.url}${path}`, { headers: { authorization: `Bearer ${tenant.key}` } });

  it("five times and then for 30 s stops nobody: workers wait, the producer says when to come back, and the run ends whole", async () => {
    openChance("PostgreSQL crashed five times and away for 30 s");
    const pids = [...fleet.producers, ...fleet.workers].map(({ pid }) => pid);
    await tenant.start();
    for (let crash = 1; crash <= CRASHES; crash += 1) {
      await untilTrainingsEnded(fleet.sql, crash * 100);
      await postgres.kill();
      await postgres.start();
    }
    await untilTrainingsEnded(fleet.sql, (CRASHES + 1) * 100);
    await postgres.kill();
    const downAt = performance.now();
    const refused = await until(
      async () => {
        const answer = await ask(`/v1/tenants/${tenant.id}/training-runs`);
        return answer.status === 200 ? null : answer;
      },
      { what: "an answer without a database" },
    );
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const started = await tenant.ask();
    expect(started).toMatchObject({ kind: "refused", status: 503 });
    await pause(Math.max(0, OUTAGE_MS - (performance.now() - downAt)));
    await postgres.start();
    const { tookMs: doneMs } = await untilPromised(() => haveRunsEnded(fleet.sql), { what: "the run to end", promisedMs: DONE_WITHIN_MS });
    expect(await judge(fleet)).toMatchObject({ trainings: PRODUCTS, failed: 0, dead: 0 });
    for (const pid of pids) expect(() => process.kill(pid, 0)).not.toThrow();
    await record("PostgreSQL crashed five times and away for 30 s", { trainings: PRODUCTS, crashes: CRASHES + 1, processesLost: 0, answer: 503, lost: 0, duplicates: 0, doneSeconds: seconds(doneMs) });
  });
});
