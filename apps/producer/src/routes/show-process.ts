/** How this process is: for orchestrators and Prometheus, who have no key. Causes are in the log, not in the answer. */
import { checkHealth } from "@levain/runtime";
import { z } from "zod";
import type { ProducerDeps } from "../deps.js";
import type { Server } from "../server.js";

const Health = z.object({ status: z.enum(["ok", "unavailable"]), checks: z.record(z.string(), z.enum(["ok", "unavailable"])) });

export function showProcess(server: Server, { checks, metrics, log }: Pick<ProducerDeps, "checks" | "metrics" | "log">): void {
  server.route({
    method: "GET",
    url: "/healthz",
    config: { access: "public" },
    schema: { operationId: "showHealth", tags: ["process"], summary: "Whether the process lives", response: { 200: Health } },
    handler: async () => ({ status: "ok" as const, checks: {} }),
  });
  server.route({
    method: "GET",
    url: "/readyz",
    config: { access: "public" },
    schema: { operationId: "showReadiness", tags: ["process"], summary: "Whether Postgres and Redis answer", response: { 200: Health, 503: Health } },
    handler: async (_request, reply) => {
      const { isWell, checks: answers } = await checkHealth(checks);
      if (!isWell) log.warn("not ready", { checks: answers });
      const words = Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, answer === "ok" ? ("ok" as const) : ("unavailable" as const)]));
      return reply.code(isWell ? 200 : 503).send({ status: isWell ? "ok" : "unavailable", checks: words });
    },
  });
  server.route({
    method: "GET",
    url: "/metrics",
    config: { access: "public" },
    schema: {
      operationId: "showMetrics",
      tags: ["process"],
      summary: "Numbers for Prometheus",
      response: { 200: { description: "Prometheus text format", content: { "text/plain": { schema: z.string() } } } },
    },
    handler: async (_request, reply) => reply.type(metrics.contentType).serializer(String).send(await metrics.text()),
  });
}
