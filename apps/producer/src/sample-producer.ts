/** A producer over a database and a key prefix of its own, with one bakery and its keys, for the tests of this app. */
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { openArtifacts } from "@levain/artifacts";
import { TenantSettings, type Product, type ProgressEvent, type RunContext, type RunId, type TrainingOutcome } from "@levain/contracts";
import { copyDatabase, migrationsFolder, openDb, type Db } from "@levain/db";
import { fit, MODEL_SCHEMA_VERSION, toJson } from "@levain/forecast";
import { createLogger, createMetrics } from "@levain/runtime";
import type { ProducerDeps } from "./deps.js";
import { createServer, type Server } from "./server.js";
import type { ProducerSettings } from "./settings.js";
import { openProducer } from "./wire.js";

export const TENANT = "corner-bakery";
export const OTHER_TENANT = "other-bakery";
export const CUTOFF = "2026-05-01";
export const RUNS = `/v1/tenants/${TENANT}/training-runs`;

export const WEBHOOK_SECRET = "the fleet's own secret of these tests";

/** Half past midnight of 3 May in Berlin. */
export const NOW = new Date("2026-05-02T22:30:00Z");

/** Of all producers of a test file. */
export const ARTIFACTS = mkdtempSync(join(tmpdir(), "levain-sample-"));
process.once("exit", () => rmSync(ARTIFACTS, { recursive: true, force: true }));
const artifactEnv = { ARTIFACT_STORE: { kind: "directory", folder: ARTIFACTS }, S3_REGION: "none" } as const;
const artifacts = openArtifacts(artifactEnv);

/** Stores a trained model's artifact before it is committed, as a worker would. */
export async function keepArtifact(tenantId: string, outcome: TrainingOutcome): Promise<void> {
  if (outcome.kind === "trained") await artifacts.put(tenantId, Buffer.from(outcome.artifact));
}

export type SampleProducer = {
  readonly server: Server;
  readonly databaseUrl: string;
  readonly deps: ProducerDeps;
  readonly db: Db;
  /** Headers with a key of the tenant, of another tenant, of an operator, of a viewer. */
  readonly tenant: { readonly authorization: string };
  readonly otherTenant: { readonly authorization: string };
  readonly operator: { readonly authorization: string };
  readonly viewer: { readonly authorization: string };
  readonly operatorKey: string;
  readonly viewerKey: string;
  /** Every log line so far. */
  log(): readonly Record<string, unknown>[];
  close(): Promise<void>;
};

export type SampleOptions = {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** Functions that answer otherwise than the real ones, such as a queue that is down. */
  readonly deps?: Partial<ProducerDeps>;
  readonly settings?: Partial<ProducerSettings>;
  /** False where so many requests are made that their lines would fill the memory. */
  readonly keepsLog?: boolean;
};

export async function openSampleProducer({ postgresUrl, redisUrl, deps: others = {}, settings = {}, keepsLog = true }: SampleOptions): Promise<SampleProducer> {
  const { url, drop } = await copyDatabase(postgresUrl, migrationsFolder);
  const db = openDb({ url, poolMax: 2, applicationName: "sample" });
  const lines: Record<string, unknown>[] = [];
  const output = new Writable({
    write: (line: Buffer, _encoding, done) => {
      if (keepsLog) lines.push(JSON.parse(line.toString()) as Record<string, unknown>);
      done();
    },
  });
  const metrics = createMetrics("producer");
  const env = { DATABASE_URL: url, REDIS_URL: redisUrl, QUEUE_PREFIX: `{test-${randomUUID().slice(0, 8)}}`, DB_POOL_MAX: 4, ...artifactEnv };
  const producer = openProducer(env, createLogger({ process: "producer", output }), metrics);
  const deps = { ...producer.deps, now: () => NOW, ...others };
  const server = await createServer(deps, { limits: UNLIMITED, webhookSecret: WEBHOOK_SECRET, ...settings });

  for (const tenantId of [TENANT, OTHER_TENANT]) await db.tenants.put(tenantId, settingsOf(tenantId));
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const keyOf = async (tenantId: string) => (await db.keys.issue({ role: "tenant", tenantId, label: "test" })).secret;
  const operatorKey = (await db.keys.issue({ role: "operator", label: "test" })).secret;
  const viewerKey = (await db.keys.issue({ role: "viewer", label: "test" })).secret;
  return {
    server,
    databaseUrl: url,
    deps,
    db,
    tenant: bearer(await keyOf(TENANT)),
    otherTenant: bearer(await keyOf(OTHER_TENANT)),
    operator: bearer(operatorKey),
    viewer: bearer(viewerKey),
    operatorKey,
    viewerKey,
    log: () => lines,
    close: async () => {
      await server.close();
      await producer.close();
      metrics.close();
      await db.close();
      await drop();
    },
  };
}

/** Tests ask as often as they like, unless they ask about that. */
const UNLIMITED = { requestsPerKey: 0, requestsPerTenant: 0, runStartsPerTenant: 0, failedKeysPerAddress: 0 };

export const settingsOf = (name: string): TenantSettings =>
  TenantSettings.parse({ name, timeZone: "Europe/Berlin", country: "DE", unit: "loaves", sources: { sales: "http://localhost:4000" } });

export const productOf = (id: string): Product => ({ id, name: `Fresh ${id}`, isDiscontinued: false, hasOwnEvents: false });

/** Starts an accepted run over these products, as a worker would. */
export async function startRunOf(db: Db, runId: RunId, products: readonly Product[]): Promise<void> {
  await db.forTenant(TENANT).startRun(runId, CONTEXT, products, []);
}

/** Accepts and starts a run, trains its one product and ends it, as a worker would. */
export async function trainOne(db: Db, productId: string, tenantId = TENANT, outcome: TrainingOutcome = trained()): Promise<RunId> {
  const bakery = db.forTenant(tenantId);
  const accepted = await bakery.acceptRun({ cutoff: CUTOFF, trigger: "request", requestDigest: randomUUID(), deadlineAt: new Date("2100-01-01") });
  if (accepted.kind !== "accepted") throw new Error(`expected an accepted run, got ${accepted.kind}`);
  await bakery.startRun(accepted.run.id, CONTEXT, [productOf(productId)], []);
  const claim = await bakery.claim(accepted.run.id, productId, "worker-1");
  if (!claim) throw new Error(`expected to claim ${productId}`);
  await keepArtifact(tenantId, outcome);
  await bakery.commit(accepted.run.id, productId, claim.attempt, claim.fence, outcome);
  return accepted.run.id;
}

/** The smallest model there is: each day as a week before. */
export const ARTIFACT = toJson(
  fit(
    { family: "seasonal-naive" },
    { start: 20_000, y: Float64Array.from({ length: 28 }, (_, day) => 10 + (day % 7)) },
    { regressors: [], specialDays: [] },
    { backtest: { folds: [] }, seed: 1 },
  ),
);

export const trained = (overrides: Partial<Extract<TrainingOutcome, { kind: "trained" }>> = {}): TrainingOutcome => ({
  kind: "trained",
  reason: "asked-for",
  demandClass: "high",
  family: "additive",
  spec: { family: "additive" },
  artifact: ARTIFACT,
  schemaVersion: MODEL_SCHEMA_VERSION,
  score: SCORE,
  naiveScore: SCORE,
  trials: 30,
  forecast: { days: ["2026-05-02", "2026-05-03"], levels: [0.1, 0.5, 0.9], values: [[8, 7], [10, 9], [13, 12]] },
  absentSources: ["traffic"],
  report: { rows: 100, openDays: 90, zeroDays: 3, firstSale: "2026-01-02", lastSale: CUTOFF, findings: [] },
  fitMs: 12,
  becomesChampion: true,
  decision: "first model",
  heldFor: null,
  parentId: null,
  lineage: { seriesDigest: "a".repeat(64), regressorsDigest: "b".repeat(64), policy: {}, seed: 1, codeVersion: "c".repeat(64), dataDigest: createHash("sha256").update(randomUUID()).digest("hex") },
  evidence: { recent: [], folds: [], ahead: [], components: [] },
  ...overrides,
});

/** As by a worker of a version to come: whole, and not to be read by this one. */
export const trainedTomorrow = (): TrainingOutcome => trained({ artifact: ARTIFACT.replace(/"schemaVersion":\d+/, '"schemaVersion":99'), schemaVersion: 99 });

const SCORE = { wape: 0.2, mase: 0.9, rmsse: null, bias: 0.01, pinball: 0.07, coverage80: 0.81, days: 42 };

export const stageEvent = (runId: RunId, productId: string): ProgressEvent => ({ type: "product.stage", runId, at: NOW.toISOString(), productId, stage: "tune" });

export const finishedEvent = (runId: RunId): ProgressEvent => ({
  type: "run.finished",
  runId,
  at: NOW.toISOString(),
  status: "finished",
  totals: { products: 1, trained: 1, unchanged: 0, skipped: 0, failed: 0, dead: 0, cancelled: 0 },
});

const CONTEXT: RunContext = {
  version: 1,
  firstDay: "2026-04-30",
  cutoff: CUTOFF,
  lastDay: "2026-05-03",
  openDays: ["2026-04-30", "2026-05-01", "2026-05-02"],
  regressors: [],
  specialDays: [],
  absentSources: [],
};
