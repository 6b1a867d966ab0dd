/** All routes of the API: one file, one verb on one noun. */
import type { ProducerDeps, ProducerSettings } from "../deps.js";
import type { Server } from "../server.js";
import { cancelRun } from "./cancel-run.js";
import { followRun } from "./follow-run.js";
import { issueKey } from "./issue-key.js";
import { listModels } from "./list-models.js";
import { listProductTrainings } from "./list-product-trainings.js";
import { listProducts } from "./list-products.js";
import { listRuns } from "./list-runs.js";
import { listTenants } from "./list-tenants.js";
import { putTenant } from "./put-tenant.js";
import { showForecast } from "./show-forecast.js";
import { showProcess } from "./show-process.js";
import { showQueues } from "./show-queues.js";
import { showRun } from "./show-run.js";
import { startRun } from "./start-run.js";

export async function addRoutes(server: Server, deps: ProducerDeps, settings: ProducerSettings): Promise<void> {
  startRun(server, deps, settings);
  listRuns(server, deps);
  showRun(server, deps);
  listProductTrainings(server, deps);
  followRun(server, deps, settings);
  cancelRun(server, deps);
  listProducts(server, deps);
  showForecast(server, deps);
  listModels(server, deps);
  putTenant(server, deps);
  listTenants(server, deps);
  issueKey(server, deps);
  showProcess(server, deps);
  await showQueues(server, deps);
}
