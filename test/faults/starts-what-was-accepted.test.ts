import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { bakeryId } from "./rig/bakeries.js";
import { openChance } from "./rig/chance.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type FaultTenant, type Fleet, type Producer } from "./rig/fleet.js";
import { judge } from "./rig/oracle.js";
import { countOf, untilRunsEnded } from "./rig/runs.js";
import { openProxy, type TcpProxy } from "./rig/tcp-proxy.js";
import { until, untilPromised } from "./rig/until.js";

const TENANTS = 20;
const PRODUCERS = 4;
const ROUNDS = 5;
/** From the death of the producer to the start of what it had accepted. */
const START_WITHIN_MS = 10_000;

describe("a run that was accepted by a producer which died before it could tell the queue", () => {
  let fleet: Fleet;
  let redis: TcpProxy;
  const tenants: FaultTenant[] = [];
  beforeAll(async () => {
    redis = await openProxy({ port: Number(new URL(inject("redisUrl")).port) });
    fleet = await openFleet({ producers: PRODUCERS, workers: 2 });
    for (let number = 1; number <= TENANTS; number += 1) tenants.push(await fleet.addTenant(bakeryId(2, number)));
    // The workers reach Redis; only the producers' way to it can be closed.
    await Promise.all([...fleet.producers].map((producer) => fleet.kill(producer)));
  });
  afterAll(async () => {
    await fleet?.close();
    await redis?.close();
  });

  const newProducer = (): Promise<Producer> => fleet.addProducer(fleet.through({ redis }));

  it("starts within seconds all the same, whether the client was told or not", async () => {
    const chance = openChance("producer killed between commit and queue");
    const startedAfterMs: number[] = [];
    let told = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const producers = await Promise.all(Array.from({ length: PRODUCERS }, newProducer));
      await redis.set("black-hole");
      const isTold = round % 2 === 1;
      const asked = Promise.all(chance.shuffled(tenants).map((tenant, index) => tenant.ask({ producer: producers[index % PRODUCERS] as Producer })));
      // No producer can have told the queue of one. Where asking takes long, a repair may have told of the first before the last is written.
      await until(async () => (await countOf(fleet.sql, "SELECT count(*) AS n FROM training_runs")) === (round + 1) * TENANTS, { what: `${TENANTS} runs written`, everyMs: 10 });
      // The producer gives Redis a moment and then answers: the run is accepted with or without it.
      if (isTold) told += (await asked).filter(({ kind }) => kind === "accepted").length;
      await Promise.all(producers.map((producer) => fleet.kill(producer)));
      const haveStarted = async (): Promise<boolean> => (await countOf(fleet.sql, "SELECT count(started_at) AS n FROM training_runs")) === (round + 1) * TENANTS;
      const [{ tookMs }] = await Promise.all([
        untilPromised(haveStarted, { what: "every run to start", promisedMs: START_WITHIN_MS }),
        asked.then(() => redis.cut()).then(() => redis.set("pass")),
      ]);
      startedAfterMs.push(tookMs);
      await untilRunsEnded(fleet.sql);
    }
    await newProducer();
    expect(told).toBe(2 * TENANTS);
    expect(await judge(fleet)).toMatchObject({ runs: ROUNDS * TENANTS, failed: 0, dead: 0 });
    await record("producer killed between commit and queue", {
      runs: ROUNDS * TENANTS,
      deaths: ROUNDS * PRODUCERS,
      told,
      lost: 0,
      slowestStartSeconds: seconds(Math.max(...startedAfterMs)),
      boundSeconds: START_WITHIN_MS / 1000,
    });
  });
});
