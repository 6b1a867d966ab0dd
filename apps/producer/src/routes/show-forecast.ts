import { ForecastView, type DailyForecast } from "@levain/contracts";
import { tenantOf } from "../auth.js";
import type { ProducerDeps } from "../deps.js";
import { HttpProblem, missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfProduct } from "./addresses.js";

export function showForecast(server: Server, deps: Pick<ProducerDeps, "findProduct" | "servingModel">): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/products/:productId/forecast",
    config: { access: "tenant" },
    schema: {
      operationId: "showForecast",
      tags: ["products"],
      summary: "How many to bake: median and 80 % interval per day",
      description: "From the model that serves. A model whose stored bytes do not verify is refused and named; the one before it serves.",
      params: OfProduct,
      response: { 200: ForecastView, ...PROBLEMS },
    },
    handler: async (request) => {
      const { tenantId, productId } = request.params;
      const serving = await deps.servingModel(tenantId, productId);
      if (!serving) throw (await deps.findProduct(tenantId, productId)) ? noModelYet() : missing("product");
      const { id, family, version, cutoff, trainedAt, absentSources } = serving.model;
      return {
        productId,
        unit: tenantOf(request).unit,
        model: { id, family, version, cutoff, trainedAt, absentSources },
        refusedModels: [...serving.refused],
        days: daysOf(serving.forecast),
      };
    },
  });
}

const noModelYet = (): HttpProblem =>
  new HttpProblem(404, { type: "urn:levain:problem:no-model", title: "No model", detail: "expected a product with a model that serves; train it first" });

function daysOf({ days, levels, values }: DailyForecast): ForecastView["days"] {
  const quantile = (level: number) => {
    const column = values[levels.findIndex((each) => Math.abs(each - level) < 1e-9)];
    return (day: number): number => {
      const value = column?.[day];
      if (value === undefined) throw new Error(`expected a forecast with the quantile ${level} on every day, got the quantiles ${levels.join(", ")}`);
      return value;
    };
  };
  const [low80, median, high80] = [quantile(0.1), quantile(0.5), quantile(0.9)];
  return days.map((day, index) => ({ day, median: median(index), low80: low80(index), high80: high80(index) }));
}
