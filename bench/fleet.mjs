/**
 * How much of the machine goes into fitting models, and how much into the fleet around them?
 *
 * The same products are trained four ways: their fits alone, in one thread with nothing beside it; their fits alone in as
 * many threads at once as there are cores; by the whole fleet; and by a fleet of one worker with one thread.
 *
 *     of a fleet that costs nothing = wall of the fits in as many threads as cores / wall of the fleet
 *     the same, by processor time   = processor time of those threads / of all processes of the fleet
 *     fleet efficiency              = seconds of the fits / (wall of the fleet × cores)
 *
 * The first two have the bar. Cores share caches and memory, and often their arithmetic, so the same fits may take longer
 * when all cores fit at once, whoever asked for them: a fleet without any cost of its own would take as long as those
 * threads and no less, and what it takes longer is its cost. The clock counts idle moments, too; where others use the
 * machine it says nothing, because a fleet has more processes to claim a share with, and is not told. Processor time is
 * told alike on a busy machine and on an idle one. The efficiency is told twice, with seconds as they are when all cores fit,
 * and with those of fits that have the machine to themselves. The latter is strict: where cores slow each other down, even
 * a fleet that costs nothing stays below 100 %.
 *
 * Each begins warm: after the rehearsal that a worker makes of itself while it waits for its first job, whose processor
 * time is told apart. The first three take turns, so that what else the machine does slows all of them alike; told is the
 * round in the middle. Usage: node bench/fleet.mjs [--products 200] [--days 730] [--workers 2] [--rounds 3] [--check] [--save]
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prepare } from "../apps/cli/bin/prepare.mjs";

prepare();
const { applyMigrations, createDatabase, migrationsFolder, openDb } = await import("@levain/db");
const cli = (path) => import(new URL(`../apps/cli/dist/${path}`, import.meta.url).href);
const { openPostgres } = await cli("embedded/postgres.js");
const { openRedis } = await cli("embedded/redis.js");
const { freePort } = await cli("embedded/server-process.js");
const { openFleetProcess } = await cli("up/fleet-process.js");
const { connectLevain } = await import("@levain/client");
const { machineLine, saveSection, tableOf } = await import("./report.mjs");
const { computeFits, fitRequestsOf } = await import("./pure-fits.mjs");

const { values } = parseArgs({ options: { products: { type: "string", default: "200" }, days: { type: "string", default: "730" }, workers: { type: "string", default: "2" }, rounds: { type: "string", default: "3" }, check: { type: "boolean", default: false }, save: { type: "boolean", default: false } } });
/** Of a fleet that costs nothing, by the clock and by processor time. */
const SHARE_MIN = 0.8;
/** Percent of the processor time that others may take meanwhile for the clock to say anything of the fleet. */
const OTHERS_PERCENT_MAX = 10;
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

  const requests = await fitRequestsOf(tenant);
  const shape = { workers: Number(values.workers), threads: Math.max(1, Math.floor(cores / Number(values.workers))) };
  const rounds = [];
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    const alone = await computeFits(requests, { threads: 1, rehearsals: REHEARSALS });
    const atOnce = await computeFits(requests, { threads: cores, rehearsals: REHEARSALS });
    const fleet = await runFleet(`fleet_${round}`, shape, { postgres, redis, sandbox, tenant });
    const efficiency = ({ fitSeconds }) => fitSeconds / (fleet.wallSeconds * cores);
    const [share, cpuShare] = [atOnce.wallSeconds / fleet.wallSeconds, atOnce.cpuSeconds / cpuOf(fleet)];
    rounds.push({ alone, atOnce, fleet, share, cpuShare, efficiencyAlone: efficiency(alone), efficiencyAtOnce: efficiency(atOnce) });
  }
  const { alone, atOnce, fleet, share, cpuShare, efficiencyAlone, efficiencyAtOnce } = rounds.toSorted((a, b) => a.cpuShare - b.cpuShare)[Math.floor(rounds.length / 2)];
  const single = await runFleet("sequential", { workers: 1, threads: 1, env: { PREFETCH: "0" } }, { postgres, redis, sandbox, tenant });

  const few = await runFleet("few", shape, { postgres, redis, sandbox, tenant: await tenantOf(FEW) });

  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  const isAlone = fleet.othersPercent <= OTHERS_PERCENT_MAX;
  const byClock = (text) => (isAlone ? text : `not told, others took ${fleet.othersPercent.toFixed(0)} % of the processor time`);
  const figure = (value) => (typeof value === "number" ? value.toFixed(2) : value);
  const row = (name, read) => [name, figure(read(fleet)), figure(read(single))];
  const table = tableOf(["", "fleet", "sequential"], [
    row("workers × threads", ({ workers, threads }) => `${workers} × ${threads}`),
    row("wall, s", ({ wallSeconds }) => wallSeconds),
    row("products per second", ({ trained, wallSeconds }) => trained / wallSeconds),
    row("fit seconds, measured in the threads", ({ fitSeconds }) => fitSeconds),
    ...["load", "prepare", "grade", "tune", "fit", "commit"].map((stage) => row(`${stage} stage, ms per product`, ({ stageMs }) => stageMs[stage])),
    row("accepted → first claim, ms", ({ startMs }) => startMs),
    row("pool waits (count / ms)", ({ poolWaits, poolWaitedMs }) => `${poolWaits} / ${poolWaitedMs.toFixed(0)}`),
    ...Object.keys(fleet.cpuSeconds).map((name) => row(`CPU of ${name}, ms per product`, ({ cpuSeconds, trained }) => (name in cpuSeconds ? (1000 * cpuSeconds[name]) / trained : "–"))),
    row("CPU of all, ms per product", (run) => (1000 * cpuOf(run)) / run.trained),
    row("CPU that others took meanwhile, %", ({ othersPercent }) => othersPercent),
    row("CPU of all workers before, until warm, s", ({ rehearsedSeconds }) => rehearsedSeconds),
    ...Object.keys(fleet.peakMb).map((name) => row(`peak memory of ${name}, MB`, ({ peakMb }) => peakMb[name] ?? "–")),
  ]);
  const pure = tableOf(["the fits alone", "1 thread", `${cores} threads at once`], [
    ["wall, s", figure(alone.wallSeconds), figure(atOnce.wallSeconds)],
    ["fit seconds, measured in the threads", figure(alone.fitSeconds), figure(atOnce.fitSeconds)],
    ["CPU of all, ms per product", figure((1000 * alone.cpuSeconds) / requests.length), figure((1000 * atOnce.cpuSeconds) / requests.length)],
  ]);
  const report = [
    machineLine(),
    `${values.products} products × ${values.days} days. The round in the middle of ${rounds.length}.`,
    pure,
    table,
    [
      `- speed-up over sequential: ${(single.wallSeconds / fleet.wallSeconds).toFixed(2)}`,
      `- of a fleet that costs nothing, by the clock: ${byClock(`${percent(share)} = ${atOnce.wallSeconds.toFixed(1)} s / ${fleet.wallSeconds.toFixed(1)} s`)}`,
      `- of a fleet that costs nothing, by processor time: ${percent(cpuShare)} = ${atOnce.cpuSeconds.toFixed(1)} s / ${cpuOf(fleet).toFixed(1)} s (of the rounds: ${rounds.map((round) => percent(round.cpuShare)).join(", ")})`,
      `- fleet efficiency by fits in ${cores} threads at once: ${byClock(`${percent(efficiencyAtOnce)} = ${atOnce.fitSeconds.toFixed(1)} s / (${fleet.wallSeconds.toFixed(1)} s × ${cores} cores)`)}`,
      `- fleet efficiency by fits in one thread with nothing beside it: ${byClock(`${percent(efficiencyAlone)} = ${alone.fitSeconds.toFixed(1)} s / (${fleet.wallSeconds.toFixed(1)} s × ${cores} cores)`)}`,
      `- ten products, asked for and trained: ${few.wallSeconds.toFixed(2)} s`,
    ].join("\n"),
  ].join("\n\n");
  console.log(`\n${report}\n`);
  if (values.save) saveSection("fleet", report);
  const missed = [
    ...(cpuShare < SHARE_MIN ? [`expected at least ${percent(SHARE_MIN)} of a fleet that costs nothing by processor time, got ${percent(cpuShare)}`] : []),
    ...(isAlone && share < SHARE_MIN ? [`expected at least ${percent(SHARE_MIN)} of it by the clock, got ${percent(share)}; by fits with nothing beside them the efficiency is ${percent(efficiencyAlone)}`] : []),
    ...(isAlone ? [] : [`expected a machine that others leave alone, they took ${fleet.othersPercent.toFixed(0)} % of its processor time`]),
    ...(few.wallSeconds > FEW_SECONDS_MAX ? [`expected ten products within ${FEW_SECONDS_MAX} s`] : []),
  ];
  for (const one of missed) console.error(`missed: ${one}`);
  if (values.check && missed.length > 0) process.exitCode = 1;
} finally {
  for (const close of closers.reverse()) await close();
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
  const [before, busyBefore] = [await cpuSecondsOf(measured), busySeconds()];
  const startedAt = performance.now();
  const accepted = await operator.post("/v1/tenants/{tenantId}/training-runs", { params: { path }, body: { cutoff: tenant.lastDay } });
  let firstClaimAt = null;
  for await (const { event } of operator.follow(tenant.id, accepted.id)) {
    if (event.type === "product.stage") firstClaimAt ??= performance.now();
    if (event.type === "run.finished") break;
  }
  const wallSeconds = (performance.now() - startedAt) / 1000;
  const [after, busyAfter] = [await cpuSecondsOf(measured), busySeconds()];
  const cpuSeconds = Object.fromEntries(Object.keys(measured).map((process) => [process, after[process] - before[process]]));
  const othersPercent = 100 * Math.max(0, 1 - cpuOf({ cpuSeconds }) / (busyAfter - busyBefore));
  const run = await operator.get("/v1/tenants/{tenantId}/training-runs/{runId}", { params: { path: { ...path, runId: accepted.id } } });
  if (run.totals.failed > 0) throw new Error(`${run.totals.failed} products failed`);
  const metrics = await Promise.all(healthUrls.map(async (health) => parseMetrics(await (await fetch(`${health}/metrics`)).text())));
  const sum = (key) => metrics.reduce((total, one) => total + (one.get(key) ?? 0), 0);
  const stageMs = Object.fromEntries(["load", "prepare", "grade", "tune", "fit", "commit"].map((stage) => [stage, (1000 * sum(`stage_duration_seconds_sum/${stage}`)) / Math.max(1, sum(`stage_duration_seconds_count/${stage}`))]));
  const peakMb = Object.fromEntries(await Promise.all(processes.map(async (process) => [process.name, await peakMegabytes(process.pid)])));
  await db.close();
  for (const process of processes.reverse()) await process.close();
  return { wallSeconds, workers, threads, trained: run.totals.trained, fitSeconds: sum("fit_seconds_total"), stageMs, rehearsedSeconds, startMs: firstClaimAt - startedAt, poolWaits: sum("db_pool_waits"), poolWaitedMs: 1000 * sum("db_pool_waited_seconds"), cpuSeconds, othersPercent, peakMb };
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

/** Processor seconds of all processes of a run. */
function cpuOf({ cpuSeconds }) {
  return Object.values(cpuSeconds).reduce((sum, seconds) => sum + seconds, 0);
}

/** Seconds that the machine's cores were not idle so far, whoever they worked for. */
function busySeconds() {
  return cpus().reduce((sum, { times: { idle: _idle, ...busy } }) => sum + Object.values(busy).reduce((all, ms) => all + ms, 0), 0) / 1000;
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
