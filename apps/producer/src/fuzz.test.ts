/** What no honest client sends must be answered below 500, and leave the process as it was. */
import { once } from "node:events";
import { Agent, request as send } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { bytesNearHttp, chanceOf, requestNear, type Chance, type FuzzedRequest } from "./fuzz-requests.js";
import { openSampleProducer, TENANT, trainOne, type SampleProducer } from "./sample-producer.js";

const REQUESTS = 10_000;
const LANES = 16;
const RSS_GROWTH_MAX_MB = 50;
/** Of what is still referred to. The clients are in this process as well; what a leak of 1 KB a request would come to is 8 MB. */
const HEAP_GROWTH_MAX_MB = 6;

/** The same again: LEVAIN_FUZZ_SEED=… */
const SEED = Number(process.env["LEVAIN_FUZZ_SEED"] ?? Date.now() % 2 ** 31);

let producer: SampleProducer;
let port: number;
let agent: Agent;
let known: Record<string, string>;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl"), keepsLog: false });
  known = { ":tenantId": TENANT, ":productId": "croissant", ":runId": await trainOne(producer.db, "croissant"), ":queueName": "train-product" };
  await producer.server.listen({ host: "127.0.0.1", port: 0 });
  port = (producer.server.server.address() as AddressInfo).port;
  agent = new Agent({ keepAlive: true, maxSockets: LANES });
});
afterAll(async () => {
  agent.destroy();
  await producer.close();
});

/** The status; null when the server hung up without one. */
const statusOf = ({ method, path, headers, body }: FuzzedRequest): Promise<number | null> =>
  new Promise((resolve) => {
    const asked = send({ host: "127.0.0.1", port, agent, method, path, headers }, (answer) => {
      answer.resume().once("close", () => resolve(answer.statusCode ?? null));
    });
    asked.on("error", () => resolve(null)).end(body);
  });

/** Every status line among what came back, until the server closed or fell silent. */
async function statusesOf(bytes: Buffer): Promise<number[]> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: false });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => void chunks.push(chunk)).on("error", () => undefined);
  // A server that waits for the rest of a request gives up by itself, later than this test would like.
  socket.setTimeout(2_000, () => socket.destroy());
  socket.end(bytes);
  await once(socket, "close");
  return [...Buffer.concat(chunks).toString("latin1").matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
}

const collectGarbage = (): void => {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
};

const memoryMb = (): { readonly rss: number; readonly heap: number } => {
  collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss: rss / 2 ** 20, heap: (heapUsed + external) / 2 ** 20 };
};

describe(`requests from the seed ${SEED}`, () => {
  test(`${REQUESTS} that no honest client sends are answered below 500, and cost less than ${RSS_GROWTH_MAX_MB} MB`, async () => {
    const routes = producer.server.routeTable;
    const keys = [producer.operatorKey, producer.viewerKey, producer.tenant.authorization.slice(7), producer.otherTenant.authorization.slice(7), "lvn_0123456789abcdef_wrong"];
    const faults: string[] = [];
    const statuses: Record<string, number> = {};
    const count = (status: number | null, what: string): void => {
      statuses[String(status)] = (statuses[String(status)] ?? 0) + 1;
      if (status !== null && status >= 500) faults.push(`${status}: ${what.slice(0, 600)}`);
    };
    const one = async (chance: Chance): Promise<void> => {
      if (chance.next() < 0.75) {
        const asked = requestNear(routes, known, keys, chance);
        count(await statusOf(asked), JSON.stringify({ ...asked, headers: { ...asked.headers, authorization: undefined } }));
      } else {
        const bytes = bytesNearHttp(chance.pick(keys), chance);
        const came = await statusesOf(bytes);
        if (came.length === 0) count(null, "");
        for (const status of came) count(status, bytes.toString("latin1"));
      }
    };
    const run = async (times: number, seed: number): Promise<void> => {
      let left = times;
      await Promise.all(
        Array.from({ length: LANES }, async (_, lane) => {
          const chance = chanceOf(seed + lane);
          while (left-- > 0) await one(chance);
        }),
      );
    };
    // Buffers, plans and compiled code that the first requests bring are no leak.
    await run(REQUESTS / 5, SEED + 7_919);
    const before = memoryMb();
    const samples: ReturnType<typeof memoryMb>[] = [];
    for (let round = 0; round < 8; round++) {
      await run(REQUESTS / 10, SEED + 101 * round);
      samples.push(memoryMb());
    }
    // The allocator gives pages back when it likes, so single samples go up and down by 40 MB; a leak stays in all of them.
    const late = samples.slice(-4);
    const grownMb = Math.min(...late.map(({ rss }) => rss)) - before.rss;
    const heapGrownMb = Math.min(...late.map(({ heap }) => heap)) - before.heap;
    expect(faults.slice(0, 20), `seed ${SEED}: ${faults.length} faults`).toEqual([]);
    expect(grownMb, `seed ${SEED}`).toBeLessThan(RSS_GROWTH_MAX_MB);
    expect(heapGrownMb, `seed ${SEED}`).toBeLessThan(HEAP_GROWTH_MAX_MB);
    // It was no one answer to everything.
    for (const status of ["200", "400", "401", "403", "404", "405", "413", "415", "431"]) expect(statuses[status], `${status} in ${JSON.stringify(statuses)}, seed ${SEED}`).toBeGreaterThan(0);
    expect((await producer.server.inject({ url: "/healthz" })).statusCode).toBe(200);
    expect(({} as Record<string, unknown>)["isOperator"]).toBeUndefined();
    process.stdout.write(`fuzz: seed ${SEED}, RSS +${grownMb.toFixed(1)} MB, heap +${heapGrownMb.toFixed(1)} MB, ${JSON.stringify(statuses)}\n`);
  });
});
