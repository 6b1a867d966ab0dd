/**
 * What is a bake plan worth? Three cost ratios, each over the same forecasts. Where demand is simulated its true
 * distribution is known, and so is the least that any plan can cost: of products whose demand is a formula with noise,
 * and of the demo bakery, whose truth is drawn from a thousand other worlds with the same calendar. Each is simulated in
 * several worlds, since the luck of one moves the ratio by more than the bar leaves room for; the bar is on their mean. On tenant folders,
 * where only what was sold is known, the plan is held against "same weekday last week", product by product.
 * Usage: node bench/plan.mjs [--worlds 8] [--products 24] [--folders a,b] [--check] [--save]; LEVAIN_DATA_DIR names the folders' place.
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
const { cheapestBake, criticalRatio, demandOf, expectedLost, quantileOf } = await import("@levain/plan");
const { demoBakery } = await import("@levain/sandbox");
const { loadRunContext, readTenantFolder } = await import("@levain/sources");
const { computeFit, computeTune, prepare } = await import("@levain/training");
const dist = (file) => import(new URL(`../${file}`, import.meta.url).href);
const { simulateProduct } = await dist("packages/forecast/dist/simulated-product.js");
const { DEMO_PRODUCTS } = await dist("apps/sandbox/dist/demo-products.js");
const { unitsSold } = await dist("apps/sandbox/dist/simulated-demand.js");
const { simulateWorld } = await dist("apps/sandbox/dist/simulated-world.js");

const { values } = parseArgs({
  options: { worlds: { type: "string", default: "8" }, products: { type: "string", default: "24" }, folders: { type: "string" }, check: { type: "boolean", default: false }, save: { type: "boolean", default: false } },
});
/** Money lost by a unit too many and by a unit too few: a roll hardly worth its flour, a loaf with a fair margin, one nobody is to leave without. */
const STAKES = [1, 3, 9].map((under) => ({ over: 1, under }));
const RULES = { traySize: 1, displayMin: 0 };
const HISTORY_DAYS = 730;
const HORIZON_DAYS = 14;
/** A week ahead, so that the same weekday last week is known for every day. */
const FOLDER_PLAN = { horizonDays: 7, cutoffs: 8, stepDays: 14 };
const LOSS_TO_TRUTH_MAX = 1.05;
/** Of products: the plan is to be cheaper for 85 of a hundred, of all folders and of each. */
const NOT_CHEAPER_SHARE_MAX = 0.15;
const policy = resolvePolicy();
const clock = () => performance.now();
const signal = new AbortController().signal;
setMaxListeners(0, signal);
const total = (numbers) => numbers.reduce((sum, each) => sum + each, 0);
const mean = (numbers) => total(numbers) / numbers.length;
const WORLDS = Array.from({ length: Number(values.worlds) }, (_, i) => 1 + i);

const bars = [];
const COUNTS = ["products cheaper", "products", "clearly cheaper", "clearly dearer"];
/** By critical ratio, of each product of all folders what `comparedOf` tells. */
const together = new Map();
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

/**
 * One line per cost ratio: the mean over the worlds of the cost to that of the truth, and how far they lie apart. A ratio is also told of our
 * distribution moved onto the true mean, which leaves what our spread costs, and of the true one moved onto our mean, which leaves what
 * our middle costs. What is reached is the share of the true days for which the plan was enough: it is the critical ratio where quantiles are not biased.
 * @param worlds of each the seed, and of each product and day the forecast and the true demand's draws: half of them to plan on, half to be judged on
 */
function againstTruth(name, worlds) {
  const rows = STAKES.map((stakes) => {
    const ratio = criticalRatio(stakes);
    const each = worlds.map(({ cases }) => {
      const costs = cases.map(({ demand, known, judged, before }) => {
        const quantity = cheapestBake(demand, stakes, RULES).quantity;
        const [best, shift] = [known[Math.ceil(ratio * known.length) - 1], mean(known) - expectedLost(demand, 0)];
        return {
          ours: costOver(judged, stakes, quantity),
          best: costOver(judged, stakes, best),
          lastWeek: costOver(judged, stakes, before),
          spreadOnly: costOver(judged, stakes, Math.max(0, quantileOf(demand, ratio) + shift)),
          middleOnly: costOver(judged, stakes, Math.max(0, best - shift)),
          reached: mean(judged.map((drawn) => (drawn < quantity ? 1 : drawn === quantity ? 0.5 : 0))),
        };
      });
      const sum = (key) => total(costs.map((cost) => cost[key]));
      return { ours: sum("ours") / cases.length, best: sum("best") / cases.length, toBest: sum("ours") / sum("best"), spreadOnly: sum("spreadOnly") / sum("best"), middleOnly: sum("middleOnly") / sum("best"), lastWeek: sum("lastWeek") / sum("best"), reached: sum("reached") / cases.length };
    });
    const over = (key) => mean(each.map((world) => world[key]));
    const ratios = each.map(({ toBest }) => toBest);
    bars.push({ name: `${name}, critical ratio ${ratio}: cost to that of the true distribution, mean of ${worlds.length} worlds`, value: over("toBest"), atMost: LOSS_TO_TRUTH_MAX });
    const apart = Math.sqrt(total(ratios.map((each) => (each - mean(ratios)) ** 2)) / Math.max(1, ratios.length - 1));
    return [ratio.toFixed(2), over("ours").toFixed(2), over("best").toFixed(2), over("toBest").toFixed(3), apart.toFixed(3), `${Math.min(...ratios).toFixed(3)}–${Math.max(...ratios).toFixed(3)}`, over("spreadOnly").toFixed(3), over("middleOnly").toFixed(3), over("reached").toFixed(3), over("lastWeek").toFixed(3)];
  });
  const header = ["critical ratio", "cost a day", "of the truth", "ratio, mean", "standard deviation", "of a world", "our spread alone", "our middle alone", "enough on", "same weekday last week"];
  return `### ${name}: ${total(worlds.map(({ cases }) => cases.length))} products' days in worlds of seeds ${worlds[0].seed} to ${worlds.at(-1).seed}\n\n${tableOf(header, rows)}`;
}

/** Sorted halves of what was drawn. */
function halves(draws) {
  const sorted = (list) => list.toSorted((a, b) => a - b);
  return { known: sorted(draws.filter((_, i) => i % 2 === 0)), judged: sorted(draws.filter((_, i) => i % 2 === 1)) };
}

function formulas() {
  const levels = [6, 15, 40, 120, 300];
  const products = Array.from({ length: Number(values.products) }, (_, i) => i);
  const casesOf = (world) => products.flatMap((i) => {
    const recipe = { seed: 100 * world + i, level: levels[i % levels.length], noise: [0.1, 0.2, 0.3][i % 3] };
    const { series, drivers, expectedOn } = simulateProduct({ ...recipe, days: HISTORY_DAYS });
    const start = series.start + HISTORY_DAYS;
    return forecast(series, drivers, start, HORIZON_DAYS).map((demand, day) => {
      const draws = Array.from({ length: 4_000 }, (_, draw) => drawn(expectedOn(start + day), recipe.noise, draw));
      return { demand, before: series.y[HISTORY_DAYS + day - 7 * Math.ceil((day + 1) / 7)], ...halves(draws) };
    });
  });
  return againstTruth("Products by formula", WORLDS.map((seed) => ({ seed, cases: casesOf(seed) })));
}

/** As `simulateProduct` draws noise: four evens, here from a sequence that fills the cube evenly. */
function drawn(expected, noise, draw) {
  const even = [0.8566748838545029, 0.733891856627126, 0.6287067210378087, 0.5385972572236101].map((step) => ((draw + 1) * step) % 1);
  return Math.max(0, Math.round(expected * (1 + noise * (total(even) - 2) * Math.sqrt(3))));
}

async function demo() {
  const steady = DEMO_PRODUCTS.filter(({ stock, discontinued, firstBakedDaysAgo }) => stock === undefined && !discontinued && firstBakedDaysAgo === undefined);
  const worlds = WORLDS.map((seed) => ({ seed, cases: [] }));
  for (const cutoff of ["2025-10-12", "2026-01-25", "2026-04-12", "2026-06-14"]) {
    const last = toEpochDay(cutoff);
    const others = Array.from({ length: 1_000 }, (_, i) => ({ seed: 1_000 + i, world: simulateWorld(1_000 + i, demoBakery(cutoff).tenant) }));
    /** The same in each world, whose calendar is one. */
    const drawnOn = new Map(steady.map(({ id }) => [id, new Map()]));
    for (const { seed, cases } of worlds) {
      const bakery = demoBakery(cutoff, seed);
      const loaders = { loadOpenDays: async (_, range) => bakery.openDays(range), loadWeather: async (_, range) => bakery.weather(range), loadTraffic: async (_, range) => bakery.traffic(range), loadEvents: async (_, range) => bakery.events(range) };
      const context = await loadRunContext({ ...bakery.tenant, missingDay: "zero-unless-shop-closed" }, policy, cutoff, loaders, signal);
      const world = simulateWorld(seed, bakery.tenant);
      for (const habits of steady) {
        const soldOn = (day) => unitsSold(habits, seed, world, day, last);
        const days = context.openDays.map(toEpochDay);
        const records = days.filter((day) => day <= last).map((day) => ({ day: fromEpochDay(day), quantity: soldOn(day) }));
        const own = bakery.productEvents(habits.id, { from: context.firstDay, until: context.lastDay });
        const { series, drivers, skip } = prepare({ kind: "daily", records, unreadable: { count: 0, examples: [] } }, context, "zero-unless-shop-closed", policy, own);
        if (skip !== null) continue;
        const demands = forecast(series, drivers, last + 1, HORIZON_DAYS);
        const drawn = drawnOn.get(habits.id);
        for (const day of days.filter((each) => each > last && each <= last + HORIZON_DAYS)) {
          if (!drawn.has(day)) drawn.set(day, halves(others.map(({ seed: other, world: elsewhere }) => unitsSold(habits, other, elsewhere, day, day))));
          const before = day - 7 * Math.ceil((day - last) / 7);
          cases.push({ demand: demands[day - last - 1], before: world(before).isOpen ? soldOn(before) : soldOn(before - 7), ...drawn.get(day) });
        }
      }
    }
  }
  return againstTruth("The demo bakery", worlds);
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
  const rows = STAKES.map((stakes) => {
    const all = together.get(criticalRatio(stakes));
    bars.push({ name: `all folders, critical ratio ${criticalRatio(stakes)}: share of products that it is not cheaper for`, value: 1 - cheaperShare(all), atMost: NOT_CHEAPER_SHARE_MAX });
    return [criticalRatio(stakes).toFixed(2), ...countsOf(all)];
  });
  return [...tables, `### All folders\n\n${tableOf(["critical ratio", ...COUNTS], rows)}`];
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
          return [{ cutoff, productId: product.id, actual: actuals[i], before, demand: demandOf(LEVELS, quantiles.values.map((row) => row[column])) }];
        });
      }),
    )
  ).flat();
  const rows = STAKES.map((stakes) => {
    const each = comparedOf(judged, stakes);
    together.set(criticalRatio(stakes), [...(together.get(criticalRatio(stakes)) ?? []), ...each]);
    const ratio = total(each.map(({ ours }) => ours)) / total(each.map(({ lastWeek }) => lastWeek));
    const cheaper = cheaperShare(each);
    const label = `${name}, critical ratio ${criticalRatio(stakes)}`;
    bars.push({ name: `${label}: cost to that of the same weekday last week`, value: ratio, atMost: 1 }, { name: `${label}: share of products that it is not cheaper for`, value: 1 - cheaper, atMost: NOT_CHEAPER_SHARE_MAX });
    return [criticalRatio(stakes).toFixed(2), ratio.toFixed(3), ...countsOf(each)];
  });
  return `### ${name}: ${judged.length} products' days\n\n${tableOf(["critical ratio", "cost to last week's", ...COUNTS], rows)}`;
}

/** What each product cost by either plan. Where neither lost anything, as of what nobody asked for any more and neither baked, there is nothing to compare. */
function comparedOf(judged, stakes) {
  const products = new Map();
  for (const { productId, cutoff, actual, before, demand } of judged) {
    const product = products.get(productId) ?? { ours: 0, lastWeek: 0, saved: new Map() };
    const [ours, lastWeek] = [costOver([actual], stakes, cheapestBake(demand, stakes, RULES).quantity), costOver([actual], stakes, before)];
    products.set(productId, product);
    product.ours += ours;
    product.lastWeek += lastWeek;
    product.saved.set(cutoff, (product.saved.get(cutoff) ?? 0) + lastWeek - ours);
  }
  return [...products.values()].filter(({ ours, lastWeek }) => ours > 0 || lastWeek > 0);
}

function cheaperShare(products) {
  return products.filter(({ ours, lastWeek }) => ours < lastWeek).length / products.length;
}

/** Clearly is by more than two standard errors of the mean over the cutoffs, of which it takes three. */
function countsOf(products) {
  const scores = products.map(({ saved }) => {
    const each = [...saved.values()];
    return each.length < 3 ? 0 : mean(each) / Math.sqrt(total(each.map((value) => (value - mean(each)) ** 2)) / (each.length - 1) / each.length);
  });
  return [`${(100 * cheaperShare(products)).toFixed(0)} %`, products.length, scores.filter((score) => score > 2).length, scores.filter((score) => score < -2).length];
}
