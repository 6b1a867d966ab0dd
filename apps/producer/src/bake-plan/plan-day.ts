/** One day's bake plan of one tenant: forecasts, economics, ovens and what people decided, put together. */
import { setImmediate } from "node:timers/promises";
import { addDays, toEpochDay } from "@levain/calendar";
import type { BakePlanItem, BakePlanView, BusinessDay, ProductEconomics, Tenant, Unplanned } from "@levain/contracts";
import type { ServedProduct } from "@levain/db";
import { LEVELS } from "@levain/forecast";
import { chanceToSellOut, cheapestBake, demandOf, expectedCost, expectedLost, expectedWaste, fitIntoOven, quantileOf, stakesOf, type BakeableProduct } from "@levain/plan";
import { DAYS_AHEAD_MAX, reachesBeyond } from "@levain/training";
import type { ProducerDeps } from "../deps.js";
import type { Projector } from "../forecasts/project.js";
import { weatherUsed } from "../forecasts/view.js";
import { HttpProblem } from "../problem.js";

export type PlanDeps = Pick<ProducerDeps, "servedProducts" | "tenantEconomics" | "productEconomics" | "overrides" | "newestWeatherAhead" | "now">;

type Candidate = { readonly product: ServedProduct; readonly bakeable: BakeableProduct; readonly ovenGroup: string | undefined };

/** Products read in one statement. */
const PAGE = 200;

/** @throws HttpProblem 409 where nobody has set the tenant's currency */
export async function planDay(tenant: Tenant, date: BusinessDay, deps: PlanDeps, projector: Projector): Promise<BakePlanView> {
  const [economics, ofProducts, decided, weather] = await Promise.all([deps.tenantEconomics(tenant.id), deps.productEconomics(tenant.id), deps.overrides(tenant.id, date), deps.newestWeatherAhead(tenant.id)]);
  if (!economics) throw new HttpProblem(409, { type: "urn:levain:problem:no-economics", title: "No economics", detail: "expected a tenant with a currency, prices and costs; put its economics first" });
  const overrides = new Map(decided.map(({ productId, quantity, reason }) => [productId, { quantity, reason }]));

  const candidates: Candidate[] = [];
  const unplanned: BakePlanView["unplanned"] = [];
  for await (const product of productsOf(tenant.id, deps)) {
    const costs = { ...economics.defaults, ...ofProducts.get(product.id) };
    const planned = await candidateOf(product, costs, tenant, date, projector);
    if (typeof planned === "string") unplanned.push({ productId: product.id, productName: product.name, reason: planned, override: overrides.get(product.id) ?? null });
    else candidates.push(planned);
  }

  const advised = new Map(candidates.map(({ product, bakeable }) => [product.id, bakeable.quantity]));
  for (const { name, placesPerDay } of economics.ovenGroups) {
    const together = candidates.filter(({ ovenGroup }) => ovenGroup === name);
    const fitting = fitIntoOven(together.map(({ bakeable }) => bakeable), { capacity: placesPerDay });
    for (const [i, { product }] of together.entries()) advised.set(product.id, fitting[i]?.quantity ?? 0);
  }

  const items = candidates.map((candidate) => itemOf(candidate, advised.get(candidate.product.id) ?? 0, overrides.get(candidate.product.id) ?? null));
  const quantities = new Map(items.map(({ productId, quantity }) => [productId, quantity]));
  const total = (of: (item: BakePlanItem) => number) => items.reduce((sum, item) => sum + of(item), 0);
  return {
    date,
    currency: economics.currency,
    unit: tenant.unit,
    weather: weatherUsed(weather && reachesBeyond(weather, addDays(date, -1)) ? weather.issuedAt : null, deps.now()),
    items,
    unplanned,
    ovens: economics.ovenGroups.map(({ name, placesPerDay }) => ({
      name,
      placesPerDay,
      placesUsed: candidates.reduce((sum, { product, ovenGroup, bakeable }) => sum + (ovenGroup === name ? (quantities.get(product.id) ?? 0) * bakeable.placesPerUnit : 0), 0),
    })),
    totals: {
      quantity: total((item) => item.quantity),
      expectedWaste: total((item) => item.expectedWaste),
      expectedLost: total((item) => item.expectedLost),
      expectedCost: total((item) => item.expectedCost),
    },
  };
}

/** All products that are still sold. Between pages the process gets to answer others. */
async function* productsOf(tenantId: string, deps: PlanDeps): AsyncGenerator<ServedProduct> {
  let cursor: string | undefined;
  do {
    const page = await deps.servedProducts(tenantId, { limit: PAGE, cursor });
    for (const [i, product] of page.items.entries()) {
      if (i % 8 === 0) await setImmediate();
      if (!product.isDiscontinued) yield product;
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

async function candidateOf(product: ServedProduct, costs: ProductEconomics, tenant: Tenant, date: BusinessDay, projector: Projector): Promise<Candidate | Unplanned> {
  const projection = await projector.project(product, tenant.missingDay, { levels: LEVELS, horizonDays: daysUntil(product, date), explains: false });
  if ("unavailable" in projection) return projection.unavailable === "beyond-calendar" ? "beyond-horizon" : projection.unavailable;
  const day = projection.days.find((each) => each.day === date);
  if (!day) return "beyond-horizon";
  if (!day.isOpen) return "closed";
  const { unitPrice, unitCost, wasteValue = 0, goodwillLoss = 0, traySize = 1, displayMin = 0, placesPerUnit = 1, ovenGroup } = costs;
  if (unitPrice === undefined || unitCost === undefined) return "no-economics";
  if (wasteValue >= unitCost) return "leftovers-pay";
  const demand = demandOf(LEVELS, day.values);
  const stakes = stakesOf({ unitPrice, unitCost, wasteValue, goodwillLoss });
  const rules = { traySize, displayMin };
  return { product, ovenGroup, bakeable: { ...cheapestBake(demand, stakes, rules), ...rules, demand, stakes, placesPerUnit } };
}

/** As far ahead as the date lies, within what a model may be asked. */
const daysUntil = ({ serving }: ServedProduct, date: BusinessDay): number =>
  Math.min(DAYS_AHEAD_MAX, Math.max(1, serving ? toEpochDay(date) - toEpochDay(serving.model.cutoff) : 1));

function itemOf({ product, bakeable }: Candidate, advised: number, override: BakePlanItem["override"]): BakePlanItem {
  const { demand, stakes, traySize } = bakeable;
  const quantity = override?.quantity ?? advised;
  return {
    productId: product.id,
    productName: product.name,
    quantity,
    advised,
    trays: quantity / traySize,
    traySize,
    isHeldBackByOven: advised < bakeable.quantity,
    override,
    median: quantileOf(demand, 0.5),
    chanceToSellOut: chanceToSellOut(demand, quantity),
    expectedWaste: expectedWaste(demand, quantity),
    expectedLost: expectedLost(demand, quantity),
    expectedCost: expectedCost(demand, stakes, quantity),
    modelId: product.serving?.model.id ?? "",
  };
}
