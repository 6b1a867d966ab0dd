/** All routes of the API: one file, one verb on one noun. */
import type { ProducerDeps, ProducerSettings } from "../deps.js";
import type { RateLimits } from "../rate-limits.js";
import type { Server } from "../server.js";
import type { Sessions } from "../sessions.js";
import { cancelRun } from "./cancel-run.js";
import { followRun } from "./follow-run.js";
import { issueKey } from "./issue-key.js";
import { listKeys } from "./list-keys.js";
import { listModels } from "./list-models.js";
import { listProductTrainings } from "./list-product-trainings.js";
import { listProducts } from "./list-products.js";
import { listRuns } from "./list-runs.js";
import { listTenants } from "./list-tenants.js";
import { logIn } from "./log-in.js";
import { putTenant } from "./put-tenant.js";
import { redriveProduct } from "./redrive-product.js";
import { revokeKey } from "./revoke-key.js";
import { showForecast } from "./show-forecast.js";
import { showProcess } from "./show-process.js";
import { showQueues } from "./show-queues.js";
import { showRun } from "./show-run.js";
import { startRun } from "./start-run.js";

/** What the routes are given beside the world: what this server decides by itself. */
type RouteDeps = ProducerDeps & { readonly limits: RateLimits; readonly sessions: Sessions };

export async function addRoutes(server: Server, deps: RouteDeps, settings: ProducerSettings): Promise<void> {
  startRun(server, deps, settings);
  listRuns(server, deps);
  showRun(server, deps);
  listProductTrainings(server, deps);
  redriveProduct(server, deps, settings);
  followRun(server, deps, settings);
  cancelRun(server, deps);
  listProducts(server, deps);
  showForecast(server, deps);
  listModels(server, deps);
  putTenant(server, deps);
  listTenants(server, deps);
  issueKey(server, deps);
  listKeys(server, deps);
  revokeKey(server, deps);
  showProcess(server, deps);
  await logIn(server, deps);
  await showQueues(server, deps);
}
