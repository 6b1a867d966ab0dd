import { ModelCard } from "@levain/contracts";
import type { FastifyReply, FastifyRequest } from "fastify";
import { tenantOf } from "../auth.js";
import { modelCard } from "../card/model-card.js";
import { CARD_CSP, cardPage } from "../card/page.js";
import type { ProducerDeps } from "../deps.js";
import { missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfModel } from "./addresses.js";

type CardDeps = Pick<ProducerDeps, "findProduct" | "modelWithEvidence">;

/** The card of a model: data, or a page for those who ask for one. */
export function showCard(server: Server, deps: CardDeps): void {
  const config = { access: "tenant", isForBrowsers: true } as const;
  const description =
    "The model with its lineage and scores, the last weeks and the forecast with its bands, what each day ahead is made of, the back-test by fold and what was left by weekday.";
  const url = "/v1/tenants/:tenantId/products/:productId/models/:modelId/card";
  server.route({
    method: "GET",
    url,
    config,
    schema: {
      operationId: "showCard",
      tags: ["models"],
      summary: "A model's card, as JSON or as a page",
      description: `${description} The page is answered where \`Accept\` prefers \`text/html\`.`,
      params: OfModel,
      response: { 200: ModelCard, ...PROBLEMS },
    },
    handler: async (request, reply) => {
      const card = await cardAt(request, request.params, deps);
      return prefersPage(request) ? sendPage(reply, card) : card;
    },
  });
  server.route({
    method: "GET",
    url: `${url}.html`,
    config,
    schema: { operationId: "showCardPage", tags: ["models"], summary: "A model's card as a page that needs nothing else", description, params: OfModel, response: { ...PROBLEMS } },
    handler: async (request, reply) => sendPage(reply, await cardAt(request, request.params, deps)),
  });
}

type Params = { readonly tenantId: string; readonly productId: string; readonly modelId: string };

async function cardAt(request: FastifyRequest, { tenantId, productId, modelId }: Params, deps: CardDeps): Promise<ModelCard> {
  const [product, found] = await Promise.all([deps.findProduct(tenantId, productId), deps.modelWithEvidence(tenantId, productId, modelId)]);
  if (!product || !found) throw missing("model of this product");
  return modelCard({ product: { id: product.id, name: product.name }, unit: tenantOf(request).unit, ...found });
}

/** A browser names HTML before anything else; other clients name JSON, or nothing. */
const prefersPage = ({ headers }: FastifyRequest): boolean => /^\s*text\/html\b/.test(headers.accept ?? "");

const sendPage = (reply: FastifyReply, card: ModelCard): FastifyReply =>
  reply.headers({ "content-security-policy": CARD_CSP }).type("text/html; charset=utf-8").send(cardPage(card));
