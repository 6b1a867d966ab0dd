/**
 * Prophet's model with Prophet's priors has one most probable set of coefficients. Stan climbs there by L-BFGS, we by
 * reweighted least squares. That ours is at least as probable, and forecasts the same, is the proof of our solver.
 *
 * Why not the same to the last digit: the Laplace prior has a kink where a slope change is zero, and L-BFGS, made for
 * smooth hills, ends there with a line search that finds no way up. On every series below our summit is the higher one.
 * Shares of the trend make a curved valley besides (on a shop closed on Sundays a higher week and a lower trend are the
 * same forecast), where Stan rests halfway: how far apart the forecasts are says something where it came near the summit.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { initSync, Prophet } from "@bsull/augurs/prophet";
import type { ProphetFeatureMode, ProphetOptimizedParams, ProphetOptions } from "@bsull/augurs/prophet";
import { optimizer } from "@bsull/augurs-prophet-wasmstan";
import { describe, expect, test } from "vitest";
import type { Drivers } from "../drivers.js";
import type { History } from "../history.js";
import { historyUntil } from "../history.js";
import type { EpochDay, Series } from "../series.js";
import { weekdayOf } from "../series.js";
import type { AdditiveSpec } from "../spec.js";
import { simulateProduct } from "../simulated-product.js";
import { largest, mean, sum } from "../vector.js";
import { centersOf } from "./centers.js";
import { fitAdditive } from "./fit.js";
import type { Columns } from "./gram.js";
import { PROPHET_DEFAULT, PROPHET_MULTIPLICATIVE } from "./prophet.js";

initSync({ module: readFileSync(fileURLToPath(import.meta.resolve("@bsull/augurs/prophet")).replace(/\.js$/, "_bg.wasm")) });

/** Shares of the series' maximum: mean over all days, and the worst of them, which is where Stan got stuck most. */
const MEAN_DIFFERENCE_MAX = 0.005;
const DIFFERENCE_MAX = 0.04;
/** Of −log posterior: within so much of our summit Stan has climbed it too. Asked of shares of the trend alone. */
const NEAR = 0.5;
/** Of −log posterior, which is a few hundred to a few thousand: the rounding of two different sums. */
const ROUNDING = 1e-3;
const HORIZON_DAYS = 28;
const DAY_S = 86_400;
/** Slope changes and the other columns beyond Prophet's own, as both sides scale their priors. */
const { changepointScale, ownSpecialScale } = PROPHET_DEFAULT;
const TREND_SCALE = 5;
/** Stan's own tolerances let it rest early; with these it goes on until it can go no further. */
const TO_THE_END = { iter: 50_000, tolRelObj: 1, tolRelGrad: 1, tolObj: 1e-14, tolParam: 1e-10 };

/** In shares of the series' maximum, on the days of the history and after. */
type Summit = { readonly forecast: Float64Array; /** −log of the prior's density, up to a constant. */ readonly prior: number };

const ours = (spec: AdditiveSpec, history: History, days: Int32Array): Summit => {
  const { columns } = history.design();
  const fitted = fitAdditive(spec, history);
  const { kept, beta } = fitted;
  const prior = kept.map((column, i) => {
    const group = columns[column]?.group;
    const coefficient = beta[i] ?? 0;
    if (group === "changepoint") return Math.abs(coefficient) / changepointScale;
    return (coefficient / (group === "level" || group === "trend" ? TREND_SCALE : ownSpecialScale)) ** 2 / 2;
  });
  // Unlike an outlook this may fall below zero, as Prophet's forecast may.
  return { forecast: centersOf(history.ahead(days).design(), fitted), prior: sum(prior) };
};

const stans = (mode: ProphetFeatureMode, history: History, days: Int32Array): Summit => {
  const { columns, matrix, recipe } = history.design();
  const free = columns.flatMap(({ group }, i) => (group === "own-special" || group === "regressor" ? [i] : []));
  const x = ({ n, values }: Columns) => (free.length === 0 ? {} : { x: new Map(free.map((i) => [`x${i}`, [...values.subarray(i * n, (i + 1) * n)]])) });
  let found: ProphetOptimizedParams | undefined;
  const listening: ProphetOptions["optimizer"] = {
    optimize: (init, data, options) => {
      const output = optimizer.optimize(init, data, options as Parameters<typeof optimizer.optimize>[2]);
      found = output.params;
      return output;
    },
  };
  const prophet = new Prophet({
    optimizer: listening,
    uncertaintySamples: 0,
    seasonalityMode: mode,
    nChangepoints: recipe.changepointDays.length,
    yearlySeasonality: { type: "manual", enabled: recipe.yearlyOrder > 0 },
    weeklySeasonality: { type: "manual", enabled: true },
  });
  try {
    for (const i of free) prophet.addRegressor(`x${i}`, { standardize: "no", priorScale: ownSpecialScale, mode });
    const seconds = (of: Int32Array) => Array.from(of, (day) => day * DAY_S);
    // The same demand that ours learns from: absurd days already pulled in.
    prophet.fit({ ds: seconds(history.open.days), y: [...history.target("linear").z], ...x(matrix) }, TO_THE_END);
    const { point } = prophet.predict({ ds: seconds(days), ...x(history.ahead(days).design()) }).yhat;
    const { k = 0, m = 0, delta = [], beta = [] } = found ?? {};
    const prior = [...[k, m].map((value) => (value / TREND_SCALE) ** 2 / 2), ...Array.from(beta, (value) => (value / ownSpecialScale) ** 2 / 2), ...Array.from(delta, (value) => Math.abs(value) / changepointScale)];
    return { forecast: Float64Array.from(point), prior: sum(prior) };
  } finally {
    prophet.free();
  }
};

/** −log posterior at the best σ for these coefficients. */
const heightOf = (z: Float64Array, { forecast, prior }: Summit): number => {
  const n = z.length;
  const sse = sum(z.map((value, i) => (value - (forecast[i] ?? Number.NaN)) ** 2));
  const variance = (2 * sse) / (n + Math.sqrt(n * n + 16 * sse));
  return (n * Math.log(variance)) / 2 + sse / (2 * variance) + 2 * variance + prior;
};

const SPECS: Readonly<Record<ProphetFeatureMode, AdditiveSpec>> = { additive: PROPHET_DEFAULT, multiplicative: PROPHET_MULTIPLICATIVE };

const expectParity = (mode: ProphetFeatureMode, series: Series, drivers: Drivers, name: string): void => {
  const history = historyUntil(series, drivers, series.start + series.y.length - 1);
  const { days } = history.open;
  // On a weekday that was never open the wide priors let both say anything.
  const weekdays = new Set(Array.from(days, weekdayOf));
  const ahead = Array.from({ length: HORIZON_DAYS }, (_, i) => (days.at(-1) ?? 0) + 1 + i).filter((day) => weekdays.has(weekdayOf(day)));
  const all = Int32Array.from([...days, ...ahead]);
  const [our, stan] = [ours(SPECS[mode], history, all), stans(mode, history, all)];
  const { z } = history.target("linear");
  expect(heightOf(z, our), `${name}: −log posterior`).toBeLessThan(heightOf(z, stan) + ROUNDING);
  if (mode === "multiplicative" && heightOf(z, stan) > heightOf(z, our) + NEAR) return;
  const differences = our.forecast.map((value, i) => Math.abs(value - (stan.forecast[i] ?? Number.NaN)));
  expect(mean(differences), `${name}: mean difference`).toBeLessThan(MEAN_DIFFERENCE_MAX);
  expect(largest(differences), `${name}: largest difference`).toBeLessThan(DIFFERENCE_MAX);
};

const NO_DRIVERS: Drivers = { regressors: [], specialDays: [] };
const MODES = ["additive", "multiplicative"] as const;

describe.each(MODES)("the additive model with Prophet's priors · %s terms", (mode) => {
  test.each([
    [{ days: 731, seed: 1, level: 120 }],
    [{ days: 800, seed: 2, level: 8, noise: 0.4 }],
    [{ days: 1100, seed: 3, level: 40, isClosedOn: (day: EpochDay) => day % 7 === 3 }],
    [{ days: 360, seed: 4, level: 60 }],
  ])("forecasts as Stan's optimum does: %o", (recipe) => {
    expectParity(mode, simulateProduct(recipe).series, NO_DRIVERS, `seed ${recipe.seed}`);
  });

  test("forecasts as Stan's optimum does with holidays and regressors", () => {
    const { series, drivers } = simulateProduct({ days: 900, seed: 5, level: 120 });
    expectParity(mode, series, drivers, "seed 5");
  });
});

/** Real tenant folders lie outside the project, where they are at all. */
const DATA = process.env["LEVAIN_DATA_DIR"] ?? resolve(import.meta.dirname, "../../../../../shared/data");
const REAL = existsSync(DATA) ? readdirSync(DATA).filter((name) => existsSync(join(DATA, name, "tenant.json"))) : [];
const PRODUCTS_PER_FOLDER = 3;
const REAL_TIMEOUT_MS = 60_000;

/** The best sellers of a folder on the days they sold: what is asked here is the optimum, not which days count. */
const bestSellers = (folder: string): { id: string; series: Series }[] => {
  const quantities = new Map<string, Map<EpochDay, number>>();
  for (const line of readFileSync(join(DATA, folder, "sales.csv"), "utf8").trim().split("\n").slice(1)) {
    const cells = line.split(",");
    const [id = "", date = "", quantity = ""] = [cells[0], cells.at(-2), cells.at(-1)];
    const day = Date.parse(`${date}T00:00:00Z`) / 1000 / DAY_S;
    const days = quantities.get(id) ?? new Map<EpochDay, number>();
    quantities.set(id, days.set(day, (days.get(day) ?? 0) + Number(quantity)));
  }
  const totals = [...quantities].map(([id, days]) => ({ id, days, total: sum([...days.values()]) }));
  return totals.toSorted((a, b) => b.total - a.total).slice(0, PRODUCTS_PER_FOLDER).map(({ id, days }) => {
    const start = Math.min(...days.keys());
    const y = Float64Array.from({ length: Math.max(...days.keys()) - start + 1 }, (_, i) => Math.max(0, days.get(start + i) ?? Number.NaN));
    return { id, series: { start, y } };
  });
};

describe.skipIf(REAL.length === 0)("real tenant folders (skipped where there are none)", () => {
  test.each(REAL.flatMap((folder) => MODES.map((mode) => [folder, mode] as const)))("%s: forecasts its best sellers as Stan's optimum does · %s terms", (folder, mode) => {
    for (const { id, series } of bestSellers(folder)) expectParity(mode, series, NO_DRIVERS, id);
  }, REAL_TIMEOUT_MS);
});
