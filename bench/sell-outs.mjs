/**
 * Does a bakery that bakes what it is advised drift towards an empty shelf? A simulated one, whose demand is known, bakes
 * one quantile of each forecast for 26 weeks and is trained again every week on what it sold. Days that sold out are
 * marked as such, or not. First, the same without a loop: a fifth of all days sold out.
 * Usage: node bench/sell-outs.mjs [--products 6] [--check] [--save]
 */
import { parseArgs } from "node:util";
import { prepare } from "../apps/cli/bin/prepare.mjs";

prepare();
const { saveSection, tableOf, verdict } = await import("./report.mjs");
const { PLAN, TRIALS } = await import("./training.mjs");
const { fit, predict, tune } = await import("@levain/forecast");
const { simulateProduct } = await import(new URL("../packages/forecast/dist/simulated-product.js", import.meta.url).href);

const { values } = parseArgs({
  options: { products: { type: "string", default: "6" }, check: { type: "boolean", default: false }, save: { type: "boolean", default: false } },
});
const SEEDS = Array.from({ length: Number(values.products) }, (_, i) => i + 1);
const WEEKS = 26;
const HISTORY_DAYS = 420;
const LEVEL = 40;
const NOISE = 0.25;

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const bars = [];

const sections = [`Products: seeds 1 to ${SEEDS.length}, ${LEVEL} units a day, noise ${NOISE}.`, withoutLoop(), inALoop()];
console.log(sections.join("\n\n"));
if (values.save) saveSection("sell-outs", sections.join("\n\n"));
verdict(bars, values.check);

/** A fifth of the days sold out: what is forecast for the four weeks after, against the demand that was put in. */
function withoutLoop() {
  const share = 0.2;
  const rows = ["all demand seen", "sold-out days marked", "not marked"].map((what) => {
    const forecast = { median: 0, high: 0, expected: 0 };
    for (const seed of SEEDS) {
      const product = simulateProduct({ days: HISTORY_DAYS, seed, level: LEVEL, noise: NOISE });
      const { series, soldOut } = what === "all demand seen" ? { series: product.series, soldOut: [] } : stocked(product, share);
      const { median, high, days } = trained(what === "not marked" ? series : { ...series, soldOut }, product.drivers, 28, 0.9);
      for (const [i, day] of days.entries()) {
        forecast.median += median[i];
        forecast.high += high[i];
        forecast.expected += product.expectedOn(day);
      }
    }
    return { what, bias: forecast.median / forecast.expected - 1, high: forecast.high / forecast.expected };
  });
  bars.push({ name: "bias with a fifth of the days sold out and marked", value: Math.abs(rows[1].bias), atMost: 0.02 });
  return [
    "### A fifth of the days sold out",
    "",
    tableOf(
      ["", "bias of the median", "90 % quantile / demand"],
      rows.map(({ what, bias, high }) => [what, percent(bias), high.toFixed(3)]),
    ),
  ].join("\n");
}

/** The same product with so much on its shelf that a share of its days sell out. */
function stocked({ series, expectedOn }, share) {
  const stockOn = (factor, i) => Math.round(expectedOn(series.start + i) * factor);
  const emptyShare = (factor) => series.y.reduce((count, y, i) => count + (y >= stockOn(factor, i) ? 1 : 0), 0) / series.y.length;
  let [low, high] = [0.3, 3];
  while (high - low > 1e-4) {
    const middle = (low + high) / 2;
    if (emptyShare(middle) > share) low = middle;
    else high = middle;
  }
  const soldOut = [...series.y.keys()].filter((i) => series.y[i] >= stockOn(high, i)).map((i) => series.start + i);
  return { series: { ...series, y: series.y.map((y, i) => Math.min(y, stockOn(high, i))) }, soldOut };
}

function inALoop() {
  const rows = [0.4, 0.6, 0.9].flatMap((level) => [true, false].map((isMarked) => ({ level, isMarked, ...bakingFor(WEEKS, level, isMarked) })));
  for (const { level, isMarked, early, late } of rows) if (isMarked) bars.push({ name: `fall of the median over ${WEEKS} weeks of baking the ${percent(level)} quantile`, value: early - late, atMost: 0.02 });
  const cells = rows.map(({ level, isMarked, early, late, empty }) => [`${(100 * level).toFixed(0)} % quantile, ${isMarked ? "marked" : "not marked"}`, percent(early), percent(late), percent(empty)]);
  return [`### ${WEEKS} weeks of baking what was advised`, "", tableOf(["baked", "bias, weeks 1 to 6", "bias, last 6 weeks", "days sold out"], cells)].join("\n");
}

function bakingFor(weeks, level, isMarked) {
  const early = { median: 0, expected: 0 };
  const late = { median: 0, expected: 0 };
  let empty = 0;
  for (const seed of SEEDS) {
    const { series, drivers, expectedOn } = simulateProduct({ days: HISTORY_DAYS + 7 * weeks, seed, level: LEVEL, noise: NOISE });
    const sold = [...series.y.subarray(0, HISTORY_DAYS)];
    const soldOut = [];
    for (let week = 0; week < weeks; week += 1) {
      const known = { start: series.start, y: Float64Array.from(sold), ...(isMarked ? { soldOut: [...soldOut] } : {}) };
      const { median, high, days } = trained(known, drivers, 7, level);
      for (const [i, day] of days.entries()) {
        for (const period of [...(week < 6 ? [early] : []), ...(week >= weeks - 6 ? [late] : [])]) {
          period.median += median[i];
          period.expected += expectedOn(day);
        }
        const stock = Math.round(high[i]);
        const demand = series.y[sold.length];
        if (demand >= stock) soldOut.push(day);
        sold.push(Math.min(demand, stock));
      }
    }
    empty += soldOut.length / (7 * weeks * SEEDS.length);
  }
  return { early: early.median / early.expected - 1, late: late.median / late.expected - 1, empty };
}

/** The median and one other quantile of the days after a history. */
function trained(series, drivers, days, level) {
  const start = series.start + series.y.length;
  const { spec, backtest } = tune(series, drivers, { demandClass: "high", trials: TRIALS, plan: PLAN, seed: 1 });
  const model = fit(spec, series, drivers, { backtest, seed: 1 });
  const levels = [...new Set([0.5, level])].sort((a, b) => a - b);
  const { values: rows } = predict(model, { start, days, drivers, levels });
  return { median: rows[levels.indexOf(0.5)], high: rows[levels.indexOf(level)], days: Array.from({ length: days }, (_, i) => start + i) };
}
