/**
 * What is a bake plan worth? Three cost ratios, each over the same forecasts. Where demand is simulated its true
 * distribution is known, and so is the least that any plan can cost: of products whose demand is a formula with noise,
 * and of the demo bakery, whose truth is drawn from a thousand other worlds with the same calendar. On tenant folders,
 * where only what was sold is known, the plan is held against "same weekday last week", product by product.
 * Usage: node bench/plan.mjs [--products 24] [--folders a,b] [--check] [--save]; LEVAIN_DATA_DIR names the folders' place.
 */
import { setMaxListeners } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prepare as build } from "../apps/cli/bin/prepare.mjs";

build();
const { machineLine, saveSection, tableOf, verdict } = await import("./report.mjs");
const { addDays, fromEpochDay, toEpochDay } = await import("@levain/calendar");
const { resolvePolicy } = await import("@levain/contracts");
const { demandClass, LEVELS, parseModel, predict } = await import("@levain/forecast");
const { cheapestBake, criticalRatio, demandOf } = await import("@levain/plan");
const { demoBakery } = await import("@levain/sandbox");
const { loadRunContext, readTenantFolder } = await import("@levain/sources");
const { computeFit, computeTune, prepare } = await import("@levain/training");
const dist = (file) => import(new URL(`../${file}`, import.meta.url).href);
const { simulateProduct } = await dist("packages/forecast/dist/simulated-product.js");
const { DEMO_PRODUCTS } = await dist("apps/sandbox/dist/demo-products.js");
const { unitsSold } = await dist("apps/sandbox/dist/simulated-demand.js");
const { simulateWorld } = await dist("apps/sandbox/dist/simulated-world.js");

const { values } = parseArgs({
  options: { products: { type: "string", default: "24" }, folders: { type: "string" }, check: { type: "boolean", default: false }, save: { type: "boolean", default: false } },
});
/** Money lost by a unit too many and by a unit too few: a roll hardly worth its flour, a loaf with a fair margin, one nobody is to leave without. */
const STAKES = [1, 3, 9].map((under) => ({ over: 1, under }));
const RULES = { traySize: 1, displayMin: 0 };
const HISTORY_DAYS = 730;
const HORIZON_DAYS = 14;
/** A week ahead, so that the same weekday last week is known for every day. */
const FOLDER_PLAN = { horizonDays: 7, cutoffs: 8, stepDays: 14 };
const LOSS_TO_TRUTH_MAX = 1.05;
const CHEAPER_SHARE_MIN = 0.85;
const policy = resolvePolicy();
const clock = () => performance.now();
const signal = new AbortController().signal;
setMaxListeners(0, signal);
const total = (numbers) => numbers.reduce((sum, each) => sum + each, 0);

const bars = [];
const sections = [machineLine(), formulas(), await demo(), ...(await folders())];
console.log(`\n${sections.join("\n\n")}\n`);
if (values.save) saveSection("plan", sections.join("\n\n"));
verdict(bars, values.check);

/** The quantiles of each day ahead, as a worker would train them and the producer would ask for them. */
function forecast(series, drivers, start, days) {
  const demand = demandClass(series, policy.demandClasses);
  const { tuned } = computeTune({ series, drivers, options: { demandClass: demand, trials: policy.trials[demand], plan: { ...policy.backtest, horizonDays: policy.horizonDays }, seed: policy.seed } }, clock);
  const ahead = { start, days, drivers, levels: LEVELS };
  const { artifact } = computeFit({ spec: tuned.spec, series, drivers, options: { backtest: tuned.backtest, seed: policy.seed }, ahead }, clock);
  const { values: rows } = predict(parseModel(artifact), ahead);
  return Array.from({ length: days }, (_, day) => demandOf(LEVELS, rows.map((row) => row[day])));
}

/** What the day costs in expectation over equally likely demands. */
function costOver(samples, { over, under }, quantity) {
  return total(samples.map((demand) => (demand < quantity ? over * (quantity - demand) : under * (demand - quantity)))) / samples.length;
}

/** One line per cost ratio. @param cases the forecast and the true demand's draws of each product and day: half of them to plan on, half to be judged on */
function againstTruth(name, cases) {
  const rows = STAKES.map((stakes) => {
    const ratio = criticalRatio(stakes);
    const ours = total(cases.map(({ demand, judged }) => costOver(judged, stakes, cheapestBake(demand, stakes, RULES).quantity)));
    const best = total(cases.map(({ known, judged }) => costOver(judged, stakes, known[Math.ceil(ratio * known.length) - 1])));
    const lastWeek = total(cases.map(({ before, judged }) => costOver(judged, stakes, before)));
    bars.push({ name: `${name}, critical ratio ${ratio}: cost to that of the true distribution`, value: ours / best, atMost: LOSS_TO_TRUTH_MAX });
    return [ratio.toFixed(2), (ours / cases.length).toFixed(2), (best / cases.length).toFixed(2), (ours / best).toFixed(3), (lastWeek / best).toFixed(3)];
  });
  return `### ${name}: ${cases.length} products' days\n\n${tableOf(["critical ratio", "cost a day", "of the truth", "ratio", "same weekday last week"], rows)}`;
}

/** Sorted halves of what was drawn. */
function halves(draws) {
  const sorted = (list) => list.toSorted((a, b) => a - b);
  return { known: sorted(draws.filter((_, i) => i % 2 === 0)), judged: sorted(draws.filter((_, i) => i % 2 === 1)) };
}

function formulas() {
  const levels = [6, 15, 40, 120, 300];
  const cases = Array.from({ length: Number(values.products) }, (_, i) => {
    const recipe = { seed: 100 + i, level: levels[i % levels.length], noise: [0.1, 0.2, 0.3][i % 3] };
    const { series, drivers, expectedOn } = simulateProduct({ ...recipe, days: HISTORY_DAYS });
    const start = series.start + HISTORY_DAYS;
    return forecast(series, drivers, start, HORIZON_DAYS).map((demand, day) => {
      const draws = Array.from({ length: 4_000 }, (_, draw) => drawn(expectedOn(start + day), recipe.noise, draw));
      return { demand, before: series.y[HISTORY_DAYS + day - 7 * Math.ceil((day + 1) / 7)], ...halves(draws) };
    });
  });
  return againstTruth("Products by formula", cases.flat());
}

/** As `simulateProduct` draws noise: four evens, here from a sequence that fills the cube evenly. */
function drawn(expected, noise, draw) {
  const even = [0.8566748838545029, 0.733891856627126, 0.6287067210378087, 0.5385972572236101].map((step) => ((draw + 1) * step) % 1);
  return Math.max(0, Math.round(expected * (1 + noise * (total(even) - 2) * Math.sqrt(3))));
}

async function demo() {
  const steady = DEMO_PRODUCTS.filter(({ stock, discontinued, firstBakedDaysAgo }) => stock === undefined && !discontinued && firstBakedDaysAgo === undefined);
  const cases = [];
  for (const cutoff of ["2025-10-12", "2026-01-25", "2026-04-12", "2026-06-14"]) {
    const bakery = demoBakery(cutoff);
    const loaders = { loadOpenDays: async (_, range) => bakery.openDays(range), loadWeather: async (_, range) => bakery.weather(range), loadTraffic: async (_, range) => bakery.traffic(range), loadEvents: async (_, range) => bakery.events(range) };
    const context = await loadRunContext({ ...bakery.tenant, missingDay: "zero-unless-shop-closed" }, policy, cutoff, loaders, signal);
    const last = toEpochDay(cutoff);
    const world = simulateWorld(1, bakery.tenant);
    const others = Array.from({ length: 1_000 }, (_, i) => ({ seed: 1_000 + i, world: simulateWorld(1_000 + i, bakery.tenant) }));
    for (const habits of steady) {
      const soldOn = (day) => unitsSold(habits, 1, world, day, last);
      const days = context.openDays.map(toEpochDay);
      const records = days.filter((day) => day <= last).map((day) => ({ day: fromEpochDay(day), quantity: soldOn(day) }));
      const own = bakery.productEvents(habits.id, { from: context.firstDay, until: context.lastDay });
      const { series, drivers, skip } = prepare({ kind: "daily", records, unreadable: { count: 0, examples: [] } }, context, "zero-unless-shop-closed", policy, own);
      if (skip !== null) continue;
      const open = days.filter((day) => day > last && day <= last + HORIZON_DAYS);
      const demands = forecast(series, drivers, last + 1, HORIZON_DAYS);
      for (const day of open) {
        const draws = others.map(({ seed, world: other }) => unitsSold(habits, seed, other, day, day));
        const before = day - 7 * Math.ceil((day - last) / 7);
        cases.push({ demand: demands[day - last - 1], before: world(before).isOpen ? soldOn(before) : soldOn(before - 7), ...halves(draws) });
      }
    }
  }
  return againstTruth("The demo bakery", cases);
}

/** Back-tested: what each plan would have cost on the days that came. */
async function folders() {
  const data = process.env.LEVAIN_DATA_DIR;
  const known = data && existsSync(data) ? readdirSync(data).filter((name) => existsSync(join(data, name, "tenant.json"))) : [];
  const asked = values.folders ? values.folders.split(",").filter((name) => known.includes(name)) : known;
  if (asked.length === 0) return ["No tenant folders: LEVAIN_DATA_DIR names none."];
  const { casesOf } = await dist("apps/cli/dist/backtest/cases.js");
  const { contextAt } = await dist("apps/cli/dist/backtest/context.js");
  const { openBacktestPool } = await dist("apps/cli/dist/backtest/backtest-pool.js");
  const pool = openBacktestPool(availableParallelism());
  const tables = [];
  for (const name of asked) tables.push(await measure(name, join(data, name), { casesOf, contextAt, pool }));
  await pool.close();
  return tables;
}

async function measure(name, path, { casesOf, contextAt, pool }) {
  const folder = await readTenantFolder(path);
  const sold = folder.products.map((product) => ({ product, sales: folder.salesOf(product.id) }));
  const units = (each) => total(each.sales.records.map(({ quantity }) => quantity));
  const ranked = sold.toSorted((a, b) => units(b) - units(a));
  const stride = Math.max(1, Math.floor(ranked.length / Number(values.products)));
  const chosen = ranked.filter((_, rank) => rank % stride === 0).slice(0, Number(values.products));
  const { missingDay } = folder.tenant;
  const cases = casesOf(chosen, folder.openDays, missingDay, folder.lastDay, FOLDER_PLAN);
  const contexts = new Map();
  for (const { cutoff } of cases) if (!contexts.has(cutoff)) contexts.set(cutoff, await contextAt(folder, policy, cutoff, "climatology", signal));
  const judged = (
    await Promise.all(
      cases.map(async ({ product, cutoff, ahead, actuals }) => {
        const context = contexts.get(cutoff);
        const all = folder.salesOf(product.id);
        const sales = { ...all, records: all.records.filter(({ day }) => day >= context.firstDay && day <= cutoff) };
        const { series, drivers, skip } = prepare(sales, context, missingDay, policy, folder.eventsOf(product.id));
        if (skip !== null || series === null) return [];
        const demand = demandClass(series, policy.demandClasses);
        const { tuned } = await pool.tune({ series, drivers, options: { demandClass: demand, trials: policy.trials[demand], plan: { ...policy.backtest, horizonDays: policy.horizonDays }, seed: policy.seed } }, signal);
        const request = { start: toEpochDay(cutoff) + 1, days: FOLDER_PLAN.horizonDays, drivers, levels: LEVELS };
        const { quantiles } = await pool.fit({ spec: tuned.spec, series, drivers, options: { backtest: tuned.backtest, seed: policy.seed }, ahead: request }, signal);
        const soldOn = new Map(sales.records.map(({ day, quantity }) => [day, Math.max(0, quantity)]));
        return ahead.flatMap((day, i) => {
          const column = toEpochDay(day) - quantiles.start;
          // A day on which the shop was closed a week before has its like the week before that.
          const before = [7, 14, 21].map((back) => soldOn.get(addDays(day, -back))).find((quantity) => quantity !== undefined) ?? 0;
          return [{ productId: product.id, actual: actuals[i], before, demand: demandOf(LEVELS, quantiles.values.map((row) => row[column])) }];
        });
      }),
    )
  ).flat();
  const rows = STAKES.map((stakes) => {
    const costs = new Map();
    for (const { productId, actual, before, demand } of judged) {
      const cost = costs.get(productId) ?? { ours: 0, lastWeek: 0 };
      cost.ours += costOver([actual], stakes, cheapestBake(demand, stakes, RULES).quantity);
      cost.lastWeek += costOver([actual], stakes, before);
      costs.set(productId, cost);
    }
    const each = [...costs.values()];
    const cheaper = each.filter(({ ours, lastWeek }) => ours < lastWeek).length / each.length;
    const ratio = total(each.map(({ ours }) => ours)) / total(each.map(({ lastWeek }) => lastWeek));
    const label = `${name}, critical ratio ${criticalRatio(stakes)}`;
    bars.push({ name: `${label}: cost to that of the same weekday last week`, value: ratio, atMost: 1 }, { name: `${label}: share of products that it is dearer for`, value: 1 - cheaper, atMost: 1 - CHEAPER_SHARE_MIN });
    return [criticalRatio(stakes).toFixed(2), ratio.toFixed(3), `${(100 * cheaper).toFixed(0)} %`, each.length];
  });
  return `### ${name}: ${judged.length} products' days\n\n${tableOf(["critical ratio", "cost to last week's", "products cheaper", "products"], rows)}`;
}
