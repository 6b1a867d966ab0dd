import { afterEach, expect, inject, test } from "vitest";
import { openSampleProducer, OTHER_TENANT, RUNS, TENANT, type SampleProducer } from "./sample-producer.js";
import { openWay, type Way } from "./sample-way.js";

let producer: SampleProducer | undefined;
let redis: Way | undefined;
afterEach(async () => {
  await producer?.close();
  redis?.cut();
});

const ASKED = 60;

/** Of nine in ten: what else a busy machine does falls on some of them. */
const p90 = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.9)] ?? Number.NaN;

test("a key that floods · is refused with and without Redis, and another tenant waits no longer for it", async () => {
  redis = await openWay(inject("redisUrl"));
  const sample = (producer = await openSampleProducer({
    postgresUrl: inject("postgresUrl"),
    redisUrl: redis.url,
    keepsLog: false,
    settings: { limits: { requestsPerKey: 60, requestsPerTenant: 0, runStartsPerTenant: 0, failedKeysPerAddress: 0 } },
  }));
  const own = await Promise.all(Array.from({ length: ASKED }, () => sample.db.keys.issue({ role: "tenant", tenantId: OTHER_TENANT, label: "till" })));
  const url = RUNS.replace(TENANT, OTHER_TENANT);
  /** The other tenant asks one after the other, each time with another key, so that it stays within its own allowance, which the flood leaves behind even on a machine that answers twice a second. */
  const waits = async (): Promise<number[]> => {
    const times: number[] = [];
    for (let time = 0; time < ASKED; time++) {
      const since = performance.now();
      const answer = await sample.server.inject({ url, headers: { "x-api-key": own[time]?.secret ?? "" } });
      times.push(performance.now() - since);
      expect(answer.statusCode).toBe(200);
    }
    return times;
  };
  const flood = async (counts: Record<number, number>, isOver: () => boolean): Promise<void> => {
    while (!isOver()) {
      const answer = await sample.server.inject({ url: RUNS, headers: sample.tenant });
      counts[answer.statusCode] = (counts[answer.statusCode] ?? 0) + 1;
      if (answer.statusCode === 429) expect(Number(answer.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    }
  };
  const beside = async (): Promise<{ counts: Record<number, number>; p90Ms: number }> => {
    const counts: Record<number, number> = {};
    let isOver = false;
    const lanes = Array.from({ length: 4 }, () => flood(counts, () => isOver));
    const times = await waits();
    isOver = true;
    await Promise.all(lanes);
    return { counts, p90Ms: p90(times) };
  };

  const aloneMs = p90(await waits());
  const shared = await beside();
  redis.cut();
  const byItself = await beside();
  for (const { counts, p90Ms } of [shared, byItself]) {
    expect(Object.keys(counts).sort()).toEqual(["200", "429"]);
    expect((counts[429] ?? 0) / ((counts[200] ?? 0) + (counts[429] ?? 0))).toBeGreaterThan(0.1);
    // All share one thread here, clients too: four lanes beside it may cost the fifth what their own requests cost, and a pause.
    expect(p90Ms).toBeLessThan(10 * aloneMs + 500);
  }
  process.stdout.write(`p90 alone ${aloneMs.toFixed(0)} ms, beside a flood ${shared.p90Ms.toFixed(0)} ms, without Redis ${byItself.p90Ms.toFixed(0)} ms; ${JSON.stringify([shared.counts, byItself.counts])}\n`);
});
