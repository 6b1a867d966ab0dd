/** A database of one's own with one bakery in it, for the tests of this package. */
import { createHash, randomBytes } from "node:crypto";
import { TenantSettings, type Product, type RunContext, type RunId, type TrainingOutcome } from "@levain/contracts";
import { copyDatabase } from "./databases.js";
import { migrationsFolder } from "./migrations.js";
import { openDb, type Db, type TenantDb } from "./open.js";
import type { Claim } from "./product-trainings.js";
import type { RefusedModel, StoredModels } from "./serving-model.js";

export const TENANT = "corner-bakery";
export const CUTOFF = "2026-05-01";

export type SampleBakery = {
  readonly db: Db;
  readonly url: string;
  readonly bakery: TenantDb;
  /** Models that were taken out of service, in this order. */
  readonly refused: readonly RefusedModel[];
  close(): Promise<void>;
};

export async function openSampleBakery(serverUrl: string): Promise<SampleBakery> {
  const { url, drop } = await copyDatabase(serverUrl, migrationsFolder);
  const refused: RefusedModel[] = [];
  const db = openDb({ url, poolMax: 8, applicationName: "levain-test" }, { load: loadSample, onRefused: ({ modelId: id, reason }) => void refused.push({ id, reason }) });
  await db.tenants.put(TENANT, settingsOf("Corner Bakery"));
  return {
    db,
    url,
    bakery: db.forTenant(TENANT),
    refused,
    close: async () => {
      await db.close();
      await drop();
    },
  };
}

/** Stands in for the store: it has the artifact that every training of these tests comes to, and no other. */
export const loadSample: StoredModels["load"] = async ({ sha256, bytes, text }) => {
  const stored = Buffer.from(text ?? ARTIFACT);
  if (stored.length !== bytes) return { refused: `expected ${bytes} bytes, the stored model has ${stored.length}` };
  const storedSha256 = createHash("sha256").update(stored).digest("hex");
  return storedSha256 === sha256 ? { fitted: null } : { refused: `expected SHA-256 ${sha256}, the stored model has ${storedSha256}` };
};

export const settingsOf = (name: string): TenantSettings =>
  TenantSettings.parse({ name, timeZone: "Europe/Berlin", country: "DE", sources: { sales: "http://localhost:4000" } });

export const productOf = (number: number): Product => ({ id: `bread-${number}`, name: `Bread ${number}`, isDiscontinued: false, hasOwnEvents: false });

export const productsOf = (count: number): Product[] => Array.from({ length: count }, (_, index) => productOf(index + 1));

export const contextOf = (overrides: Partial<RunContext> = {}): RunContext => ({
  version: 1,
  firstDay: "2026-04-30",
  cutoff: CUTOFF,
  lastDay: "2026-05-03",
  openDays: ["2026-04-30", "2026-05-01", "2026-05-02"],
  regressors: [{ name: "temperature_c", source: "weather", isKnownAhead: false, values: [11.5, null, null, null] }],
  specialDays: [{ name: "Tag der Arbeit", days: ["2026-05-01"] }],
  absentSources: [{ source: "traffic", code: "source.unavailable" }],
  ...overrides,
});

const tomorrow = (): Date => new Date(Date.now() + 86_400_000);

let requests = 0;

export async function acceptedRun(bakery: TenantDb): Promise<RunId> {
  const answer = await bakery.acceptRun({ cutoff: CUTOFF, trigger: "request", requestDigest: `request ${++requests}`, deadlineAt: tomorrow() });
  if (answer.kind !== "accepted") throw new Error(`expected an accepted run, got ${JSON.stringify(answer)}`);
  return answer.run.id;
}

export async function startedRun(bakery: TenantDb, products: readonly Product[]): Promise<RunId> {
  const runId = await acceptedRun(bakery);
  await bakery.startRun(runId, contextOf(), products, []);
  return runId;
}

export async function claimed(bakery: TenantDb, runId: RunId, productId: string, worker = "worker-1"): Promise<Claim> {
  const claim = await bakery.claim(runId, productId, worker);
  if (!claim) throw new Error(`expected to claim ${productId}`);
  return claim;
}

/** Accepts, starts, claims and commits a run of one product; returns the model's id. */
export async function trainedModel(bakery: TenantDb, product: Product, outcome: TrainingOutcome = trained()): Promise<string> {
  const runId = await startedRun(bakery, [product]);
  const { attempt, fence } = await claimed(bakery, runId, product.id);
  const { modelId } = await bakery.commit(runId, product.id, attempt, fence, outcome);
  if (modelId === null) throw new Error("expected a model");
  return modelId;
}

type Trained = Extract<TrainingOutcome, { kind: "trained" }>;

export const REPORT: TrainingOutcome["report"] = {
  rows: 100,
  openDays: 90,
  zeroDays: 3,
  firstSale: "2026-01-02",
  lastSale: CUTOFF,
  findings: [{ code: "gaps", severity: "note", count: 1, examples: ["2026-02-01"], message: "A gap of 15 days" }],
};

const scoreOf = (wape: number): Trained["score"] => ({ wape, mase: 0.9, rmsse: null, bias: 0.01, pinball: wape / 3, coverage80: 0.81, days: 42 });

/** Of no real data: each call has a digest of its own, so that no two trainings are the same. */
export const lineageOf = (dataDigest = randomBytes(32).toString("hex")): Trained["lineage"] => ({
  seriesDigest: "a".repeat(64),
  regressorsDigest: "b".repeat(64),
  policy: { horizonDays: 14 },
  seed: 1,
  codeVersion: "c".repeat(64),
  dataDigest,
});

const ARTIFACT = JSON.stringify({ schemaVersion: 1, note: "Brötchen für Łódź 🥐", weights: [0.1, 1e-300, -2.5] });

export const trained = (overrides: Partial<Trained> = {}): Trained => ({
  kind: "trained",
  reason: "asked-for",
  demandClass: "high",
  family: "additive",
  spec: { family: "additive", seasonality: [7, 365.25] },
  artifact: ARTIFACT,
  schemaVersion: 1,
  score: scoreOf(0.2),
  naiveScore: scoreOf(0.3),
  trials: 30,
  forecast: {
    days: ["2026-05-02", "2026-05-03"],
    levels: [0.1, 0.5, 0.9],
    values: [
      [8.25, 7],
      [10.5, 9],
      [13, 12.125],
    ],
  },
  absentSources: ["traffic"],
  report: REPORT,
  fitMs: 123.5,
  becomesChampion: true,
  decision: "better than seasonal naive",
  heldFor: null,
  parentId: null,
  lineage: lineageOf(),
  evidence: { recent: [], folds: [], ahead: [], components: [] },
  ...overrides,
});

export const skipped: TrainingOutcome = { kind: "skipped", reason: "too-few-observations", report: REPORT };

