/**
 * Who may use a route, declared by the route itself. The table of all routes, those of plugins included, is kept as they
 * are added; a server with a route that declares nothing does not start.
 */
import type { Tenant } from "@levain/contracts";
import type { FastifyInstance, RouteOptions } from "fastify";
import type { Caller } from "./deps.js";

/** public: anybody. tenant: that tenant's key, or an operator's. operator: an operator's key. What reads is open to viewers as to operators. */
export type Access = "public" | "tenant" | "operator";

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
    /** Browsers may come with a session instead of a key. */
    isForBrowsers?: boolean;
  }
  interface FastifyInstance {
    readonly routeTable: readonly RouteOptions[];
  }
  interface FastifyRequest {
    /** Null on a public route. */
    caller: Caller | null;
    /** Set on routes with the access `tenant`. */
    tenant: Tenant | null;
  }
}

/** Methods that ask and change nothing. */
export const isReading = (method: string): boolean => method === "GET" || method === "HEAD";

/** Begins the table of routes. To be called before the first route is added. */
export function keepRouteTable(server: FastifyInstance): void {
  const table: RouteOptions[] = [];
  server.decorate("routeTable", table);
  server.addHook("onRoute", (route) => void table.push(route));
  server.addHook("onReady", async () => {
    const open = table.filter((route) => route.config?.access === undefined);
    if (open.length > 0) throw new Error(`expected every route to declare its access, got none for ${open.map((route) => `${String(route.method)} ${route.url}`).join(", ")}`);
  });
}

/** Gives every route of a plugin the same access. */
export function declareAccess(scope: FastifyInstance, config: { access: Access; isForBrowsers?: boolean }): void {
  scope.addHook("onRoute", (route) => {
    route.config = { ...route.config, ...config };
  });
}

/** The methods that the path knows, whatever method was used on it. */
export function methodsAt(table: readonly RouteOptions[], path: string): string[] {
  const known = table.filter(({ url }) => patternOf(url).test(path)).flatMap(({ method }) => method);
  return [...new Set(known)].sort();
}

const patternOf = (url: string): RegExp =>
  new RegExp(
    `^${url
      .split("/")
      .map((part) => (part.startsWith(":") ? "[^/]+" : part === "*" ? ".*" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
      .join("/")}/?$`,
  );
