/**
 * How soon is a product found whose sales have shifted, and how often is one accused that has not? Simulated products go
 * through nights as a worker does them: each fits the product to its newest day, and grades the days that are over against
 * the forecasts that were valid when they began. From some day on 30 % more is asked for, or 30 % less, or nothing changes.
 * The rule's slack and threshold were chosen on seeds from 5000 on; the seeds here are others.
 * Usage: node bench/drift.mjs [--products 200] [--seed 1] [--check] [--save]
 */
import { parseArgs } from "node:util";
import { prepare } from "../apps/cli/bin/prepare.mjs";

prepare();
const { machineLine, saveSection, tableOf, verdict } = await import("./report.mjs");
const { fromEpochDay, toEpochDay } = await import("@levain/calendar");
const { resolvePolicy } = await import("@levain/contracts");
const { demandClass, fit, predict, tune } = await import("@levain/forecast");
const { DRIFT_RULE, FORECAST_LEVELS, gradeProduct } = await import("@levain/training");
const { createRandom } = await import(new URL("../packages/forecast/dist/random.js", import.meta.url).href);

const { values } = parseArgs({
  options: {
    products: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    check: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
  },
});
const [PRODUCTS, SEED] = [Number(values.products), Number(values.seed)];
/** Units a day, and the share of the products: mostly what is baked by the tray every day. */
const CLASSES = [
  { name: "high", share: 0.75, from: 20, to: 200 },
  { name: "medium", share: 0.15, from: 5, to: 20 },
  { name: "low", share: 0.06, from: 1.5, to: 5 },
  { name: "intermittent", share: 0.04, from: 1, to: 2 },
];
const SHIFTS = [1.3, 0.7];
const HISTORY_DAYS = 400;
/** Nights of a product that nothing happens to: with two hundred products, twenty years. */
const QUIET_NIGHTS = 37;
/** Nights after a shift; one not found by then is not found. */
const SEARCHED_NIGHTS = 28;
/** The night at four is too late for its own day: a day begins with the forecast of the night before. */
const LEAD_DAYS = 2;
/** Standard deviation of the log of what no habit explains. */
const NOISE = 0.11;
const START = 19_723;
const FOUND_DAYS_MAX = 7;
const FALSE_ALARMS_MAX = 1;
const policy = resolvePolicy();
const plan = { ...policy.backtest, horizonDays: policy.horizonDays };

const results = [];
for (let i = 0; i < PRODUCTS; i += 1) {
  const { name } = classOf(i);
  const quiet = await nightsOf(i, 1, QUIET_NIGHTS);
  // Any day of the week may be the first of a shift.
  const before = 7 + (i % 7);
  const found = [];
  for (const factor of SHIFTS) {
    const alarms = await nightsOf(i, factor, before + SEARCHED_NIGHTS, before);
    const first = alarms.find((day) => day >= before);
    found.push({ factor, days: first === undefined ? Number.POSITIVE_INFINITY : first - before + 1 });
  }
  results.push({ name, falseAlarms: quiet.length, found });
}

const bars = [];
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.ceil(numbers.length / 2) - 1];
const daysOf = (rows, shift) => rows.flatMap(({ found }) => found.filter(({ factor }) => shift === null || factor === shift).map(({ days }) => days));
const shown = (days) => (Number.isFinite(days) ? days : `> ${SEARCHED_NIGHTS}`);
const percent = (share) => `${(100 * share).toFixed(0)} %`;
const yearsOf = (rows) => (rows.length * QUIET_NIGHTS) / 365;
const rateOf = (rows) => rows.reduce((sum, { falseAlarms }) => sum + falseAlarms, 0) / yearsOf(rows);
const rows = [...CLASSES.map(({ name }) => [name, results.filter((each) => each.name === name)]), ["all", results]].filter(([, of]) => of.length > 0).map(([name, of]) => {
  const days = daysOf(of, null);
  return [
    name,
    of.length,
    shown(median(daysOf(of, 1.3))),
    shown(median(daysOf(of, 0.7))),
    shown(median(days)),
    percent(days.filter((each) => each <= FOUND_DAYS_MAX).length / days.length),
    percent(days.filter(Number.isFinite).length / days.length),
    rateOf(of).toFixed(2),
  ];
});
bars.push({ name: "median days until a shift of 30 % is found", value: median(daysOf(results, null)), atMost: FOUND_DAYS_MAX });
bars.push({ name: "false alarms a product and year", value: rateOf(results), atMost: FALSE_ALARMS_MAX });
const section = [
  machineLine(),
  [
    `${PRODUCTS} products from seed ${SEED} on, slack ${DRIFT_RULE.slack}, threshold ${DRIFT_RULE.threshold}; ${yearsOf(results).toFixed(0)} product-years without a shift.`,
    "Days are counted from the first day of the shift, closed ones too, to the one whose sales raise the alarm.",
  ].join(" "),
  tableOf(["demand", "products", "days, 30 % more", "days, 30 % less", "days, median", "found in 7", `found in ${SEARCHED_NIGHTS}`, "false alarms a year"], rows),
].join("\n\n");
console.log(section);
if (values.save) saveSection("drift", section);
verdict(bars, values.check);

/** The days, counted from the first night on, whose sales raised an alarm. @param shiftedFrom the first day that the factor counts for */
async function nightsOf(i, factor, nights, shiftedFrom = 0) {
  const product = productOf(i, factor, HISTORY_DAYS + shiftedFrom, HISTORY_DAYS + nights);
  const until = (days) => ({ start: START, y: product.y.subarray(0, days) });
  const tunedAt = (days) => {
    const demand = demandClass(until(days), policy.demandClasses);
    return tune(until(days), driversAt(product, days), { demandClass: demand, trials: policy.trials[demand], plan, seed: policy.seed });
  };
  let tuned = tunedAt(HISTORY_DAYS - LEAD_DAYS + 1);
  let basis = { forecasts: [], economics: null, lastAlarm: null, chosenOn: null };
  const alarms = [];
  // Once a shift is found, there is nothing left to look for.
  for (let night = 0; night < nights && (shiftedFrom === 0 || (alarms.at(-1) ?? 0) < shiftedFrom); night += 1) {
    const today = HISTORY_DAYS + night;
    const seen = today - LEAD_DAYS + 1;
    const model = fit(tuned.spec, until(seen), driversAt(product, seen), { backtest: tuned.backtest, seed: policy.seed });
    const { values: levels } = predict(model, { start: START + today, days: 1, drivers: driversAt(product, seen), levels: FORECAST_LEVELS });
    const forecast = { day: fromEpochDay(START + today), modelId: "", levels: FORECAST_LEVELS, values: levels.map((row) => row[0]), decided: null };
    basis = { ...basis, forecasts: [...basis.forecasts, forecast].filter(({ day }) => toEpochDay(day) > START + today - 28) };
    await gradeProduct("", until(today + 1), fromEpochDay(START + today), {
      loadGradingBasis: async () => basis,
      keepGrades: async (_id, _range, _days, alarm) => {
        if (!alarm) return;
        alarms.push(toEpochDay(alarm.day) - START - HISTORY_DAYS);
        basis = { ...basis, lastAlarm: alarm.day };
        tuned = tunedAt(today + 1);
      },
    });
  }
  return alarms;
}

function driversAt({ isClosedOn }, days) {
  return { regressors: [], specialDays: [], openAhead: Array.from({ length: 28 }, (_, k) => START + days + k).filter((day) => !isClosedOn(day)) };
}

function classOf(i) {
  let until = 0;
  return CLASSES.find(({ share }) => i < Math.round(PRODUCTS * (until += share))) ?? CLASSES.at(-1);
}

/** Weekdays, a season, what no habit explains, and counts. Half of all shops close on Sundays. */
function productOf(i, factor, shiftedFrom, days) {
  const { name, from, to } = classOf(i);
  const habit = createRandom(7_919 * (SEED + i) + 13);
  const level = from * (to / from) ** habit();
  const [weekend, season, peak, askedShare] = [0.8 + 0.9 * habit(), 0.25 * habit(), habit(), 0.1 + 0.3 * habit()];
  const week = [0.95, 0.95, 1, 1, 1.1, weekend, weekend];
  const isShut = habit() < 0.5;
  const weekdayOf = (day) => (day + 3) % 7;
  const isClosedOn = (day) => isShut && weekdayOf(day) === 6;
  const chance = createRandom(104_729 * (SEED + i) + 5);
  const y = Float64Array.from({ length: days }, (_, k) => {
    const day = START + k;
    const shift = k >= shiftedFrom ? factor : 1;
    if (isClosedOn(day)) return Number.NaN;
    if (name === "intermittent") return chance() < askedShare * shift ? 1 + poisson(chance, level - 1) : 0;
    return poisson(chance, level * week[weekdayOf(day)] * (1 + season * Math.cos(2 * Math.PI * (day / 365.25 - peak))) * Math.exp(NOISE * gaussian(chance)) * shift);
  });
  return { y, isClosedOn };
}

function gaussian(chance) {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
}

/** Above sixty as good as normal. */
function poisson(chance, mean) {
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gaussian(chance)));
  let [count, probability] = [0, Math.exp(-mean)];
  for (let left = chance() - probability; left > 0 && count < 1_000; left -= probability) probability *= mean / ++count;
  return count;
}
