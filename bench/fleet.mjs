/**
 * How much of the machine goes into fitting models?
 *
 * The same products are trained three ways: the arithmetic alone, one product after the other in one thread (pure fit
 * seconds); by the whole fleet; and by a fleet of one worker with one thread. Fleet efficiency = pure fit seconds /
 * (wall seconds × cores used). Each begins warm: after the rehearsal that a worker makes of itself while it waits for its
 * first job, whose processor time is told apart. Usage: node bench/fleet.mjs [--products 200] [--days 730] [--workers 2] [--check] [--save]
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prepare } from "../apps/cli/bin/prepare.mjs";

prepare();
const { applyMigrations, createDatabase, migrationsFolder, openDb } = await import("@levain/db");
const { resolvePolicy } = await import("@levain/contracts");
const { loadRunContext, openSources } = await import("@levain/sources");
const { trainProduct } = await import("@levain/training");
const cli = (path) => import(new URL(`../apps/cli/dist/${path}`, import.meta.url).href);
const { openPostgres } = await cli("embedded/postgres.js");
const { openRedis } = await cli("embedded/redis.js");
const { freePort } = await cli("embedded/server-process.js");
const { openFleetProcess } = await cli("up/fleet-process.js");
const { connectLevain } = await import("@levain/client");
const worker = (path) => import(new URL(`../apps/worker/dist/${path}`, import.meta.url).href);
const { machineLine, saveSection, tableOf } = await import("./report.mjs");
const { tuneInThread, fitInThread } = await worker("fit-thread.js");
const { rehearse } = await worker("rehearse.js");

const { values } = parseArgs({ options: { products: { type: "string", default: "200" }, days: { type: "string", default: "730" }, workers: { type: "string", default: "2" }, check: { type: "boolean", default: false }, save: { type: "boolean", default: false } } });
const EFFICIENCY_MIN = 0.8;
/** What a worker's fit thread rehearses unless told otherwise. */
const REHEARSALS = 24;
/** A small bakery, and how long it may wait for its models. */
const FEW = `simulated-10x${values.days}`;
const FEW_SECONDS_MAX = 3;
const cores = availableParallelism();
const tenantId = `simulated-${values.products}x${values.days}`;

const folder = await mkdtemp(join(tmpdir(), "levain-bench-"));
await chmod(folder, 0o755);
const closers = [() => rm(folder, { recursive: true, force: true })];
const opened = (thing) => (closers.push(() => thing.close()), thing);

try {
  const postgres = opened(await openPostgres({ folder: join(folder, "postgres"), port: await freePort() }));
  const redis = opened(await openRedis({ folder: join(folder, "redis"), port: await freePort() }));
  const sandboxPort = await freePort();
  const sandbox = opened(await openFleetProcess({ name: "sandbox", app: "sandbox", env: { HOST: "127.0.0.1", PORT: String(sandboxPort), LOG_LEVEL: "warn" }, logFile: join(folder, "sandbox.log"), readyUrl: `http://127.0.0.1:${sandboxPort}/readyz` }));
  const tenantOf = async (id) => ({ id, ...(await (await fetch(`http://127.0.0.1:${sandboxPort}/tenants/${id}`)).json()) });
  const tenant = await tenantOf(tenantId);

  const pure = await pureFit(tenant);
  const fleet = await runFleet("fleet", { workers: Number(values.workers), threads: Math.max(1, Math.floor(cores / Number(values.workers))) }, { postgres, redis, sandbox, tenant });
  const single = await runFleet("sequential", { workers: 1, threads: 1, env: { PREFETCH: "0" } }, { postgres, redis, sandbox, tenant });

  const few = await runFleet("few", { workers: Number(values.workers), threads: fleet.threads }, { postgres, redis, sandbox, tenant: await tenantOf(FEW) });

  const efficiency = pure.fitSeconds / (fleet.wallSeconds * cores);
  const figure = (value) => (typeof value === "number" ? value.toFixed(2) : value);
  const row = (name, read) => [name, figure(read(fleet)), figure(read(single))];
  const table = tableOf(["", "fleet", "sequential"], [
    row("workers × threads", ({ workers, threads }) => `${workers} × ${threads}`),
    row("wall, s", ({ wallSeconds }) => wallSeconds),
    row("products per second", ({ trained, wallSeconds }) => trained / wallSeconds),
    row("fit seconds, measured in the threads", ({ fitSeconds }) => fitSeconds),
    row("pure fit seconds, nothing else running", () => pure.fitSeconds),
    ...["load", "prepare", "grade", "tune", "fit", "commit"].map((stage) => row(`${stage} stage, ms per product`, ({ stageMs }) => stageMs[stage])),
    row("accepted → first claim, ms", ({ startMs }) => startMs),
    row("pool waits (count / ms)", ({ poolWaits, poolWaitedMs }) => `${poolWaits} / ${poolWaitedMs.toFixed(0)}`),
    ...Object.keys(fleet.cpuSeconds).map((name) => row(`CPU of ${name}, ms per product`, ({ cpuSeconds, trained }) => (name in cpuSeconds ? (1000 * cpuSeconds[name]) / trained : "–"))),
    row("CPU of all, ms per product", ({ cpuSeconds, trained }) => (1000 * Object.values(cpuSeconds).reduce((sum, seconds) => sum + seconds, 0)) / trained),
    row("CPU of all workers before, until warm, s", ({ rehearsedSeconds }) => rehearsedSeconds),
    ...Object.keys(fleet.peakMb).map((name) => row(`peak memory of ${name}, MB`, ({ peakMb }) => peakMb[name] ?? "–")),
  ]);
  const report = [
    machineLine(),
    `${values.products} products × ${values.days} days.`,
    table,
    [
      `- speed-up over sequential: ${(single.wallSeconds / fleet.wallSeconds).toFixed(2)}`,
      `- fleet efficiency: ${(100 * efficiency).toFixed(1)} % = ${pure.fitSeconds.toFixed(1)} s / (${fleet.wallSeconds.toFixed(1)} s × ${cores} cores)`,
      `- ten products, asked for and trained: ${few.wallSeconds.toFixed(2)} s`,
    ].join("\n"),
  ].join("\n\n");
  console.log(`\n${report}\n`);
  if (values.save) saveSection("fleet", report);
  const missed = [
    ...(efficiency < EFFICIENCY_MIN ? [`expected a fleet efficiency of at least ${100 * EFFICIENCY_MIN} %`] : []),
    ...(few.wallSeconds > FEW_SECONDS_MAX ? [`expected ten products within ${FEW_SECONDS_MAX} s`] : []),
  ];
  for (const one of missed) console.error(`missed: ${one}`);
  if (values.check && missed.length > 0) process.exitCode = 1;
} finally {
  for (const close of closers.reverse()) await close();
}

/** The arithmetic of every product, one after the other, in this thread, with nothing else to do. */
async function pureFit(tenant) {
  await rehearse({ threads: 1, products: REHEARSALS, tune: async (request) => tuneInThread(request), fit: async (request) => fitInThread(request) }).ended;
  const signal = new AbortController().signal;
  const sources = openSources({ allow: ["127.0.0.1"] });
  const settings = { ...tenant.settings, id: tenant.id };
  const policy = resolvePolicy(tenant.settings.policy ?? {});
  const context = await loadRunContext(settings, policy, tenant.lastDay, sources, signal);
  let fitSeconds = 0;
  for (const product of await sources.listProducts(settings, signal)) {
    const outcome = await trainProduct(product, context, policy, settings.missingDay ?? "zero-unless-shop-closed", {
      loadSales: (item, range) => sources.loadSales(settings, item, range, signal),
      loadProductEvents: (item, range) => sources.loadProductEvents(settings, item.id, range, signal),
      tune: async (request) => tuneInThread(request),
      fit: async (request) => fitInThread(request),
      recallTuning: async () => null,
      rememberTuning: async () => undefined,
      loadChampion: async () => null,
      loadMemory: async () => null,
      noteSales: async () => undefined,
      loadShopSoFar: async () => ({ begun: 0, held: 0, noneChance: 1 }),
      loadGradingBasis: async () => ({ forecasts: [], economics: null, lastAlarm: null, chosenOn: null }),
      keepGrades: async () => undefined,
      recallSettings: async () => null,
      trigger: "request",
      findSame: async () => null,
      lineageOf: () => ({ seriesDigest: "", regressorsDigest: "", policy: {}, seed: policy.seed, codeVersion: "", dataDigest: "" }),
      stage: (_, run) => run(),
    }, signal);
    if (outcome.kind === "trained") fitSeconds += outcome.fitMs / 1000;
  }
  await sources.close();
  return { fitSeconds };
}

async function runFleet(name, { workers, threads, env = {} }, { postgres, redis, sandbox, tenant }) {
  const databaseUrl = await createDatabase(postgres.url, `bench_${name}`);
  await applyMigrations(databaseUrl, migrationsFolder);
  const shared = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url, QUEUE_PREFIX: `{bench-${name}}`, LOG_LEVEL: "warn", ARTIFACT_STORE: `file:${join(folder, `${name}-artifacts`)}` };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const processes = [await openFleetProcess({ name: "producer", app: "producer", env: { ...shared, PORT: String(port) }, logFile: join(folder, `${name}-producer.log`), readyUrl: `${url}/readyz` })];
  const healthUrls = [];
  for (let i = 1; i <= workers; i += 1) {
    const healthPort = await freePort();
    healthUrls.push(`http://127.0.0.1:${healthPort}`);
    processes.push(await openFleetProcess({
      name: `worker-${i}`,
      app: "worker",
      env: { ...shared, ...env, WORKER_NAME: `worker-${i}`, FIT_THREADS: String(threads), HEALTH_PORT: String(healthPort) },
      logFile: join(folder, `${name}-worker-${i}.log`),
      readyUrl: `${healthUrls.at(-1)}/readyz`,
    }));
  }
  const db = openDb({ url: databaseUrl, poolMax: 2, applicationName: "bench" });
  const operator = connectLevain(url, (await db.keys.issue({ role: "operator", label: "bench" })).secret);
  const path = { tenantId: tenant.id };
  await operator.put("/v1/tenants/{tenantId}", { params: { path }, body: tenant.settings });
  const rehearsedSeconds = await untilRehearsed(healthUrls, processes);
  const measured = Object.fromEntries([...processes, { ...sandbox, name: "sandbox" }, { ...redis, name: "Redis" }, { ...postgres, name: "PostgreSQL" }].map((process) => [process.name, process.pid]));
  const before = await cpuSecondsOf(measured);
  const startedAt = performance.now();
  const accepted = await operator.post("/v1/tenants/{tenantId}/training-runs", { params: { path }, body: { cutoff: tenant.lastDay } });
  let firstClaimAt = null;
  for await (const { event } of operator.follow(tenant.id, accepted.id)) {
    if (event.type === "product.stage") firstClaimAt ??= performance.now();
    if (event.type === "run.finished") break;
  }
  const wallSeconds = (performance.now() - startedAt) / 1000;
  const after = await cpuSecondsOf(measured);
  const cpuSeconds = Object.fromEntries(Object.keys(measured).map((process) => [process, after[process] - before[process]]));
  const run = await operator.get("/v1/tenants/{tenantId}/training-runs/{runId}", { params: { path: { ...path, runId: accepted.id } } });
  if (run.totals.failed > 0) throw new Error(`${run.totals.failed} products failed`);
  const metrics = await Promise.all(healthUrls.map(async (health) => parseMetrics(await (await fetch(`${health}/metrics`)).text())));
  const sum = (key) => metrics.reduce((total, one) => total + (one.get(key) ?? 0), 0);
  const stageMs = Object.fromEntries(["load", "prepare", "grade", "tune", "fit", "commit"].map((stage) => [stage, (1000 * sum(`stage_duration_seconds_sum/${stage}`)) / Math.max(1, sum(`stage_duration_seconds_count/${stage}`))]));
  const peakMb = Object.fromEntries(await Promise.all(processes.map(async (process) => [process.name, await peakMegabytes(process.pid)])));
  await db.close();
  for (const process of processes.reverse()) await process.close();
  return { wallSeconds, workers, threads, trained: run.totals.trained, fitSeconds: sum("fit_seconds_total"), stageMs, rehearsedSeconds, startMs: firstClaimAt - startedAt, poolWaits: sum("db_pool_waits"), poolWaitedMs: 1000 * sum("db_pool_waited_seconds"), cpuSeconds, peakMb };
}

/** Waits until no worker rehearses any more. @returns processor seconds of the workers since they began, their start included */
async function untilRehearsed(healthUrls, processes) {
  const isRehearsing = async (url) => parseMetrics(await (await fetch(`${url}/metrics`)).text()).get("rehearsal_running") === 1;
  for (const url of healthUrls) while (await isRehearsing(url)) await new Promise((resolve) => setTimeout(resolve, 100));
  const workers = processes.filter(({ name }) => name.startsWith("worker"));
  return Object.values(await cpuSecondsOf(Object.fromEntries(workers.map(({ name, pid }) => [name, pid])))).reduce((sum, seconds) => sum + seconds, 0);
}

/** Sums a Prometheus text by metric name, and by name and stage. */
function parseMetrics(text) {
  const sums = new Map();
  for (const line of text.split("\n")) {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match) continue;
    const [, name, labels = "", value] = match;
    const stage = /stage="(\w+)"/.exec(labels)?.[1];
    const key = stage ? `${name}/${stage}` : name;
    sums.set(key, (sums.get(key) ?? 0) + Number(value));
  }
  return sums;
}

async function peakMegabytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1024;
}

/** Processor seconds of each process so far, its children included: PostgreSQL has one for each connection. */
async function cpuSecondsOf(pids) {
  const TICKS_PER_SECOND = 100;
  const { readdir } = await import("node:fs/promises");
  const all = await Promise.all((await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(async (pid) => {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
    // After the name: state, parent, …; user, system, children's user and system time are the 12th to the 15th.
    return { pid: Number(pid), parent: fields[1], seconds: (fields[11] + fields[12]) / TICKS_PER_SECOND, ended: (fields[13] + fields[14]) / TICKS_PER_SECOND };
  }));
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, all.filter((one) => one.pid === pid || one.parent === pid).reduce((sum, one) => sum + (one.seconds || 0) + (one.ended || 0), 0)]));
}
