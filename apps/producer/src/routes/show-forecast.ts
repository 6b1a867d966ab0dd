import { ForecastQuery, ForecastView, type DailyForecast } from "@levain/contracts";
import { tenantOf } from "../auth.js";
import type { ProducerDeps } from "../deps.js";
import type { Projectors } from "../forecasts/project.js";
import { headOf, levelsOf, noModelYet, problemOf, viewOf, weatherUsed } from "../forecasts/view.js";
import { missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfProduct } from "./addresses.js";

export function showForecast(server: Server, deps: Pick<ProducerDeps, "findProduct" | "storedForecast" | "servedProduct" | "now">, projectors: Projectors): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/products/:productId/forecast",
    config: { access: "tenant" },
    schema: {
      operationId: "showForecast",
      tags: ["products"],
      summary: "How many to bake: median and 80 % interval per day",
      description:
        "From the model that serves. A model whose stored bytes do not verify is refused and named; the one before it serves. Without options it is the forecast as it was stored, by the training or by the last of the daily weather forecasts; with them it is computed with the newest: any quantiles, up to 28 days after the model's cutoff, and what each day is made of.",
      params: OfProduct,
      querystring: ForecastQuery,
      response: { 200: ForecastView, ...PROBLEMS },
    },
    handler: async (request) => {
      const { tenantId, productId } = request.params;
      const { unit, missingDay } = tenantOf(request);
      if (Object.keys(request.query).length > 0) {
        const product = await deps.servedProduct(tenantId, productId);
        if (!product) throw missing("product");
        const { query: asked } = request;
        const projection = await projectors(tenantId).project(product, missingDay, { levels: levelsOf(asked), horizonDays: asked.horizon, explains: asked.components ?? false });
        if ("unavailable" in projection) throw problemOf(projection);
        return viewOf(productId, unit, projection, asked, deps.now());
      }
      const stored = await deps.storedForecast(tenantId, productId);
      if (!stored) throw (await deps.findProduct(tenantId, productId)) ? noModelYet() : missing("product");
      const weather = weatherUsed(stored.issued.weatherIssuedAt?.toISOString() ?? null, deps.now());
      return { ...headOf(productId, unit, stored, weather), days: daysOf(stored.issued.forecast) };
    },
  });
}

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
