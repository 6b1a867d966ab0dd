/**
 * Checks the key of every request before its body is read. A tenant's key opens its own tenant; any other tenant looks
 * to it like one that does not exist.
 */
import { TenantId, type Tenant } from "@levain/contracts";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Caller, ProducerDeps } from "./deps.js";
import { asProblem, HttpProblem, missing, sendProblem } from "./problem.js";

type AuthDeps = Pick<ProducerDeps, "authenticate" | "findTenant">;

export function guardRoutes(server: FastifyInstance, deps: AuthDeps): void {
  server.decorateRequest("caller", null);
  server.decorateRequest("tenant", null);
  server.addHook("onRequest", async (request, reply) => {
    if (request.is404) return;
    try {
      await admit(request, deps);
    } catch (error) {
      // Sent, not thrown: a plugin's own error handler would answer in its own words.
      return sendProblem(request, reply, asProblem(error));
    }
  });
}

async function admit(request: FastifyRequest, deps: AuthDeps): Promise<void> {
  const { access } = request.routeOptions.config;
  if (access === "public") return;
  const caller = await callerOf(request, deps);
  request.caller = caller;
  if (access === "tenant") request.tenant = await tenantFor(caller, request, deps);
  else if (caller.role !== "operator") throw new HttpProblem(403, { detail: "expected an operator's key, got a tenant's" });
}

async function callerOf(request: FastifyRequest, deps: AuthDeps): Promise<Caller> {
  const isForBrowsers = request.routeOptions.config.isForBrowsers ?? false;
  const presented = presentedKey(request, isForBrowsers);
  const caller = presented === undefined ? null : await deps.authenticate(presented);
  if (caller) return caller;
  const detail = presented === undefined ? "expected a key as Authorization: Bearer or x-api-key, got none" : "expected a key that is known and valid";
  throw new HttpProblem(401, { detail }, { "www-authenticate": isForBrowsers ? 'Basic realm="Levain, operator key as password", charset="UTF-8"' : 'Bearer realm="Levain"' });
}

async function tenantFor(caller: Caller, request: FastifyRequest, deps: AuthDeps): Promise<Tenant> {
  const { tenantId } = request.params as { tenantId?: unknown };
  const asked = TenantId.safeParse(tenantId);
  const isTheirs = asked.success && (caller.role === "operator" || caller.tenantId === asked.data);
  const tenant = isTheirs ? await deps.findTenant(asked.data) : null;
  if (!tenant) throw missing("tenant");
  return tenant;
}

function presentedKey({ headers }: FastifyRequest, isForBrowsers: boolean): string | undefined {
  const apiKey = headers["x-api-key"];
  if (typeof apiKey === "string") return apiKey;
  const [, scheme = "", credentials = ""] = /^(\w+) +(\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() === "basic" && isForBrowsers) return passwordOf(credentials);
  return undefined;
}

/** RFC 7617: base64 of `user:password`; the user name may be any. */
function passwordOf(credentials: string): string {
  const userAndPassword = Buffer.from(credentials, "base64").toString("utf8");
  return userAndPassword.slice(userAndPassword.indexOf(":") + 1);
}

/** The tenant of a request to a route with the access `tenant`. */
export function tenantOf(request: FastifyRequest): Tenant {
  if (!request.tenant) throw new Error("expected a route with the access `tenant`");
  return request.tenant;
}
