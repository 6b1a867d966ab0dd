/**
 * Secrets as canaries: in keys, in the addresses of Postgres and Redis, in an upstream's address and answers. Whatever
 * fails then, none of them comes out: not in a log line, a job, a reason of failure, a metric, an event or an answer.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunView, WebhookWithSecret } from "@levain/contracts";
import { openQueues } from "@levain/queue";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { connectApi } from "./api.js";
import { ownPort } from "./own-port.js";
import { openFleetProcess, type FleetProcess } from "../apps/cli/src/up/fleet-process.js";
import { openWay, type Way } from "../apps/producer/src/sample-way.js";
import { openWorld, type World } from "./world.js";

const TENANT = "secretive-bakery";
const UPSTREAM = "canaryupstreamtoken";
const REDIS = "canaryredispassword";
const FLEET = "canaryfleetsecretfromwhichallothersfollow";
const GUESS = "canaryguessedkey0123456789abcdefghijklmnopq";

describe("secrets", () => {
  let world: World;
  let till: Server;
  let ways: { postgres: Way; redis: Way };
  let producer: FleetProcess;
  let worker: FleetProcess;
  let folder: string;
  let url: string;
  let tenantKey: string;
  let webhookSecret: string;
  const answers: string[] = [];

  /** Each product another way to fail, each answer with the secret in it. */
  const sales: Readonly<Record<string, () => readonly [number, Record<string, string>, string]>> = {
    broken: () => [500, { "content-type": "text/plain" }, `stack at http://till/?token=${UPSTREAM} Authorization: Bearer ${UPSTREAM}`],
    moved: () => [302, { location: `http://127.0.0.1:9/?token=${UPSTREAM}` }, ""],
    refused: () => [403, { "www-authenticate": `Bearer error="${UPSTREAM}"` }, `token ${UPSTREAM} is not welcome`],
    garbled: () => [200, { "content-type": "application/json" }, `{"secret":"${UPSTREAM}",`],
    shapeless: () => [200, { "content-type": "application/json" }, JSON.stringify({ kind: UPSTREAM, rows: UPSTREAM })],
    typed: () => [200, { "content-type": `text/${UPSTREAM}` }, UPSTREAM],
  };

  beforeAll(async () => {
    till = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://till");
      const [, , id] = pathname.split("/").slice(1);
      if (pathname === "/shop/products") return void response.setHeader("content-type", "application/json").end(JSON.stringify({ products: Object.keys(sales).map((each) => ({ id: each, name: each })), nextCursor: null }));
      const [status, headers, body] = sales[id ?? ""]?.() ?? [404, {}, ""];
      response.writeHead(status, headers).end(body);
    }).listen(0, "127.0.0.1");
    await once(till, "listening");
    folder = await mkdtemp(join(tmpdir(), "levain-secrets-"));
    world = await openWorld({ workers: 0 });
    const redisUrl = new URL(world.redisUrl);
    redisUrl.password = REDIS;
    ways = { postgres: await openWay(world.databaseUrl), redis: await openWay(redisUrl.href) };
    const port = await ownPort();
    url = `http://127.0.0.1:${port}`;
    const env = {
      DATABASE_URL: ways.postgres.url,
      REDIS_URL: ways.redis.url,
      WEBHOOK_SECRET: FLEET,
      LOG_LEVEL: "debug",
      ARTIFACT_STORE: `file:${world.artifactsFolder}`,
    };
    producer = await openFleetProcess({
      name: "secretive",
      app: "producer",
      env: { ...env, QUEUE_PREFIX: world.prefix, HOST: "127.0.0.1", PORT: String(port) },
      logFile: join(folder, "producer.log"),
      readyUrl: `${url}/readyz`,
    });
    worker = await world.addWorker({ ...env, BREAKER_RESET_MS: "1000" });
    const address = `http://127.0.0.1:${(till.address() as AddressInfo).port}/shop?token=${UPSTREAM}`;
    await world.operator.call("PUT", `/v1/tenants/${TENANT}`, z.unknown(), { name: "Secretive", timeZone: "UTC", country: "DE", missingDay: "closed", sources: { sales: address, weather: address } });
    tenantKey = (await world.db.keys.issue({ role: "tenant", tenantId: TENANT, label: "story" })).secret;
  });
  afterAll(async () => {
    await producer?.close();
    await world?.close();
    for (const way of Object.values(ways ?? {})) way.cut();
    till.close();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = async (path: string, init: RequestInit = {}): Promise<number> => {
    const response = await fetch(`${url}${path}`, { redirect: "manual", ...init });
    answers.push(`${[...response.headers].join("\n")}\n${await response.text()}`);
    return response.status;
  };
  const runs = `/v1/tenants/${TENANT}/training-runs`;

  it("come out nowhere, whatever fails", async () => {
    const bearer = { authorization: `Bearer ${tenantKey}` };
    for (const headers of [{ authorization: `Bearer lvn_0123456789abcdef_${GUESS}` }, { "x-api-key": `lvn_0123456789abcdef_${GUESS}` }, { cookie: `levain_session=a.b.c.${GUESS}` }]) await ask(runs, { headers });
    await ask(`/v1/tenants/lvn_0123456789abcdef_${GUESS}/products?access_token=${GUESS}`, { headers: bearer });
    await ask("/ops/login", { method: "POST", body: new URLSearchParams({ key: `lvn_0123456789abcdef_${GUESS}` }) });

    const api = connectApi(url, tenantKey);
    // Nobody answers there, so what is told of the run fails, too.
    webhookSecret = (await api.call("POST", `/v1/tenants/${TENANT}/webhooks`, WebhookWithSecret, { url: `http://127.0.0.1:${await ownPort()}/hooks` })).secret;
    const run = await api.call("POST", runs, RunView, { cutoff: "2026-05-01" });
    // All fail for good but one, which is put off: its upstream is only broken.
    await vi.waitUntil(
      async () =>
        (await world.db.forTenant(TENANT).productTrainings(run.id, { limit: 50 })).items.filter(({ failure }) => failure !== null).length ===
        Object.keys(sales).length,
      { timeout: 60_000, interval: 100 },
    );

    for (const way of [ways.postgres, ways.redis]) {
      way.cut();
      await ask(runs, { headers: bearer });
      await ask(runs, { method: "POST", headers: bearer });
      await ask("/readyz");
      await way.mend();
      await vi.waitUntil(async () => (await ask("/readyz")) === 200, { timeout: 30_000, interval: 100 });
    }
    const metrics = [await (await fetch(`${url}/metrics`)).text()];
    answers.push(JSON.stringify(await api.call("POST", `${runs}/${run.id}/cancel`, z.unknown())));
    for await (const event of api.follow(TENANT, run.id)) answers.push(JSON.stringify(event));
    await vi.waitUntil(async () => (await readFile(worker.logFile, "utf8")).includes("webhook will be told again"), { timeout: 60_000, interval: 100 });
    await ask(`${runs}/${run.id}/products`, { headers: bearer });
    await ask("/ops/queues/api/queues?activeQueue=train-product&status=latest&page=1&jobsPerPage=100", { headers: { authorization: `Bearer ${world.operatorKey}` } });
    await worker.close();
    await producer.close();

    const seen = {
      "answers and events": answers.join("\n"),
      "the producer's log": await readFile(producer.logFile, "utf8"),
      "the worker's log": await readFile(worker.logFile, "utf8"),
      metrics: metrics.join("\n"),
      Postgres: await everyRow(world.databaseUrl),
      Redis: await everyKey(world),
    };
    const canaries = {
      UPSTREAM,
      REDIS,
      GUESS,
      FLEET,
      "the webhook's secret": webhookSecret.slice("whsec_".length),
      "the database's password": new URL(world.databaseUrl).password,
      "the tenant's key": tenantKey.slice(-30),
      "the operator's key": world.operatorKey.slice(-30),
    };
    for (const [where, text] of Object.entries(seen)) {
      expect(text.length, where).toBeGreaterThan(500);
      for (const [name, canary] of Object.entries(canaries)) expect.soft(text.includes(canary) ? `${name} in ${where}: …${text.slice(Math.max(0, text.indexOf(canary) - 200), text.indexOf(canary) + 20)}` : "", `${name} in ${where}`).toBe("");
    }
  });

  it("are not told by a process that cannot start", async () => {
    const dead = await ownPort();
    const env = { DATABASE_URL: `postgresql://levain:${GUESS}@127.0.0.1:${dead}/levain`, REDIS_URL: `redis://:${GUESS}@127.0.0.1:${dead}`, HEALTH_PORT: "0" };
    for (const app of ["producer", "worker"] as const) {
      const logFile = join(folder, `dead-${app}.log`);
      const failed = await openFleetProcess({ name: app, app, env, logFile, readyUrl: `http://127.0.0.1:${dead}/readyz` }).catch((error: unknown) => String(error));
      const log = await readFile(logFile, "utf8");
      expect(log).toContain("process could not start");
      expect(`${String(failed)}${log}`).not.toContain(GUESS);
    }
  });
});

/** All that Postgres keeps but where it is to be kept: a tenant's own settings hold its sources' addresses. */
async function everyRow(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tenants'");
  const texts: string[] = [];
  for (const { name } of tables) texts.push(JSON.stringify((await client.query(`SELECT to_jsonb(t) AS row FROM ${pg.escapeIdentifier(name)} t`)).rows));
  await client.end();
  return texts.join("\n");
}

/** All that Redis keeps of this story. */
async function everyKey({ redisUrl, prefix }: World): Promise<string> {
  const queues = openQueues({ redisUrl, prefix });
  const { redis } = queues;
  const texts = (await redis.keys(`${prefix}*`)).map(async (key) => {
    const kind = await redis.type(key);
    if (kind === "hash") return [key, await redis.hgetall(key)];
    if (kind === "string") return [key, await redis.get(key)];
    if (kind === "stream") return [key, await redis.xrange(key, "-", "+")];
    if (kind === "zset") return [key, await redis.zrange(key, 0, -1)];
    if (kind === "list") return [key, await redis.lrange(key, 0, -1)];
    return [key, await redis.smembers(key)];
  });
  const everything = JSON.stringify(await Promise.all(texts));
  await queues.close();
  return everything;
}
