/**
 * `levain up`: everything on one machine. Servers, migrations, sandbox, producer and workers start in the order of who
 * needs whom and stop in the reverse; the demo tenant is created, trained and shown.
 */
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { businessDayOf } from "@levain/calendar";
import { applyMigrations, migrationsFolder, openDb } from "@levain/db";
import { connectLevain, type Levain } from "@levain/client";
import { TenantSettings, type RunView } from "@levain/contracts";
import { FolderEconomics } from "@levain/sources";
import { z } from "zod";
import { freePort, StartError } from "../embedded/server-process.js";
import { askForRun, followRun, wentWell } from "../follow-run.js";
import { nextDayInWords } from "../next-day.js";
import { putEconomicsOnce } from "../put-economics.js";
import { ensureOperatorKey, ensureTenantKey } from "./demo-keys.js";
import { openFleetProcess } from "./fleet-process.js";
import { openServers, type Servers } from "./servers.js";
import { readState, takeFolder, writeState, type State } from "./state.js";

export type UpOptions = {
  /** Where databases, logs and keys live. */
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly workers: number;
  /** A tenant folder to train instead of the simulated demo bakery. */
  readonly data?: string;
  /** Stop after the run instead of staying up. */
  readonly exit: boolean;
};

/** Resolves when it has stopped again. @returns whether every product was trained or skipped with a reason. */
export async function up(options: UpOptions, signal: AbortSignal): Promise<boolean> {
  const closers: (() => Promise<void>)[] = [];
  const opened = <T extends { close(): Promise<void> }>(thing: T): T => {
    closers.push(() => thing.close());
    return thing;
  };
  try {
    closers.push(await takeFolder(options.folder));
    const state = await readState(options.folder);
    const port = await apiPort(options);
    say("Starting PostgreSQL and Redis …");
    const servers = opened(await openServers(options.folder, state, say));
    signal.throwIfAborted();
    const migrated = await applyMigrations(servers.databaseUrl, migrationsFolder);
    if (migrated.length > 0) say(`Applied ${migrated.length} migration${migrated.length === 1 ? "" : "s"}.`);

    say(`Starting sandbox, producer and ${options.workers} workers …`);
    const fleet = await openFleet(options, port, servers, state, (process) => opened(process));
    signal.throwIfAborted();
    const sandbox = await sandboxTenant(fleet.sandboxUrl, options.data);
    const keys = await createTenant(servers, state, fleet.url, sandbox);
    await writeState(options.folder, { ...state, url: fleet.url, lastTenantId: sandbox.id });

    const tenantApi = connectLevain(fleet.url, keys.tenantKey);
    const run = await trainOnce(tenantApi, sandbox, signal);
    if (sandbox.economics) await putEconomicsOnce(tenantApi, sandbox.id, sandbox.economics);
    say(`\n${await nextDayInWords(tenantApi, sandbox.id, undefined, businessDayOf(new Date(), sandbox.settings.timeZone))}`);
    showAddresses(fleet.url, sandbox.id, keys);
    if (!options.exit) {
      say("Up. Stop with Ctrl-C.");
      await aborted(signal);
    }
    return wentWell(run);
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    if (signal.aborted) say("Stopping …");
    for (const close of closers.reverse()) await close();
  }
}

const say = (message: string): void => console.log(message);

/** The API has a fixed address, which people bookmark; every other port is found. */
async function apiPort(options: UpOptions): Promise<number> {
  const port = await freePort(options.port);
  if (options.port !== 0 && port !== options.port) {
    throw new StartError(`Port ${options.port} is taken by another program. Choose another one: npm start -- --port ${options.port + 1}`);
  }
  return port;
}

async function openFleet(
  options: UpOptions,
  port: number,
  servers: Servers,
  state: State,
  opened: <T extends { close(): Promise<void> }>(thing: T) => T,
): Promise<{ url: string; sandboxUrl: string }> {
  const log = (name: string): string => join(options.folder, "logs", `${name}.log`);
  const shared = {
    DATABASE_URL: servers.databaseUrl,
    REDIS_URL: servers.redisUrl,
    ARTIFACT_STORE: process.env["ARTIFACT_STORE"] ?? `file:${resolve(options.folder, "artifacts")}`,
    WEBHOOK_SECRET: state.webhookSecret,
  };
  const sandboxPort = await rememberedPort(state, "sandbox");
  const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
  opened(
    await openFleetProcess({
      name: "sandbox",
      app: "sandbox",
      env: { HOST: "127.0.0.1", PORT: String(sandboxPort), LEVAIN_SANDBOX_FOLDERS: options.data ? resolve(options.data) : "" },
      logFile: log("sandbox"),
      readyUrl: `${sandboxUrl}/readyz`,
    }),
  );
  const workerPorts = await Promise.all(Array.from({ length: options.workers }, (_, index) => rememberedPort(state, `worker-${index + 1}`)));
  const url = `http://${options.host}:${port}`;
  // Two workers on one machine share its cores: each gets its part of the fit threads.
  const threads = Math.max(1, Math.floor(availableParallelism() / options.workers));
  const fleet = await Promise.all([
    openFleetProcess({
      name: "producer",
      app: "producer",
      env: { ...shared, HOST: options.host, PORT: String(port) },
      logFile: log("producer"),
      readyUrl: `${url}/readyz`,
    }),
    ...workerPorts.map((healthPort, index) =>
      openFleetProcess({
        name: `worker-${index + 1}`,
        app: "worker",
        env: { ...shared, WORKER_NAME: `worker-${index + 1}`, HEALTH_PORT: String(healthPort), FIT_THREADS: String(threads) },
        logFile: log(`worker-${index + 1}`),
        readyUrl: `http://127.0.0.1:${healthPort}/readyz`,
      }),
    ),
  ]);
  opened({ close: async () => void (await Promise.all(fleet.map((process) => process.close()))) });
  return { url, sandboxUrl };
}

async function rememberedPort(state: State, name: string): Promise<number> {
  const port = await freePort(state.ports[name] ?? 0);
  state.ports[name] = port;
  return port;
}

/** What the sandbox tells of a tenant that it serves. */
const SandboxTenant = z.object({ id: z.string(), settings: TenantSettings, economics: FolderEconomics.nullable(), lastDay: z.string() });
type SandboxTenant = z.infer<typeof SandboxTenant>;

async function sandboxTenant(sandboxUrl: string, data: string | undefined): Promise<SandboxTenant> {
  const response = await fetch(`${sandboxUrl}/tenants`);
  const { tenants } = z.object({ tenants: z.array(SandboxTenant) }).parse(await response.json());
  const chosen = data === undefined ? tenants.find((tenant) => tenant.id === "demo-bakery") : tenants.find((tenant) => tenant.id !== "demo-bakery");
  if (!chosen) throw new StartError(`The sandbox serves no tenant for ${data ?? "the demo bakery"}.`);
  return chosen;
}

async function createTenant(servers: Servers, state: State, url: string, tenant: SandboxTenant): Promise<{ operatorKey: string; tenantKey: string }> {
  const db = openDb({ url: servers.databaseUrl, poolMax: 2, applicationName: "levain-cli" });
  try {
    const operatorKey = await ensureOperatorKey(db, state);
    await connectLevain(url, operatorKey).put("/v1/tenants/{tenantId}", { params: { path: { tenantId: tenant.id } }, body: tenant.settings });
    return { operatorKey, tenantKey: await ensureTenantKey(db, state, tenant.id) };
  } finally {
    await db.close();
  }
}

async function trainOnce(api: Levain, tenant: SandboxTenant, signal: AbortSignal): Promise<RunView> {
  const { runId, isNew } = await askForRun(api, tenant.id, { cutoff: tenant.lastDay });
  say(isNew ? `\nTraining ${tenant.id} on its data up to ${tenant.lastDay} (run ${runId})` : `\nAn earlier run of ${tenant.id} is still open; following it (run ${runId})`);
  return followRun(api, tenant.id, runId, signal);
}

function showAddresses(url: string, tenantId: string, keys: { operatorKey: string; tenantKey: string }): void {
  say(`
API         ${url}/v1/tenants/${tenantId}/training-runs
Docs        ${url}/docs
Bull Board  ${url}/ops/queues   (log in with the operator key)

Tenant key    ${keys.tenantKey}
Operator key  ${keys.operatorKey}
`);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
