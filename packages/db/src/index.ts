/** Remembers tenants, runs, product trainings, models, scores and forecasts, one tenant at a time. */
export type { Acceptance, RunRequest } from "./accept-run.js";
export type { Committed } from "./commit.js";
export { copyDatabase, createDatabase } from "./databases.js";
export type { KeyHolder, KeyRole, KeyView, NewKey } from "./keys.js";
export { applyMigrations, checkMigrations } from "./migrate.js";
export { MigrationError, migrationsFolder } from "./migrations.js";
export type { NightlyRun } from "./nightly.js";
export { openDb, type Db, type TenantDb } from "./open.js";
export { MalformedCursor, type Page, type PageRequest } from "./page.js";
export type { PoolSettings, PoolStats } from "./pool.js";
export type { Claim } from "./product-trainings.js";
export type { OpenRun, Place, ProductJob, StartJob } from "./repairs.js";
export type { Run } from "./runs.js";
export type { RefusedModel, ServingModel } from "./serving-model.js";
export type { StartedRun } from "./start-run.js";
export type { Workload } from "./workload.js";
