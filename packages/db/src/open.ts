/** Opens the database: one bounded pool, and the words that may be said over it. */
import { createAcceptRun } from "./accept-run.js";
import { createAccuracy } from "./accuracy.js";
import { createArtifacts } from "./artifacts.js";
import { createChampions } from "./champions.js";
import { createClient, type Client } from "./client.js";
import { createCommit } from "./commit.js";
import { createDeliveries } from "./deliveries.js";
import { createEconomics } from "./economics.js";
import { createGrading } from "./grading.js";
import { createKeys } from "./keys.js";
import { createLeaders } from "./leaders.js";
import { createModelMemory } from "./model-memory.js";
import { createModels } from "./models.js";
import { createNightly } from "./nightly.js";
import { MeasuredPool, type PoolSettings, type PoolStats } from "./pool.js";
import { createProductTrainings } from "./product-trainings.js";
import { createRepairs } from "./repairs.js";
import { createRetention } from "./retention.js";
import { asTenant } from "./row-security.js";
import { createRunViews } from "./run-view.js";
import { createRuns } from "./runs.js";
import { createServedProducts } from "./served-products.js";
import type { StoredModels } from "./serving-model.js";
import { createStartRun } from "./start-run.js";
import { createStoredForecast } from "./stored-forecast.js";
import { createStoredSales } from "./stored-sales.js";
import { createTenants } from "./tenants.js";
import { createForecastIssues } from "./forecast-issues.js";
import { createWeatherAhead, createWeatherNews } from "./weather-ahead.js";
import { createWebhooks } from "./webhooks.js";
import { createWorkload } from "./workload.js";

/** One tenant's rows and no other's: there is no tenant to name. */
export type TenantDb = ReturnType<typeof createTenantDb>;

export type Db = {
  readonly tenants: ReturnType<typeof createTenants>;
  readonly keys: ReturnType<typeof createKeys>;
  readonly runs: ReturnType<typeof createRuns>;
  readonly nightly: ReturnType<typeof createNightly>;
  readonly leaders: ReturnType<typeof createLeaders>;
  readonly repairs: ReturnType<typeof createRepairs>;
  readonly artifacts: ReturnType<typeof createArtifacts>;
  readonly retention: ReturnType<typeof createRetention>;
  readonly weatherNews: ReturnType<typeof createWeatherNews>;
  readonly workload: ReturnType<typeof createWorkload>;
  readonly deliveries: ReturnType<typeof createDeliveries>;
  /** For those who serve all tenants, such as workers: each statement names the tenant, and nothing else holds it back. */
  forTenant(tenantId: string): TenantDb;
  /** For requests: the same words, behind row-level security. A statement that forgot the tenant would find nothing. */
  asTenant(tenantId: string): TenantDb;
  /** Throws Failure("db.unavailable") when PostgreSQL does not answer. */
  ping(): Promise<void>;
  poolStats(): PoolStats;
  close(): Promise<void>;
};

/** Of a process that serves no model and trains none. */
const NO_MODELS: StoredModels = {
  load: async () => {
    throw new Error("expected a process that loads models to open the database with a store of them");
  },
  onRefused: () => undefined,
};

/** Connects at the first statement. To be closed. @param stored for those who serve models, or keep them: the artifacts themselves */
export function openDb(settings: PoolSettings, stored: StoredModels = NO_MODELS): Db {
  const pool = new MeasuredPool(settings);
  const client = createClient(pool);
  return {
    tenants: createTenants(client),
    keys: createKeys(client),
    runs: createRuns(client),
    nightly: createNightly(client),
    leaders: createLeaders(client),
    repairs: createRepairs(client),
    artifacts: createArtifacts(client),
    retention: createRetention(client),
    weatherNews: createWeatherNews(client),
    workload: createWorkload(client),
    deliveries: createDeliveries(client),
    forTenant: keptReady((tenantId) => createTenantDb(client, client, tenantId, stored)),
    asTenant: keptReady((tenantId) => createTenantDb(client, asTenant(client, tenantId), tenantId, stored)),
    ping: async () => void (await client.$queryRaw`SELECT 1`),
    poolStats: () => pool.stats(),
    close: async () => {
      await client.$disconnect();
      await pool.end();
    },
  };
}

/** Tenants whose words are kept ready: to make them costs as much as to say one, and a client of one's own more than most. */
const TENANTS_READY_MAX = 1_000;

/** What was made lately, by tenant; it holds no connection and no answer. */
function keptReady<Made>(make: (tenantId: string) => Made): (tenantId: string) => Made {
  const ready = new Map<string, Made>();
  return (tenantId) => {
    const made = ready.get(tenantId) ?? make(tenantId);
    ready.delete(tenantId);
    ready.set(tenantId, made);
    const oldest = ready.keys().next();
    if (ready.size > TENANTS_READY_MAX && !oldest.done) ready.delete(oldest.value);
    return made;
  };
}

/** @param fleet for statements that take the tenant's role by themselves */
const createTenantDb = (fleet: Client, client: Client, tenantId: string, stored: StoredModels) => ({
  ...createAcceptRun(client, tenantId),
  ...createStartRun(client, tenantId),
  ...createProductTrainings(client, tenantId),
  ...createCommit(client, tenantId),
  ...createRunViews(client, tenantId),
  ...createModels(client, tenantId),
  ...createModelMemory(client, tenantId),
  ...createChampions(client, tenantId, stored),
  ...createServedProducts(client, tenantId, stored),
  ...createEconomics(client, tenantId),
  ...createGrading(client, tenantId),
  ...createAccuracy(client, tenantId),
  ...createStoredSales(client, tenantId),
  ...createWeatherAhead(client, tenantId),
  ...createForecastIssues(client, tenantId),
  ...createStoredForecast(fleet, client, tenantId, stored),
  ...createWebhooks(client, tenantId),
});
