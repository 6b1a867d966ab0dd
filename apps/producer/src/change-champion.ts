/** What people do to a product's champion, as answers: the champion that serves now, or why it cannot be. */
import type { ChampionView, ProductId } from "@levain/contracts";
import type { ChampionAnswer, ChampionRequest } from "@levain/db";
import type { FastifyRequest } from "fastify";
import type { ProducerDeps } from "./deps.js";
import { HttpProblem, missing } from "./problem.js";

/** Who asks, and why, for the audit. */
export function championRequestOf({ caller }: FastifyRequest, reason: string | undefined): ChampionRequest {
  if (caller === null || caller.role === "viewer") throw new Error("expected a caller who may change a champion");
  return { role: caller.role, keyId: caller.keyId, reason: reason ?? "no reason given" };
}

type About = { readonly tenantId: string; readonly productId: ProductId; /** What was asked for by id, such as `product`. */ readonly what: string };

/** @throws HttpProblem 404 or 409 */
export async function championAfter(answer: ChampionAnswer, { tenantId, productId, what }: About, deps: Pick<ProducerDeps, "championView">): Promise<ChampionView> {
  if (answer === "missing") throw missing(what);
  const champion = await deps.championView(tenantId, productId);
  if (answer !== "changed" && answer !== "unchanged") throw impossible(answer, champion?.modelId);
  if (!champion) throw new Error("expected a champion after a change of it");
  return { ...champion, isChanged: answer === "changed" };
}

const impossible = (answer: keyof typeof REASONS, champion = "none"): HttpProblem =>
  new HttpProblem(409, { type: `urn:levain:problem:${answer}`, title: REASONS[answer].title, detail: REASONS[answer].detail.replace("{champion}", champion) });

const REASONS = {
  "no-champion": { title: "No champion", detail: "expected a product with a model that serves; train it first" },
  "another-champion": { title: "Another champion", detail: "expected the champion that was named, got {champion}; nothing was rolled back" },
  "nothing-before": { title: "Nothing before", detail: "expected a champion before this one; it is the product's first" },
  refused: { title: "Refused model", detail: "expected a model whose stored bytes are those that were written; it cannot serve" },
} as const;
