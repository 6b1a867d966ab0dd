/** The sandbox over HTTP: the source contracts of each bakery, the list of bakeries, and the levers for tests. */
import type { AddressInfo } from "node:net";
import type { TenantSettings } from "@levain/contracts";
import type { FolderEconomics } from "@levain/sources";
import Fastify, { type FastifyInstance } from "fastify";
import type { Bakery } from "./bakery.js";
import { BadRequest, serveContracts } from "./contract-routes.js";
import { createFaults, Fault } from "./faults.js";
import { createRequestLog } from "./request-log.js";

export type SandboxOptions = {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host?: string;
  /** Those that `GET /tenants` lists; asked for again each time, because yesterday moves on. */
  readonly bakeries: () => readonly Bakery[];
  /** Those that exist only once somebody asks for them by name. */
  readonly findUnlisted?: (tenantId: string) => Bakery | null;
  /** Rows, days or products on a page. */
  readonly pageRows?: number;
};

export type Sandbox = {
  /** Without a slash at the end. */
  readonly url: string;
  /** Ends requests under way. */
  close(): Promise<void>;
};

/** What `GET /tenants` tells of a tenant; `settings` are ready for `PUT /v1/tenants/{id}`. */
export type SandboxTenant = {
  readonly id: string;
  readonly settings: TenantSettings;
  readonly economics: FolderEconomics | null;
  readonly firstDay: string;
  readonly lastDay: string;
  readonly products: readonly { readonly id: string; readonly name: string }[];
};

const PAGE_ROWS = 5_000;
/** Longer than any product id in an address, each character escaped. */
const PARAM_LENGTH_MAX = 2_000;

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { port, host = "127.0.0.1", bakeries, findUnlisted = () => null, pageRows = PAGE_ROWS } = options;
  const app = Fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: PARAM_LENGTH_MAX } });
  const faults = createFaults();
  const log = createRequestLog(app.server);
  const find = (tenantId: string): Bakery | null => bakeries().find(({ tenant }) => tenant.id === tenantId) ?? findUnlisted(tenantId);

  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    void reply.code(status).send({ title: status === 500 ? "The sandbox is broken" : "The sandbox cannot answer this", status, detail: error.message });
  });
  for (const path of ["/healthz", "/readyz"]) app.get(path, () => ({ status: "ok" }));
  app.get("/requests", () => log.counts());
  serveFaults(app, faults);
  app.get("/tenants", (request) => ({ tenants: bakeries().map((bakery) => describe(bakery, `http://${request.host}`)) }));
  app.get<{ Params: { tenantId: string } }>("/tenants/:tenantId", (request) => {
    const bakery = find(request.params.tenantId);
    if (!bakery) throw new BadRequest(404, `expected a tenant that is served here, got ${request.params.tenantId}`);
    return describe(bakery, `http://${request.host}`);
  });
  serveContracts(app, { find, faults, onRequest: log.note, pageRows });

  await app.listen({ port, host });
  const { port: taken } = app.server.address() as AddressInfo;
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}`, close: () => app.close() };
}

function serveFaults(app: FastifyInstance, faults: ReturnType<typeof createFaults>): void {
  app.get("/faults", () => ({ faults: faults.list() }));
  app.put("/faults", (request, reply) => {
    const result = Fault.safeParse(request.body);
    if (!result.success) throw new BadRequest(400, result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
    faults.put(result.data);
    return reply.code(204).send();
  });
  app.delete("/faults", (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
}

function describe({ tenant: { id, ...settings }, economics, firstDay, lastDay, products, weather, traffic, events }: Bakery, origin: string): SandboxTenant {
  const base = `${origin}/${id}`;
  const sources = {
    sales: `${base}/sales`,
    ...(weather ? { weather: `${base}/weather` } : {}),
    ...(traffic ? { traffic: `${base}/traffic` } : {}),
    ...(events ? { events: `${base}/events` } : {}),
  };
  return { id, settings: { ...settings, sources }, economics, firstDay, lastDay, products: products.map(({ id: productId, name }) => ({ id: productId, name })) };
}
