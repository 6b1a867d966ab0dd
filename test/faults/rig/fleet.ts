/**
 * A whole fleet for one fault test: real producers and workers from the build, with a proxy before each server where the
 * test wants one. Processes may be killed, frozen and started anew at any moment; the test reads the truth from Postgres.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createModelLoader, openArtifacts, type ArtifactStore } from "@levain/artifacts";
import { addDays } from "@levain/calendar";
import { copyDatabase, migrationsFolder, openDb, type Db } from "@levain/db";
import { openQueues, type Queues } from "@levain/queue";
import pg from "pg";
import { inject } from "vitest";
import { z } from "zod";
import { connectApi, type Api } from "../../api.js";
import { openFleetProcess, type FleetProcess } from "../../../apps/cli/src/up/fleet-process.js";
import { ownPort } from "../../own-port.js";
import { openBakeries, type Bakeries } from "./bakeries.js";
import { openLedger, type Answer, type Ledger } from "./ledger.js";
import { FAULT_ENV } from "./profile.js";
import type { TcpProxy } from "./tcp-proxy.js";

export type Producer = FleetProcess & { readonly url: string };
/** `url` is that of its health and metrics. */
export type Worker = FleetProcess & { readonly url: string };

export type FleetOptions = {
  readonly producers?: number;
  readonly workers?: number;
  /** Addresses other than those of the tests' shared servers, such as a test's own. */
  readonly postgresUrl?: string;
  readonly redisUrl?: string;
  readonly producerEnv?: Record<string, string>;
  readonly workerEnv?: Record<string, string>;
};

export type FaultTenant = {
  readonly id: string;
  readonly key: string;
  readonly lastDay: string;
  /** Asks any producer for a run and notes the answer in the ledger. */
  ask(request?: { body?: Record<string, unknown>; producer?: Producer; idempotencyKey?: string }): Promise<Answer>;
  /** As `ask`, and expects a run to be accepted. Each sees a day less than the one before, so that no product is unchanged. */
  start(body?: Record<string, unknown>): Promise<string>;
};

export type Fleet = {
  readonly bakeries: Bakeries;
  readonly ledger: Ledger;
  readonly db: Db;
  readonly sql: pg.Pool;
  readonly queues: Queues;
  /** A folder of this fleet's own. */
  readonly artifacts: ArtifactStore;
  readonly artifactsFolder: string;
  readonly prefix: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly operator: Api;
  readonly operatorKey: string;
  readonly producers: Producer[];
  readonly workers: Worker[];
  addTenant(tenantId: string, changes?: Record<string, unknown>, bakeries?: Bakeries): Promise<FaultTenant>;
  /** Environment of a process that reaches its servers through proxies; the test itself looks past them. */
  through(proxies: { readonly postgres?: TcpProxy; readonly redis?: TcpProxy }): Record<string, string>;
  addProducer(env?: Record<string, string>): Promise<Producer>;
  addWorker(env?: Record<string, string>): Promise<Worker>;
  /** SIGKILL; resolves when the process is gone and forgotten. */
  kill(process: Producer | Worker): Promise<void>;
  /** SIGTERM; resolves when the process has ended by itself and is forgotten. */
  retire(process: Producer | Worker): Promise<void>;
  /** Every line of every process so far, dead ones included. */
  logs(): Promise<Record<string, unknown>[]>;
  /** Ends all processes and keeps the database, for what must hold when nobody is left. */
  stop(): Promise<void>;
  close(): Promise<void>;
};

export async function openFleet(options: FleetOptions = {}): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), "levain-fleet-"));
  const prefix = `{fault-${folder.slice(-6)}}`;
  const redisUrl = options.redisUrl ?? inject("redisUrl");
  const database = await copyDatabase(options.postgresUrl ?? inject("postgresUrl"), migrationsFolder);
  const artifactsFolder = join(folder, "artifacts");
  const artifacts = openArtifacts({ ARTIFACT_STORE: { kind: "directory", folder: artifactsFolder }, S3_REGION: "none" });
  const db = openDb({ url: database.url, poolMax: 4, applicationName: "fault-test" }, { load: createModelLoader(artifacts), onRefused: () => undefined });
  const sql = new pg.Pool({ connectionString: database.url, max: 4, application_name: "fault-test" });
  // A server that the test kills breaks idle connections; the next question opens another.
  sql.on("error", () => undefined);
  const queues = openQueues({ redisUrl, prefix });
  const bakeries = await openBakeries();
  const ledger = openLedger();
  const env = {
    ...FAULT_ENV,
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: prefix,
    ARTIFACT_STORE: `file:${artifactsFolder}`,
  };
  const producers: Producer[] = [];
  const workers: Worker[] = [];
  const logFiles: string[] = [];
  let started = 0;

  const start = async (app: "producer" | "worker", extra: Record<string, string>) => {
    started += 1;
    const name = `${app}-${started}`;
    const port = await ownPort();
    const url = `http://127.0.0.1:${port}`;
    const logFile = join(folder, `${name}.log`);
    logFiles.push(logFile);
    const own =
      app === "producer"
        ? { HOST: "127.0.0.1", PORT: String(port), ...options.producerEnv }
        : { WORKER_NAME: name, HEALTH_PORT: String(port), FIT_THREADS: "1", REHEARSALS: "0", PREFETCH: "3", ...options.workerEnv };
    const process = await openFleetProcess({ name, app, env: { ...env, ...own, ...extra }, logFile, readyUrl: `${url}/readyz` });
    return { ...process, url };
  };
  const addProducer = async (extra: Record<string, string> = {}): Promise<Producer> => {
    const producer = await start("producer", extra);
    producers.push(producer);
    return producer;
  };
  const addWorker = async (extra: Record<string, string> = {}): Promise<Worker> => {
    const worker = await start("worker", extra);
    workers.push(worker);
    return worker;
  };
  const forget = (process: Producer | Worker): void => {
    for (const list of [producers, workers] as FleetProcess[][]) if (list.includes(process)) list.splice(list.indexOf(process), 1);
  };

  await Promise.all([...repeat(options.producers ?? 1, () => addProducer()), ...repeat(options.workers ?? 1, () => addWorker())]);
  const operatorKey = (await db.keys.issue({ role: "operator", label: "fault test" })).secret;
  // Looked up at each call: the test may have replaced the first producer.
  const operator = (): Api => connectApi(producers[0]?.url ?? "", operatorKey);

  const stop = async (): Promise<void> => {
    await Promise.all([...producers, ...workers].map((process) => process.close()));
    producers.length = 0;
    workers.length = 0;
  };
  return {
    bakeries,
    ledger,
    db,
    sql,
    queues,
    artifacts,
    artifactsFolder,
    prefix,
    databaseUrl: database.url,
    redisUrl,
    get operator() {
      return operator();
    },
    operatorKey,
    producers,
    workers,
    through: ({ postgres, redis }) => ({
      ...(postgres && { DATABASE_URL: atPort(database.url, postgres.port) }),
      ...(redis && { REDIS_URL: atPort(redisUrl, redis.port) }),
    }),
    addProducer,
    addWorker,
    addTenant: async (id, changes = {}, from = bakeries) => {
      const { settings, lastDay } = await from.settingsOf(id, changes);
      await operator().call("PUT", `/v1/tenants/${id}`, z.unknown(), settings);
      const { secret: key } = await db.keys.issue({ role: "tenant", tenantId: id, label: "fault test" });
      const ask: FaultTenant["ask"] = ({ body = {}, producer = producers[0], idempotencyKey } = {}) =>
        ledger.ask({ url: producer?.url ?? "", tenantId: id, key, body: { cutoff: lastDay, ...body }, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
      let starts = 0;
      const startRun: FaultTenant["start"] = async (body = {}) => {
        const answer = await ask({ body: { cutoff: addDays(lastDay, -starts), ...body } });
        starts += 1;
        if (answer.kind !== "accepted") throw new Error(`expected an accepted run of ${id}, got ${JSON.stringify(answer)}`);
        return answer.runId;
      };
      return { id, key, lastDay, ask, start: startRun };
    },
    kill: async (victim) => {
      forget(victim);
      process.kill(victim.pid, "SIGKILL");
      await victim.close();
    },
    retire: async (leaving) => {
      forget(leaving);
      await leaving.close();
    },
    logs: async () => (await Promise.all(logFiles.map(linesOf))).flat(),
    stop,
    close: async () => {
      await stop();
      await Promise.all([bakeries.close(), queues.close(), db.close(), sql.end()]);
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const repeat = <T>(times: number, make: () => T): T[] => Array.from({ length: times }, make);

function atPort(url: string, port: number): string {
  const address = new URL(url);
  address.port = String(port);
  return address.href;
}

async function linesOf(logFile: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  return text.split("\n").flatMap(asRecord);
}

/** The last line may not be whole yet, or never become so. */
function asRecord(line: string): Record<string, unknown>[] {
  if (!line.startsWith("{")) return [];
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}
