/** Postgres and Redis of one's own with a bakery in them, and the repair over both, for the tests of this folder. */
import { randomUUID } from "node:crypto";
import { TenantSettings, type RunContext, type RunId } from "@levain/contracts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createModelLoader, openArtifacts, type ArtifactStore } from "@levain/artifacts";
import { copyDatabase, migrationsFolder, openDb, type Db, type TenantDb } from "@levain/db";
import { openLeases, type Leases } from "@levain/lease";
import { openQueues, type Queues } from "@levain/queue";
import type { RepairKind } from "./count-repairs.js";
import { createRepair } from "./repair.js";
import { wireRepair } from "./wire.js";

export const TENANT = "corner-bakery";

export type SampleFleet = {
  readonly db: Db;
  readonly databaseUrl: string;
  readonly bakery: TenantDb;
  readonly queues: Queues;
  readonly leases: Leases;
  readonly artifacts: ArtifactStore;
  readonly artifactsFolder: string;
  readonly prefix: string;
  /** One repair by a leader, for whom nothing is too young to be looked for. */
  repair(): Promise<void>;
  /** What was put right so far. */
  readonly repaired: Partial<Record<RepairKind, number>>;
  readonly finished: RunId[];
  readonly warnings: string[];
  acceptRun(): Promise<RunId>;
  /** Accepts and starts a run of so many products. @param isTold whether its jobs are on the queue */
  startRun(products: number, isTold?: boolean): Promise<RunId>;
  /** Empties this fleet's Redis. */
  wipe(): Promise<void>;
  close(): Promise<void>;
};

export async function openSampleFleet(postgresUrl: string, redisUrl: string): Promise<SampleFleet> {
  const { url, drop } = await copyDatabase(postgresUrl, migrationsFolder);
  const prefix = `{test-${randomUUID()}}`;
  const queues = openQueues({ redisUrl, prefix });
  const leases = openLeases({ redis: queues.redis, prefix });
  const artifactsFolder = await mkdtemp(join(tmpdir(), "levain-repair-"));
  const artifacts = openArtifacts({ ARTIFACT_STORE: { kind: "directory", folder: artifactsFolder }, S3_REGION: "none" });
  const db = openDb({ url, poolMax: 6, applicationName: "levain-test" }, { load: createModelLoader(artifacts), onRefused: () => undefined });
  await db.tenants.put(TENANT, TenantSettings.parse({ name: "Corner Bakery", timeZone: "Europe/Berlin", country: "DE", sources: { sales: "http://localhost:4000" } }));
  const bakery = db.forTenant(TENANT);

  const repaired: Partial<Record<RepairKind, number>> = {};
  const [finished, warnings]: [RunId[], string[]] = [[], []];
  const deps = wireRepair(
    { db, artifacts, queues, leases },
    {
      tickMinutes: 15,
      tickOffsetMinutes: 0,
      enqueueStartRun: async (job) => {
        await queues.enqueueStartRun(job);
        await db.runs.markEnqueued(job.runId, job.generation);
      },
      finishRun: async (_tenantId, runId) => void finished.push(runId),
      repaired: (kind, count) => {
        if (count > 0) repaired[kind] = (repaired[kind] ?? 0) + count;
      },
      onRefused: ({ modelId, reason }) => void warnings.push(`${modelId}: ${reason}`),
      now: () => new Date(),
      warn: (sentence) => void warnings.push(sentence),
    },
  );
  const repair = createRepair({ ...deps, untoldStarts: () => deps.untoldStarts(0), untoldProducts: (_forMs, limit) => deps.untoldProducts(0, limit) }, { staleMs: 0, collectEveryMs: 0 });

  const acceptRun = async (): Promise<RunId> => {
    const answer = await bakery.acceptRun({ cutoff: "2026-05-01", trigger: "request", requestDigest: randomUUID(), deadlineAt: new Date("2100-01-01") });
    if (answer.kind !== "accepted") throw new Error(`expected an accepted run, got ${answer.kind}`);
    return answer.run.id;
  };
  return {
    db,
    databaseUrl: url,
    bakery,
    queues,
    leases,
    artifacts,
    artifactsFolder,
    prefix,
    repair: () => repair(async () => true),
    repaired,
    finished,
    warnings,
    acceptRun,
    startRun: async (count, isTold = true) => {
      const runId = await acceptRun();
      const products = Array.from({ length: count }, (_, index) => ({ id: `bread-${index + 1}`, name: `Bread ${index + 1}`, isDiscontinued: false, hasOwnEvents: false }));
      await bakery.startRun(runId, CONTEXT, products, []);
      if (!isTold) return runId;
      const deals = products.map(({ id }, index) => ({ rank: index + 1, job: { version: 1 as const, runId, productId: id, generation: 1 } }));
      await queues.dealProducts(deals);
      await db.runs.markProductsEnqueued(runId, deals.map(({ job }) => job));
      return runId;
    },
    wipe: async () => {
      const pattern = `${prefix.replace(/[{}[\]]/g, "\\$&")}:*`;
      for await (const keys of queues.redis.scanStream({ match: pattern, count: 5_000 })) if (keys.length > 0) await queues.redis.unlink(...(keys as string[]));
    },
    close: async () => {
      await Promise.all([leases.close(), queues.close()]);
      await db.close();
      await drop();
      await rm(artifactsFolder, { recursive: true, force: true });
    },
  };
}

const CONTEXT: RunContext = {
  version: 1,
  firstDay: "2026-04-30",
  cutoff: "2026-05-01",
  lastDay: "2026-05-03",
  openDays: ["2026-04-30", "2026-05-01"],
  regressors: [],
  specialDays: [],
  absentSources: [],
};
