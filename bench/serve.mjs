/**
 * How fast are forecasts served? A producer over PostgreSQL and Redis, a bakery of 500 products that a fleet has trained, and
 * autocannon: one product after the other at a steady rate, as stored; at a quarter of that rate computed, with components;
 * and the whole tenant in one call. The rate is kept open-ended, so that a slow answer delays no later question and its wait
 * is counted. Usage: node bench/serve.mjs [--products 500] [--days 400] [--rate 200] [--seconds 20] [--check] [--save]
 */
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prepare } from "../apps/cli/bin/prepare.mjs";

prepare();
const { default: autocannon } = await import("autocannon");
const { machineLine, saveSection, tableOf, verdict } = await import("./report.mjs");
const { applyMigrations, createDatabase, migrationsFolder, openDb } = await import("@levain/db");
const { connectLevain } = await import("@levain/client");
const cli = (path) => import(new URL(`../apps/cli/dist/${path}`, import.meta.url).href);
const { openPostgres } = await cli("embedded/postgres.js");
const { openRedis } = await cli("embedded/redis.js");
const { freePort } = await cli("embedded/server-process.js");
const { openFleetProcess } = await cli("up/fleet-process.js");

const { values } = parseArgs({
  options: {
    products: { type: "string", default: "500" },
    days: { type: "string", default: "400" },
    rate: { type: "string", default: "200" },
    seconds: { type: "string", default: "20" },
    check: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
  },
});
/** The bar is of p95; autocannon tells p97.5, which is no less. */
const ONE_PRODUCT_P95_MS_MAX = 50;
const WHOLE_TENANT_MS_MAX = 1_000;
const WHOLE_TENANT_CALLS = 10;
/** As many as autocannon opens when nobody says how many. At this rate each asks twenty times at the start of each second, one after the other. */
const CONNECTIONS = 10;
/** Who asks for reasons asks more seldom: a person looks at them. */
const COMPUTED_SHARE = 4;
const tenantId = `simulated-${values.products}x${values.days}`;

const folder = await mkdtemp(join(tmpdir(), "levain-bench-"));
await chmod(folder, 0o755);
const closers = [() => rm(folder, { recursive: true, force: true })];
const opened = (thing) => (closers.push(() => thing.close()), thing);

try {
  const { url, key, productIds, producer } = await trainedTenant();
  const headers = { authorization: `Bearer ${key}` };
  const ofTenant = `${url}/v1/tenants/${tenantId}`;
  const single = async (name, query, rate) => ({
    name,
    rate,
    ...(await steadily(
      productIds.map((id) => `/v1/tenants/${tenantId}/products/${id}/forecast${query}`),
      { url, headers, producer, rate },
    )),
  });
  const stored = await single("one product, as stored", "", Number(values.rate));
  const computed = await single("one product, computed, with components", "?components=true&quantiles=0.05,0.95", Number(values.rate) / COMPUTED_SHARE);

  const whole = [];
  for (let call = 0; call <= WHOLE_TENANT_CALLS; call += 1) {
    const startedAt = performance.now();
    const answer = await fetch(`${ofTenant}/forecasts?limit=${Math.min(500, productIds.length)}`, { headers });
    const { items } = await answer.json();
    whole.push(performance.now() - startedAt);
    if (items.length !== productIds.length || items.some(({ days }) => !(days?.length > 0))) throw new Error(`expected forecasts of ${productIds.length} products`);
  }
  const [first, ...later] = whole;
  later.sort((a, b) => a - b);
  const slowest = later.at(-1);

  const ms = (value) => value.toFixed(0);
  const report = [
    machineLine(),
    `${productIds.length} products of ${values.days} days, one producer; autocannon and the servers share the machine.`,
    tableOf(
      ["", "asked a second", "answered a second", "p50, ms", "p97.5, ms", "p99, ms", "longest, ms", "producer's CPU, ms each"],
      [stored, computed].map(({ name, rate, answered, latency, cpuMs }) => [
        name,
        rate,
        answered.toFixed(0),
        ms(latency.p50),
        ms(latency.p97_5),
        ms(latency.p99),
        ms(latency.max),
        cpuMs.toFixed(1),
      ]),
    ),
    tableOf(
      ["", "median, ms", "slowest, ms", "first, ms"],
      [[`${productIds.length} products in one call, ${WHOLE_TENANT_CALLS} times`, ms(later[Math.floor(later.length / 2)]), ms(slowest), ms(first)]],
    ),
  ].join("\n\n");
  console.log(`\n${report}\n`);
  if (values.save) saveSection("serve", report);
  const bars = [
    { name: `p97.5 in ms of ${stored.name}`, value: stored.latency.p97_5, atMost: ONE_PRODUCT_P95_MS_MAX },
    ...[stored, computed].map(({ name, missed }) => ({ name: `questions of ${name} without a good answer`, value: missed, atMost: 0 })),
    { name: `ms for ${productIds.length} products in one call, the slowest after the first`, value: slowest, atMost: WHOLE_TENANT_MS_MAX },
  ];
  verdict(bars, values.check);
} finally {
  for (const close of closers.reverse()) await close();
}

/** A producer that serves the simulated bakery, whose products a worker has trained and that has since ended. */
async function trainedTenant() {
  const postgres = opened(await openPostgres({ folder: join(folder, "postgres"), port: await freePort() }));
  const redis = opened(await openRedis({ folder: join(folder, "redis"), port: await freePort() }));
  const databaseUrl = await createDatabase(postgres.url, "bench_serve");
  await applyMigrations(databaseUrl, migrationsFolder);
  const shared = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    QUEUE_PREFIX: "{bench-serve}",
    LOG_LEVEL: "warn",
    TICK_MINUTES: "1440",
    ARTIFACT_STORE: `file:${join(folder, "artifacts")}`,
  };
  const started = async (name, app, env, port) =>
    openFleetProcess({ name, app, env, logFile: join(folder, `${name}.log`), readyUrl: `http://127.0.0.1:${port}/readyz` });
  const [producerPort, workerPort, sandboxPort] = [await freePort(), await freePort(), await freePort()];
  const sandbox = await started("sandbox", "sandbox", { HOST: "127.0.0.1", PORT: String(sandboxPort), LOG_LEVEL: "warn" }, sandboxPort);
  // The rate is the subject here, not its limit; it is counted all the same.
  const generous = { REQUESTS_PER_KEY_PER_MINUTE: "1000000", REQUESTS_PER_TENANT_PER_MINUTE: "1000000", TENANT_PRODUCTS_PER_HOUR: "0" };
  const producer = opened(await started("producer", "producer", { ...shared, ...generous, HOST: "127.0.0.1", PORT: String(producerPort) }, producerPort));
  const worker = await started("worker", "worker", { ...shared, HEALTH_PORT: String(workerPort), FIT_THREADS: String(availableParallelism()) }, workerPort);

  const url = `http://127.0.0.1:${producerPort}`;
  const db = opened(openDb({ url: databaseUrl, poolMax: 2, applicationName: "bench" }));
  const operator = connectLevain(url, (await db.keys.issue({ role: "operator", label: "bench" })).secret);
  const { settings, lastDay } = await (await fetch(`http://127.0.0.1:${sandboxPort}/tenants/${tenantId}`)).json();
  const path = { tenantId };
  await operator.put("/v1/tenants/{tenantId}", { params: { path }, body: settings });
  const run = await operator.post("/v1/tenants/{tenantId}/training-runs", { params: { path }, body: { cutoff: lastDay } });
  for await (const { event } of operator.follow(tenantId, run.id)) if (event.type === "run.finished") break;
  const { totals } = await operator.get("/v1/tenants/{tenantId}/training-runs/{runId}", { params: { path: { ...path, runId: run.id } } });
  if (totals.trained < Number(values.products)) throw new Error(`expected ${values.products} trained products, got ${JSON.stringify(totals)}`);
  await Promise.all([worker.close(), sandbox.close()]);
  const { secret: key } = await db.keys.issue({ role: "tenant", tenantId, label: "bench" });
  const { items } = await db.forTenant(tenantId).products({ limit: Number(values.products) });
  return { url, key, productIds: items.map(({ id }) => id), producer };
}

/** Asks for the paths in turn at the steady rate; a fifth of the time before, which does not count, warms up. */
async function steadily(paths, { url, headers, producer, rate }) {
  const cannon = (seconds) =>
    autocannon({ url, headers, connections: CONNECTIONS, overallRate: rate, duration: seconds, requests: paths.map((path) => ({ method: "GET", path })) });
  await cannon(Math.ceil(Number(values.seconds) / 5));
  const before = await cpuMsOf(producer.pid);
  const { latency, errors, timeouts, non2xx, requests } = await cannon(Number(values.seconds));
  const cpuMs = ((await cpuMsOf(producer.pid)) - before) / Math.max(1, requests.total);
  return { latency, answered: requests.average, missed: errors + timeouts + non2xx, cpuMs };
}

/** Processor time so far, of which other work on the machine takes none: after the name come state and parent, user and system time are the 12th and 13th. */
async function cpuMsOf(pid) {
  const TICK_MS = 10;
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
  return TICK_MS * (fields[11] + fields[12]);
}
