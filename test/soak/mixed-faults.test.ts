import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bakeryId } from "../faults/rig/bakeries.js";
import { openChance } from "../faults/rig/chance.js";
import { record, say } from "../faults/rig/figures.js";
import { openFleet, type FaultTenant, type Fleet } from "../faults/rig/fleet.js";
import { judge, judgeLeftovers } from "../faults/rig/oracle.js";
import { openOwnPostgres, openOwnRedis } from "../faults/rig/own-servers.js";
import { countOf, untilRunsEnded } from "../faults/rig/runs.js";
import { openProxy } from "../faults/rig/tcp-proxy.js";
import { every } from "../faults/rig/until.js";
import { MISCHIEF, type Stage } from "./mischief.js";
import { residentMegabytes, settled, slopePerHour, type Sample } from "./slope.js";

const MINUTE_MS = 60_000;
const MINUTES = Number(process.env["LEVAIN_SOAK_MINUTES"] ?? "10");
const TENANTS = 8;
const PRODUCTS = 50;
const WORKERS = 3;
/** Between the end of one mischief and the next: less than a rescue takes, so that they overlap in effect. */
const QUIET_MS = 4_000;
const SAMPLE_EVERY_MS = 2_000;
const ASK_EVERY_MS = 1_000;

describe("a fleet under mixed faults", () => {
  const closers: (() => Promise<unknown>)[] = [];
  let fleet: Fleet;
  let stage: Stage;
  const tenants: FaultTenant[] = [];

  beforeAll(async () => {
    const [redis, postgres] = await Promise.all([openOwnRedis(), openOwnPostgres()]);
    const ways = { redis: await openProxy(redis), postgres: await openProxy(postgres) };
    fleet = await openFleet({ producers: 0, workers: 0, redisUrl: redis.url, postgresUrl: postgres.url, producerEnv: { TENANT_PRODUCTS_PER_HOUR: "0" } });
    closers.push(() => redis.close(), () => postgres.close(), () => ways.redis.close(), () => ways.postgres.close(), () => fleet.close());
    const addWorker = () => fleet.addWorker(fleet.through(ways));
    const addProducer = () => fleet.addProducer(fleet.through(ways));
    const witnesses = [await addProducer(), await addWorker()];
    await Promise.all([addProducer(), ...Array.from({ length: WORKERS }, addWorker)]);
    stage = { fleet, redis, postgres, ways, witnesses, addWorker, addProducer };
    for (let number = 1; number <= TENANTS; number += 1) tenants.push(await fleet.addTenant(bakeryId(PRODUCTS, number)));
  });
  afterAll(async () => {
    for (const close of closers.toReversed()) await close();
  });

  it(`loses nothing and does nothing twice, for ${MINUTES} min`, async () => {
    const chance = openChance("soak");
    const until = Date.now() + MINUTES * MINUTE_MS;
    const grown = new Map<string, Sample[]>();
    const sample = (what: string, value: number): void => void grown.set(what, [...(grown.get(what) ?? []), { atMs: Date.now(), value }]);
    const sampling = every(SAMPLE_EVERY_MS, async () => {
      for (const witness of stage.witnesses) sample(`memory of ${witness.name}, MB`, await residentMegabytes(witness.pid));
      // A server that is down at this moment has nothing to tell.
      await fleet.queues.redis.info("memory").then((info) => sample("memory of Redis, MB", Number(/used_memory:(\d+)/.exec(info)?.[1]) / 2 ** 20)).catch(() => undefined);
      await countOf(fleet.sql, "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()").then((count) => sample("connections to PostgreSQL", count)).catch(() => undefined);
    });
    const asking = every(ASK_EVERY_MS, async () => void (await Promise.all(tenants.map((tenant) => tenant.ask({ producer: chance.pick(fleet.producers) })))));

    const happened = new Map<string, number>();
    while (Date.now() < until) {
      const mischief = chance.pick(MISCHIEF);
      await mischief.happen(stage, chance);
      happened.set(mischief.name, (happened.get(mischief.name) ?? 0) + 1);
      await pause(QUIET_MS);
    }
    await Promise.all([asking.stop(), sampling.stop()]);
    await untilRunsEnded(fleet.sql);

    const verdict = await judge(fleet);
    expect(verdict.failed).toBe(0);
    for (const [name, count] of happened) say(`${count} × ${name}`);
    for (const [what, samples] of grown) say(`${what}: ${samples.at(-1)?.value.toFixed(1)} at the end, slope ${slopePerHour(settled(samples)).toFixed(2)} per hour over the later half`);
    const answers = fleet.ledger.entries.map(({ answer }) => (answer.kind === "refused" ? String(answer.status) : answer.kind));
    expect(answers.filter((answer) => answer === "500")).toEqual([]);
    await record("soak", { minutes: MINUTES, seed: chance.seed, faults: [...happened.values()].reduce((sum, count) => sum + count, 0), ...verdict, lost: 0, duplicates: 0 });
    await fleet.stop();
    await judgeLeftovers(fleet.sql);
  });
});
