/**
 * What does a night of corrupted sales do to the model that serves? Simulated bakeries of ten products, whose demand is
 * known, each product with a champion of the day before; then a night on which the till tells zeros, days doubled, dates
 * shifted or nothing at all, and one on which it tells the truth. Zeros are lost product by product, whatever else goes wrong
 * does so for the whole shop. A night is a product's; one on which nothing was changed for it is not counted. A promotion is
 * harmful when the new champion's pinball loss over the next fourteen days, on draws of the true demand, is more than 5 %
 * above its predecessor's. Each night is decided with what is held against its sales and without. Lasting changes that are
 * genuine say how long they are held.
 * Usage: node bench/nights.mjs [--nights 1000] [--seed 1] [--check] [--save]
 */
import { setMaxListeners } from "node:events";
import { parseArgs } from "node:util";
import { prepare as build } from "../apps/cli/bin/prepare.mjs";

build();
const { machineLine, saveSection, tableOf, verdict } = await import("./report.mjs");
const { addDays, fromEpochDay, toEpochDay } = await import("@levain/calendar");
const { resolvePolicy } = await import("@levain/contracts");
const { parseModel, predict } = await import("@levain/forecast");
const { demoBakery } = await import("@levain/sandbox");
const { loadRunContext } = await import("@levain/sources");
const { computeFit, computeJudgement, computeTune, driversAhead, HELD_DAYS_MAX, noneChance, prepare, trainProduct, whyHeld, whyShopHeld } = await import("@levain/training");
const dist = (file) => import(new URL(`../apps/sandbox/dist/${file}`, import.meta.url).href);
const { chanceOf } = await dist("chance.js");
const { fleetProducts } = await dist("fleet-products.js");
const { simulateBakery } = await dist("simulated-bakery.js");
const { unitsSold } = await dist("simulated-demand.js");
const { simulateWorld } = await dist("simulated-world.js");

const { values } = parseArgs({
  options: { nights: { type: "string", default: "1000" }, seed: { type: "string", default: "1" }, check: { type: "boolean", default: false }, save: { type: "boolean", default: false } },
});
const seed = Number(values.seed);
const HISTORY_DAYS = 400;
const PRODUCTS_PER_BAKERY = 10;
const HARMFUL_ABOVE = 1.05;
const CLEAN_HELD_SHARE_MAX = 0.05;
/** Draws of each day's true demand. */
const DRAWS = 40;
const LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9];
const MISSING_DAY = "zero-unless-shop-closed";
const policy = resolvePolicy();
const clock = () => performance.now();
const signal = new AbortController().signal;
setMaxListeners(0, signal);
const total = (numbers) => numbers.reduce((sum, each) => sum + each, 0);

/** Each draws what goes wrong at the shop on one night, and returns how it tells a product's true quantity of a day. */
const CORRUPTIONS = {
  zeros: (chance, cutoff) => {
    const [share, from] = [0.1 + 0.4 * chance(), cutoff - 10 - Math.floor(190 * chance())];
    return (sold, id) => (day) => (day >= from && chanceOf(seed, "zeros", id, cutoff, day)() < share ? 0 : sold(day));
  },
  "doubled days": (chance, cutoff) => {
    const [days, back] = [3 + Math.floor(120 * chance() ** 2), Math.floor(3 * chance())];
    return (sold) => (day) => sold(day) * (day > cutoff - back - days && day <= cutoff - back ? 2 : 1);
  },
  "shifted dates": (chance) => {
    const by = (chance() < 0.5 ? -1 : 1) * (chance() < 0.7 ? 1 : 2);
    return (sold) => (day) => sold(day + by);
  },
  "a dead till": (chance, cutoff) => {
    const days = 1 + Math.floor(10 * chance());
    return (sold) => (day) => (day > cutoff - days ? 0 : sold(day));
  },
  none: () => (sold) => sold,
};

const perKind = Math.ceil(Number(values.nights) / (Object.keys(CORRUPTIONS).length - 1));
const counts = new Map(Object.keys(CORRUPTIONS).map((kind) => [kind, { nights: 0, held: 0, promoted: 0, harmful: 0, unguarded: 0, harmfulUnguarded: 0 }]));
/** Genuine changes, as factors of every day from one day on, and the nights for which each product's challenger was held. */
const LASTING = { "30 % more": 1.3, "30 % less": 0.7, "a rebuilt shop, twice as much": 2 };
const heldNights = new Map(Object.keys(LASTING).map((change) => [change, []]));
const NIGHTS_FOLLOWED = 14;
for (let bakery = 0; [...counts.values()].some(({ nights }) => nights < perKind); bakery += 1) await nightsOf(bakery);

const rows = [...counts].map(([kind, { nights, held, promoted, harmful, unguarded, harmfulUnguarded }]) => [kind, nights, unguarded, harmfulUnguarded, held, promoted, harmful]);
const corrupted = [...counts].filter(([kind]) => kind !== "none").map(([, count]) => count);
const clean = counts.get("none");
const share = clean.held / clean.nights;
const bars = [
  { name: `harmful promotions on ${total(corrupted.map(({ nights }) => nights))} corrupted nights`, value: total(corrupted.map(({ harmful }) => harmful)), atMost: 0 },
  { name: "share of true nights that are held", value: share, atMost: CLEAN_HELD_SHARE_MAX },
  { name: "days for which a lasting change is held, at most", value: Math.max(...[...heldNights.values()].flat()), atMost: HELD_DAYS_MAX },
];
const report = [
  machineLine(),
  tableOf(["what the till told", "nights", "promoted unguarded", "harmful", "held", "promoted", "harmful"], rows),
  tableOf(["a genuine change that lasts", "products", "held at all", "nights held, at most"], [...heldNights].map(([change, nights]) => [change, nights.length, nights.filter((count) => count > 0).length, Math.max(...nights)])),
  `True nights that were held: ${(100 * share).toFixed(1)} %. Seed ${seed}.`,
].join("\n\n");
console.log(`\n${report}\n`);
if (values.save) saveSection("nights", report);
verdict(bars, values.check);

/** One bakery: champions of the day before, a night of each kind after it, and what lasts. */
async function nightsOf(number) {
  const chance = chanceOf(seed, "night", number);
  const tonight = addDays("2025-09-01", Math.floor(270 * chance()));
  const cutoff = toEpochDay(tonight);
  const products = await championsOf(1_000 * seed + number, tonight);
  for (const [kind, count] of counts) {
    const wrong = CORRUPTIONS[kind](chance, cutoff);
    const run = runOf();
    for (const { shop, sold, champion, memory } of products) {
      const tells = wrong(sold, shop.habits.id);
      const { series } = await prepared(shop, cutoff, tells);
      const isHeld = run.decide(series, memory, whyHeld(series, memory), 0);
      const isCorrupted = kind === "none" || daysUntil(cutoff).some((day) => tells(day) !== sold(day));
      if (!isCorrupted || count.nights === perKind) continue;
      count.nights += 1;
      if (isHeld) count.held += 1;
      const challenger = await train(shop, cutoff, tells, champion);
      if (challenger.kind !== "trained" || !challenger.becomesChampion) continue;
      const isHarmful = (await lossOf(challenger, shop, cutoff)) > HARMFUL_ABOVE * (await lossOf(champion, shop, cutoff));
      count.unguarded += 1;
      if (isHarmful) count.harmfulUnguarded += 1;
      if (isHeld) continue;
      count.promoted += 1;
      if (isHarmful) count.harmful += 1;
      if (isHarmful && kind !== "none") console.log(`harmful: ${kind}, bakery ${number}, ${shop.habits.id}, number ${products.findIndex((each) => each.champion === champion) + 1} of its run, the night of ${tonight}`);
    }
  }
  for (const [change, factor] of Object.entries(LASTING)) {
    const believed = new Set();
    for (let night = 0; night < NIGHTS_FOLLOWED; night += 1) {
      const run = runOf();
      for (const product of products) {
        const { shop, sold, memory } = product;
        const changed = (day) => (day < cutoff ? sold(day) : Math.round(factor * sold(day)));
        const later = night === 0 ? [] : [{ ...memory.champion, cutoff: tonight, heldFor: "product" }];
        const { series } = await prepared(shop, cutoff + night, changed);
        const own = believed.has(product) ? null : whyHeld(series, { ...memory, later });
        if (run.decide(series, memory, own, night) || believed.has(product)) continue;
        believed.add(product);
        heldNights.get(change).push(night);
      }
    }
    heldNights.get(change).push(...products.filter((product) => !believed.has(product)).map(() => NIGHTS_FOLLOWED));
  }
}

/** The products of a bakery, which sell most first as in a run, each with a champion and what that was told. */
async function championsOf(bakerySeed, tonight) {
  const { tenant } = demoBakery(tonight);
  const world = simulateWorld(bakerySeed, tenant);
  const cutoff = toEpochDay(tonight);
  const products = [];
  for (const habits of fleetProducts(PRODUCTS_PER_BAKERY, bakerySeed)) {
    const shop = { habits, world, bakery: simulateBakery({ tenant, products: [habits], seed: bakerySeed, historyDays: HISTORY_DAYS, lastDay: tonight }) };
    const sold = (day) => (day > cutoff + NIGHTS_FOLLOWED || !world(day).isOpen ? 0 : unitsSold(habits, bakerySeed, world, day, day));
    const champion = await train(shop, cutoff - 1, sold, null);
    if (champion.kind !== "trained") continue;
    const { forecast, evidence } = champion;
    const memory = { champion: { cutoff: fromEpochDay(cutoff - 1), recent: evidence.recent, weeks: evidence.weeks, forecast }, later: [] };
    products.push({ shop, sold, champion, memory, expected: total(forecast.values[forecast.levels.indexOf(0.5)]) });
  }
  return products.toSorted((a, b) => b.expected - a.expected);
}

/** What a run knows of the products that sell more, and decides of the next by that and by its own sales. */
function runOf() {
  const noted = [];
  return {
    decide: (series, { champion }, own, heldDays) => {
      const chances = noted.map((each) => each.noneChance);
      const shop = { begun: noted.length, held: noted.filter(({ isHeld }) => isHeld).length, noneChance: chances.includes(null) ? null : chances.reduce((all, each) => all * each, 1) };
      const none = noneChance(series, champion);
      noted.push({ isHeld: own !== null, noneChance: none });
      return own !== null || whyShopHeld(shop, none, heldDays) !== null;
    },
  };
}

function daysUntil(cutoff) {
  return Array.from({ length: HISTORY_DAYS }, (_, i) => cutoff - i);
}

/** What all products of the shop share, with the days ahead, as it is known at a cutoff. */
function contextAt({ bakery }, cutoff) {
  const loaders = { loadOpenDays: async (_, range) => bakery.openDays(range), loadWeather: async (_, range) => bakery.weather(range), loadTraffic: async (_, range) => bakery.traffic(range), loadEvents: async (_, range) => bakery.events(range) };
  return loadRunContext({ ...bakery.tenant, missingDay: MISSING_DAY }, policy, fromEpochDay(cutoff), loaders, signal);
}

function salesUntil(context, tells) {
  const first = toEpochDay(context.firstDay);
  const days = Array.from({ length: toEpochDay(context.cutoff) - first + 1 }, (_, i) => first + i);
  return { kind: "daily", records: days.map((day) => ({ day: fromEpochDay(day), quantity: tells(day) })).filter(({ quantity }) => quantity > 0), unreadable: { count: 0, examples: [] } };
}

async function prepared(shop, cutoff, tells) {
  const context = await contextAt(shop, cutoff);
  return prepare(salesUntil(context, tells), context, MISSING_DAY, policy);
}

/** As a worker trains it, on what the till tells, with nothing held against its sales. */
async function train(shop, cutoff, tells, champion) {
  const context = await contextAt(shop, cutoff);
  const product = { id: shop.habits.id, name: shop.habits.name, isDiscontinued: false, hasOwnEvents: false };
  return trainProduct(product, context, policy, MISSING_DAY, {
    loadSales: async () => salesUntil(context, tells),
    loadProductEvents: async () => [],
    tune: async (request) => computeTune(request, clock),
    judge: async (request) => computeJudgement(request),
    fit: async (request) => computeFit(request, clock),
    trigger: "request",
    recallTuning: async () => null,
    recallSettings: async () => null,
    rememberTuning: async () => undefined,
    loadChampion: async () => champion && { modelId: "before", pinball: champion.score.pinball, spec: champion.spec, cutoff: fromEpochDay(cutoff - 1) },
    loadMemory: async () => null,
    noteSales: async () => undefined,
    findSame: async () => null,
    loadGradingBasis: async () => ({ forecasts: [], economics: null, lastAlarm: null, chosenOn: null }),
    keepGrades: async () => undefined,
    lineageOf: () => ({ seriesDigest: "", regressorsDigest: "", policy: {}, seed: policy.seed, codeVersion: "", dataDigest: "" }),
    stage: (_, run) => run(),
  }, signal);
}

/** Pinball loss over the open days of the fortnight after the cutoff, on draws of what would truly be asked for. */
async function lossOf({ artifact }, shop, cutoff) {
  const model = parseModel(artifact);
  const context = await contextAt(shop, cutoff);
  const start = model.cutoff + 1;
  const { values: rows } = predict(model, { start, days: cutoff + NIGHTS_FOLLOWED - model.cutoff, drivers: driversAhead(context, [], MISSING_DAY), levels: LEVELS });
  const days = context.openDays.map(toEpochDay).filter((day) => day > cutoff && day <= cutoff + NIGHTS_FOLLOWED);
  return total(days.flatMap((day) => Array.from({ length: DRAWS }, (_, draw) => {
    const demand = unitsSold(shop.habits, 1_000_000 + draw, shop.world, day, day);
    return total(rows.map((row, level) => (demand - row[day - start]) * (demand > row[day - start] ? LEVELS[level] : LEVELS[level] - 1)));
  })));
}
