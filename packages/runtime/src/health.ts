/** Whether a process lives and is ready for work, over a small HTTP server of its own. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Metrics } from "./metrics.js";
import { redactText } from "./redact.js";

/** Resolves when the thing it asks works; throws what is wrong otherwise. */
export type Check = () => Promise<unknown>;

export type Health = { readonly isWell: boolean; readonly checks: Readonly<Record<string, string>> };

/** Milliseconds after which a check that has not answered is a bad answer. */
const CHECK_WITHIN_MS = 2_000;

/** All checks side by side: `ok`, or what is wrong, by name. */
export async function checkHealth(checks: Readonly<Record<string, Check>>): Promise<Health> {
  const answers = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await answer(check)] as const));
  return { isWell: answers.every(([, words]) => words === "ok"), checks: Object.fromEntries(answers) };
}

export type HealthServer = { readonly port: number; readonly url: string; close(): Promise<void> };

export type HealthServerOptions = {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  /** What must work for the process to be ready (`/readyz`). */
  readonly checks: Readonly<Record<string, Check>>;
  /** What must hold for the process to be alive (`/healthz`): when it fails, only a restart helps. */
  readonly vitals?: Readonly<Record<string, Check>>;
  readonly metrics: Pick<Metrics, "text" | "contentType">;
};

/** Serves `/healthz`, `/readyz` and `/metrics`. @throws the system's fault when the port is taken */
export async function serveHealth({ port, host, checks, vitals = {}, metrics }: HealthServerOptions): Promise<HealthServer> {
  const routes: Readonly<Record<string, () => Promise<Answer>>> = {
    "/healthz": async () => asJson(await checkHealth(vitals)),
    "/readyz": async () => asJson(await checkHealth(checks)),
    "/metrics": async () => ({ status: 200, contentType: metrics.contentType, body: await metrics.text() }),
  };
  const server = createServer((request, response) => void respond(routes, request, response));
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

type Answer = { readonly status: number; readonly contentType: string; readonly body: string };

async function respond(routes: Readonly<Record<string, () => Promise<Answer>>>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  const { status, contentType, body } = await route(routes, request.method ?? "GET", path);
  response.writeHead(status, { "content-type": contentType, "cache-control": "no-store" });
  response.end(request.method === "HEAD" ? undefined : body);
}

async function route(routes: Readonly<Record<string, () => Promise<Answer>>>, method: string, path: string): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return plain(405, "expected GET\n");
  const found = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!found) return plain(404, `expected one of ${Object.keys(routes).join(", ")}\n`);
  try {
    return await found();
  } catch (error) {
    return plain(500, `${wordsOf(error)}\n`);
  }
}

const plain = (status: number, body: string): Answer => ({ status, contentType: "text/plain; charset=utf-8", body });

const asJson = (health: Health): Answer => ({
  status: health.isWell ? 200 : 503,
  contentType: "application/json; charset=utf-8",
  body: `${JSON.stringify({ status: health.isWell ? "ok" : "unavailable", checks: health.checks })}\n`,
});

async function answer(check: Check): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_WITHIN_MS} ms`), CHECK_WITHIN_MS);
  });
  try {
    return await Promise.race([check().then(() => "ok"), late]);
  } catch (error) {
    return wordsOf(error);
  } finally {
    clearTimeout(timer);
  }
}

const wordsOf = (error: unknown): string => redactText(error instanceof Error ? error.message || error.name : String(error));
