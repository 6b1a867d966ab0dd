import { toEpochDay } from "@levain/calendar";
import { WhatIfRequest, WhatIfView, type ForecastComponent } from "@levain/contracts";
import { tenantOf } from "../auth.js";
import type { ProducerDeps } from "../deps.js";
import type { ProjectedDay, Projectors } from "../forecasts/project.js";
import { dayOf, headOf, levelsOf, problemOf, weatherUsed } from "../forecasts/view.js";
import { InvalidRequest } from "../invalid-request.js";
import { missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfProduct } from "./addresses.js";

export function askWhatIf(server: Server, deps: Pick<ProducerDeps, "servedProduct" | "now">, projectors: Projectors): void {
  server.route({
    method: "POST",
    url: "/v1/tenants/:tenantId/products/:productId/forecast/what-if",
    config: { access: "tenant" },
    schema: {
      operationId: "askWhatIf",
      tags: ["products"],
      summary: "What the forecast would be with other weather, a promotion or a closed day",
      description: "Changes nothing. Each day is shown beside the forecast as it stands, with what the difference is made of.",
      params: OfProduct,
      body: WhatIfRequest,
      response: { 200: WhatIfView, ...PROBLEMS },
    },
    handler: async (request) => {
      const { tenantId, productId } = request.params;
      const { days: assumed, horizon, quantiles } = request.body;
      const { unit, missingDay } = tenantOf(request);
      const product = await deps.servedProduct(tenantId, productId);
      if (!product) throw missing("product");
      const projector = projectors(tenantId);
      const asked = { quantiles, components: true };
      const ask = { levels: levelsOf(asked), horizonDays: horizon, explains: true };
      const standing = await projector.project(product, missingDay, ask);
      if ("unavailable" in standing) throw problemOf(standing);
      refuseUnknown(assumed, standing.days, projector.driversKnown(product));
      const projection = await projector.project(product, missingDay, { ...ask, assumed });
      if ("unavailable" in projection) throw problemOf(projection);
      return {
        ...headOf(productId, unit, projection.serving, weatherUsed(projection.weatherIssuedAt, deps.now())),
        calendarUntil: projection.calendarUntil,
        days: projection.days.map((each, i) => {
          const before = standing.days[i] ?? each;
          const [shown, stood] = [dayOf(each, projection.levels, asked), dayOf(before, standing.levels, {})];
          return {
            ...shown,
            standing: { median: stood.median, low80: stood.low80, high80: stood.high80 },
            difference: { units: shown.median - stood.median, components: differenceOf(each.components, before.components) },
          };
        }),
      };
    },
  });
}

/** @throws InvalidRequest naming the days that are not forecast, or doubly changed, and the drivers that the model knows nothing of */
function refuseUnknown(assumed: WhatIfRequest["days"], days: readonly ProjectedDay[], known: readonly string[]): void {
  const [first, last] = [days[0]?.day ?? "", days.at(-1)?.day ?? ""];
  const errors = assumed.flatMap(({ day, drivers = {} }, i) => [
    ...(toEpochDay(day) < toEpochDay(first) || toEpochDay(day) > toEpochDay(last) ? [{ path: `body.days[${i}].day`, expected: `a day from ${first} to ${last}`, received: day }] : []),
    ...(assumed.findIndex((each) => each.day === day) < i ? [{ path: `body.days[${i}].day`, expected: "each day once", received: day }] : []),
    ...Object.keys(drivers)
      .filter((name) => !known.includes(name))
      .map((name) => ({ path: `body.days[${i}].drivers.${name}`, expected: known.length === 0 ? "no driver: this model knows weekdays and levels alone" : `one of ${known.join(", ")}, from which the model has learnt`, received: name })),
  ]);
  if (errors.length > 0) throw new InvalidRequest(errors);
}

/** Units below which a component has not changed. */
const ROUNDING = 1e-9;

/** Component by component what is there now less what was there before. */
function differenceOf(now: readonly ForecastComponent[], before: readonly ForecastComponent[]): ForecastComponent[] {
  const changes = new Map<string, ForecastComponent>();
  for (const [components, sign] of [[now, 1], [before, -1]] as const) {
    for (const { kind, name, units } of components) {
      const key = `${kind} ${name}`;
      changes.set(key, { kind, name, units: (changes.get(key)?.units ?? 0) + sign * units });
    }
  }
  return [...changes.values()].filter(({ units }) => Math.abs(units) > ROUNDING);
}
