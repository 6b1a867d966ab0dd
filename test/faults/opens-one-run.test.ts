import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { bakeryId } from "./rig/bakeries.js";
import { openChance } from "./rig/chance.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type FaultTenant, type Fleet } from "./rig/fleet.js";
import type { Answer } from "./rig/ledger.js";
import { judge } from "./rig/oracle.js";
import { countOf } from "./rig/runs.js";
import { openProxy, type TcpProxy } from "./rig/tcp-proxy.js";

const PRODUCERS = 4;
const AT_ONCE = 200;
const ROUNDS = 50;
const ROUNDS_WITHOUT_REDIS = 5;

describe("many who ask for a run of one tenant at once", () => {
  let fleet: Fleet;
  let redis: TcpProxy;
  let tenant: FaultTenant;
  beforeAll(async () => {
    redis = await openProxy({ port: Number(new URL(inject("redisUrl")).port) });
    // Nobody trains here: each round's run is stopped by the test.
    fleet = await openFleet({ producers: 0, workers: 0 });
    await Promise.all(Array.from({ length: PRODUCERS }, () => fleet.addProducer(fleet.through({ redis }))));
    tenant = await fleet.addTenant(bakeryId(3));
  });
  afterAll(async () => {
    await fleet?.close();
    await redis?.close();
  });

  const askAtOnce = (count: number): Promise<Answer[]> => Promise.all(Array.from({ length: count }, (_, index) => tenant.ask({ producer: fleet.producers[index % PRODUCERS] as Fleet["producers"][number] })));

  /** One was accepted, all others were told which. */
  async function expectOneOf(answers: readonly Answer[]): Promise<void> {
    const accepted = answers.flatMap((answer) => (answer.kind === "accepted" ? [answer.runId] : []));
    expect(accepted).toHaveLength(1);
    const others = answers.filter((answer) => answer.kind !== "accepted");
    expect(others).toEqual(others.map(() => ({ kind: "refused", status: 409, openRunId: accepted[0] })));
    expect(await countOf(fleet.sql, "SELECT count(*) AS n FROM training_runs WHERE status IN ('accepted', 'running')")).toBe(1);
    expect(await fleet.db.forTenant(tenant.id).cancelRun(accepted[0] as string)).toBe(true);
  }

  it("get one run and its name, round after round, from four producers", async () => {
    openChance("200 starts at once");
    const startedAt = performance.now();
    for (let round = 0; round < ROUNDS; round += 1) await expectOneOf(await askAtOnce(AT_ONCE));
    await record("200 starts at once", { rounds: ROUNDS, accepted: ROUNDS, refused409: ROUNDS * (AT_ONCE - 1), seconds: seconds(performance.now() - startedAt) });
  });

  it("get one run also when leases vanish and when Redis cannot be reached", async () => {
    const chance = openChance("200 starts at once without Redis");
    for (let round = 0; round < ROUNDS_WITHOUT_REDIS; round += 1) {
      await fleet.queues.redis.del(`${fleet.prefix}:lease:${tenant.id}`);
      const isDown = chance.next() < 0.5 || round === 0;
      await redis.set(isDown ? "refuse" : "pass");
      if (isDown) redis.cut();
      await expectOneOf(await askAtOnce(AT_ONCE));
    }
    await redis.set("pass");
    await record("200 starts at once without Redis", { rounds: ROUNDS_WITHOUT_REDIS, accepted: ROUNDS_WITHOUT_REDIS });
  });

  afterAll(async () => {
    // Starts of stopped runs are still queued; a worker finds nothing to do for them.
    await fleet.addWorker();
    await judge(fleet);
  });
});
