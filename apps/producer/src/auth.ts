/**
 * Checks the key of every request before its body is read, or the session that a key opened. A tenant's key opens its
 * own tenant; any other tenant looks to it like one that does not exist.
 *
 * Nothing is remembered from one request to the next: a key that was revoked a moment ago opens nothing any more.
 */
import { TenantId, type Tenant } from "@levain/contracts";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isReading } from "./access.js";
import type { Caller, ProducerDeps } from "./deps.js";
import { asProblem, HttpProblem, missing, sendProblem } from "./problem.js";
import type { RateLimits } from "./rate-limits.js";
import { LOG_IN_PATH, refuseForgery, type Sessions } from "./sessions.js";

type AuthDeps = Pick<ProducerDeps, "authenticate" | "keyHolder" | "findTenant"> & { readonly limits: RateLimits; readonly sessions: Sessions };

export function guardRoutes(server: FastifyInstance, deps: AuthDeps): void {
  server.decorateRequest("caller", null);
  server.decorateRequest("tenant", null);
  server.addHook("onRequest", async (request, reply) => {
    if (request.is404) return;
    try {
      await admit(request, deps);
      // What a key opens is for who holds it, and for no cache between us.
      if (request.caller) reply.header("cache-control", "no-store");
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status === 401 && wantsPage(request)) return reply.redirect(LOG_IN_PATH, 303);
      // Sent, not thrown: a plugin's own error handler would answer in its own words.
      return sendProblem(request, reply, problem);
    }
  });
}

async function admit(request: FastifyRequest, deps: AuthDeps): Promise<void> {
  const { access } = request.routeOptions.config;
  if (access === "public") return;
  const caller = await callerOf(request, deps);
  request.caller = caller;
  await deps.limits.countRequest(caller);
  if (access === "operator" && caller.role === "tenant") throw new HttpProblem(403, { detail: "expected an operator's key, got a tenant's" });
  if (caller.role === "viewer" && !isReading(request.method)) throw new HttpProblem(403, { detail: "expected an operator's key, got one that may look and change nothing" });
  if (access === "tenant") request.tenant = await tenantFor(caller, request, deps);
}

async function callerOf(request: FastifyRequest, { authenticate, keyHolder, limits, sessions }: AuthDeps): Promise<Caller> {
  const presented = presentedKey(request);
  if (presented !== undefined) return limits.countFailures(request.ip, () => authenticate(presented), unknownKey);
  const session = request.routeOptions.config.isForBrowsers ? sessions.read(request) : null;
  if (session) refuseForgery(request, session);
  const holder = session && (await keyHolder(session.keyId));
  // A session is for the pages of operators; a key that has been revoked since ends it.
  if (holder && holder.role !== "tenant") return holder;
  throw unauthorised("expected a key as Authorization: Bearer or x-api-key, got none");
}

const unknownKey = (): HttpProblem => unauthorised("expected a key that is known and valid");

const unauthorised = (detail: string): HttpProblem => new HttpProblem(401, { detail }, { "www-authenticate": 'Bearer realm="Levain"' });

/** A person who opens a page, not the page's own script. */
const wantsPage = ({ method, headers, routeOptions }: FastifyRequest): boolean =>
  isReading(method) && routeOptions.config.isForBrowsers === true && headers.accept?.includes("text/html") === true;

async function tenantFor(caller: Caller, request: FastifyRequest, deps: AuthDeps): Promise<Tenant> {
  const { tenantId } = request.params as { tenantId?: unknown };
  const asked = TenantId.safeParse(tenantId);
  const isTheirs = asked.success && (caller.role !== "tenant" || caller.tenantId === asked.data);
  const tenant = isTheirs ? await deps.findTenant(asked.data) : null;
  if (!tenant) throw missing("tenant");
  return tenant;
}

function presentedKey({ headers }: FastifyRequest): string | undefined {
  const apiKey = headers["x-api-key"];
  if (typeof apiKey === "string") return apiKey;
  return /^bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
}

/** The tenant of a request to a route with the access `tenant`. */
export function tenantOf(request: FastifyRequest): Tenant {
  if (!request.tenant) throw new Error("expected a route with the access `tenant`");
  return request.tenant;
}
