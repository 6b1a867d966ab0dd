/**
 * A whole Levain for one story: its own database and key prefix on the test servers, a sandbox inside the test, and real
 * producer and worker processes from the build. Stories wait on events of runs, never on time.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addDays } from "@levain/calendar";
import { pageOf, ProductTrainingView, RunView, type ProgressEvent } from "@levain/contracts";
import { copyDatabase, migrationsFolder, openDb, type Db } from "@levain/db";
import { serveBakeries, startSandbox, type RequestCounts, type SandboxTenant } from "@levain/sandbox";
import { inject } from "vitest";
import { z } from "zod";
import { connectApi, type Api } from "./api.js";
import { FAR_TICK } from "./far-tick.js";
import { openFleetProcess, type FleetProcess } from "../apps/cli/src/up/fleet-process.js";
import { ownPort } from "./own-port.js";

export type World = {
  readonly url: string;
  readonly db: Db;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly prefix: string;
  /** Where artifacts are, unless the story keeps them elsewhere. */
  readonly artifactsFolder: string;
  readonly sandboxUrl: string;
  /** Makes an upstream misbehave: the body of the sandbox's `PUT /faults`. */
  addFault(fault: Record<string, unknown>): Promise<void>;
  clearFaults(): Promise<void>;
  /** How often each tenant's upstreams were asked for what. */
  requests(): Promise<RequestCounts>;
  readonly operator: Api;
  readonly operatorKey: string;
  readonly workers: FleetProcess[];
  /** Creates a tenant that the sandbox serves. */
  addTenant(tenantId: string, changes?: Record<string, unknown>): Promise<WorldTenant>;
  addWorker(env?: Record<string, string>): Promise<FleetProcess>;
  /** At the same address. */
  restartProducer(): Promise<void>;
  /** Everything a process has logged so far, as parsed JSON lines. */
  logOf(process: FleetProcess): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
};

export type WorldTenant = {
  readonly id: string;
  readonly key: string;
  readonly api: Api;
  readonly lastDay: string;
  /** Without a cutoff each sees a day less than the one before, so that no product is unchanged. */
  startRun(request?: Record<string, unknown>): Promise<RunView>;
  /** Reads a run's events until one satisfies the claim; fails if the run ends before. */
  until(runId: string, claim: (event: ProgressEvent) => boolean): Promise<ProgressEvent>;
  untilFinished(runId: string): Promise<RunView>;
  trainings(runId: string): Promise<ProductTrainingView[]>;
};

export type WorldOptions = {
  readonly workers?: number;
  readonly folders?: readonly string[];
  readonly env?: Record<string, string>;
};

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "levain-story-"));
  const prefix = `{test-${randomUUID().slice(0, 8)}}`;
  const redisUrl = inject("redisUrl");
  const database = await copyDatabase(inject("postgresUrl"), migrationsFolder);
  const databaseUrl = database.url;
  const db = openDb({ url: databaseUrl, poolMax: 4, applicationName: "story" });
  const sandbox = await startSandbox({ host: "127.0.0.1", port: 0, ...(await serveBakeries(options.folders ?? [], () => new Date())) });
  const port = await ownPort();
  const url = `http://127.0.0.1:${port}`;
  const env = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, QUEUE_PREFIX: prefix, LOG_LEVEL: "info", ...FAR_TICK, ARTIFACT_STORE: `file:${join(folder, "artifacts")}`, ...options.env };
  const openProducer = () => openFleetProcess({
    name: "producer",
    app: "producer",
    env: { ...env, HOST: "127.0.0.1", PORT: String(port) },
    logFile: join(folder, "producer.log"),
    readyUrl: `${url}/readyz`,
  });
  let producer = await openProducer();
  const operatorKey = (await db.keys.issue({ role: "operator", label: "story" })).secret;
  const operator = connectApi(url, operatorKey);
  const workers: FleetProcess[] = [];

  const addWorker = async (extra: Record<string, string> = {}, number = workers.length + 1): Promise<FleetProcess> => {
    const name = `worker-${number}`;
    const healthPort = await ownPort();
    const worker = await openFleetProcess({
      name,
      app: "worker",
      env: { ...env, WORKER_NAME: name, HEALTH_PORT: String(healthPort), FIT_THREADS: "1", REHEARSALS: "0", ...extra },
      logFile: join(folder, `${name}.log`),
      readyUrl: `http://127.0.0.1:${healthPort}/readyz`,
    });
    workers.push(worker);
    return worker;
  };
  await Promise.all(Array.from({ length: options.workers ?? 1 }, (_, index) => addWorker({}, index + 1)));

  return {
    url,
    db,
    databaseUrl,
    redisUrl,
    prefix,
    artifactsFolder: join(folder, "artifacts"),
    sandboxUrl: sandbox.url,
    addFault: async (fault) => {
      const response = await fetch(`${sandbox.url}/faults`, { method: "PUT", body: JSON.stringify(fault), headers: { "content-type": "application/json" } });
      if (!response.ok) throw new Error(`the sandbox refused the fault: ${await response.text()}`);
    },
    clearFaults: async () => void (await fetch(`${sandbox.url}/faults`, { method: "DELETE" })),
    requests: async () => (await (await fetch(`${sandbox.url}/requests`)).json()) as RequestCounts,
    operator,
    operatorKey,
    workers,
    addWorker,
    restartProducer: async () => {
      await producer.close();
      producer = await openProducer();
    },
    addTenant: (tenantId, changes = {}) => addTenant({ url, db, sandboxUrl: sandbox.url, operator }, tenantId, changes),
    logOf: async (process) =>
      (await readFile(process.logFile, "utf8"))
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    close: async () => {
      await Promise.all([producer, ...workers].map((process) => process.close()));
      await sandbox.close();
      await db.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function addTenant(world: Pick<World, "url" | "db" | "sandboxUrl" | "operator">, tenantId: string, changes: Record<string, unknown>): Promise<WorldTenant> {
  const served = (await (await fetch(`${world.sandboxUrl}/tenants/${tenantId}`)).json()) as SandboxTenant;
  await world.operator.call("PUT", `/v1/tenants/${tenantId}`, z.unknown(), { ...served.settings, ...changes });
  const { secret: key } = await world.db.keys.issue({ role: "tenant", tenantId, label: "story" });
  const api = connectApi(world.url, key);
  const runs = `/v1/tenants/${tenantId}/training-runs`;
  let starts = 0;
  return {
    id: tenantId,
    key,
    api,
    lastDay: served.lastDay,
    startRun: (request = {}) => api.call("POST", runs, RunView, { cutoff: addDays(served.lastDay, -starts++), ...request }),
    until: async (runId, claim) => {
      for await (const { event } of api.follow(tenantId, runId)) if (claim(event)) return event;
      throw new Error(`run ${runId} finished before the event that the story waits for`);
    },
    untilFinished: async (runId) => {
      for await (const { event } of api.follow(tenantId, runId)) if (event.type === "run.finished") break;
      return api.call("GET", `${runs}/${runId}`, RunView);
    },
    trainings: async (runId) => (await api.call("GET", `${runs}/${runId}/products?limit=200`, pageOf(ProductTrainingView))).items,
  };
}
