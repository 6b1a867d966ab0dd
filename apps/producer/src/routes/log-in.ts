/** The door of the operators' pages: a key is shown once, and a session is kept in its place. */
import { z } from "zod";
import { declareAccess } from "../access.js";
import type { ProducerDeps } from "../deps.js";
import { asProblem, HttpProblem, sendProblem } from "../problem.js";
import type { RateLimits } from "../rate-limits.js";
import type { Server } from "../server.js";
import { LOG_IN_PATH, refuseForeign, type Sessions } from "../sessions.js";

const BOARD = "/ops/queues";

const PAGE_CSP = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Bytes. A key takes eighty. */
const FORM_MAX_BYTES = 1_024;

const Form = z.object({ key: z.string().max(512) });

export async function logIn(server: Server, deps: Pick<ProducerDeps, "authenticate" | "log"> & { readonly limits: RateLimits; readonly sessions: Sessions }): Promise<void> {
  await server.register(async (scope) => {
    declareAccess(scope, { access: "public" });
    scope.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string", bodyLimit: FORM_MAX_BYTES }, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(body as string))),
    );
    scope.addHook("onRequest", async (request, reply) => {
      reply.headers({ "cache-control": "no-store", "content-security-policy": PAGE_CSP });
      if (request.method !== "POST") return;
      try {
        refuseForeign(request);
      } catch (error) {
        return sendProblem(request, reply, asProblem(error));
      }
    });
    scope.route({
      method: "GET",
      url: LOG_IN_PATH,
      schema: { hide: true },
      handler: async (_request, reply) => reply.type("text/html; charset=utf-8").send(page("")),
    });
    scope.route({
      method: "POST",
      url: LOG_IN_PATH,
      schema: { hide: true },
      bodyLimit: FORM_MAX_BYTES,
      handler: async (request, reply) => {
        const { key } = Form.catch({ key: "" }).parse(request.body);
        // A tenant's key opens nothing here, and is told no more than an unknown one.
        const ofOperator = async () => {
          const caller = await deps.authenticate(key);
          return caller && caller.role !== "tenant" ? caller : null;
        };
        try {
          const { keyId, role } = await deps.limits.countFailures(request.ip, ofOperator, () => new HttpProblem(401));
          deps.log.info("session opened", { keyId, role, requestId: request.id });
          return reply.header("set-cookie", deps.sessions.open(keyId, request.protocol === "https")).redirect(BOARD, 303);
        } catch (error) {
          if (!(error instanceof HttpProblem) || error.status !== 401) throw error;
          return reply.code(401).type("text/html; charset=utf-8").send(page("This key does not open the operators' pages."));
        }
      },
    });
    scope.route({
      method: "POST",
      url: "/ops/logout",
      schema: { hide: true },
      handler: async (request, reply) => reply.header("set-cookie", deps.sessions.end(request.protocol === "https")).redirect(LOG_IN_PATH, 303),
    });
  });
}

const page = (complaint: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Levain · operators</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 24rem; margin: 15vh auto; padding: 0 1rem }
  input, button { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; margin-top: .5rem }
  p { color: #a00 }
</style>
<h1>Levain</h1>
<form method="post" action="${LOG_IN_PATH}">
  <label for="key">Operator key</label>
  <input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
  <button>Open the queues</button>
</form>
<p role="alert">${complaint}</p>
</html>
`;
