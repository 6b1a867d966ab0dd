/**
 * How fast is the engine? Every bar is a ratio of two things timed in turn in this one process, on the same series:
 * one additive fit and one complete training against one fit of Prophet (Stan) with the same columns; a further trial
 * against the first; time against history and trials. Then the heap of one fit thread over many trainings.
 * Usage: node bench/engine.mjs [--rounds 21] [--trainings 1000] [--check] [--save]
 */
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { prepare } from "../apps/cli/bin/prepare.mjs";

prepare();
const { machineLine, saveSection, tableOf, verdict } = await import("./report.mjs");
const { inTurn, median, ratioOf } = await import("./timing.mjs");
const { PLAN, trainingOf, TRIALS } = await import("./training.mjs");
const { stanProphet, WITH_YEARLY } = await import("./stan-prophet.mjs");
const { saveLinePlot } = await import("./plot.mjs");
const forecast = (file) => import(new URL(`../packages/forecast/dist/${file}`, import.meta.url).href);
const { openFolds, outlookOf } = await forecast("backtest.js");
const { historyUntil } = await forecast("history.js");
const { fitAdditive } = await forecast("additive/fit.js");
const { lossOf } = await forecast("score.js");

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "21" },
    trainings: { type: "string", default: "1000" },
    check: { type: "boolean", default: false },
    save: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
/** Two years: the series that every bar is measured on. */
const DAYS = 730;
/** Other products, other noise: how many iterations Stan needs is luck, so each round takes the next of these. */
const PRODUCTS = Array.from({ length: 7 }, (_, i) => trainingOf({ days: DAYS, seed: i + 1 }));
const productOf = (round) => PRODUCTS[round % PRODUCTS.length];

/** Prophet's own width of priors: on its trend, week and year, on each special day and its eve, and on the regressors. */
const PROPHETS = {
  family: "additive",
  transform: "linear",
  changepointScale: 0.05,
  weeklyScale: 10,
  weeklyBySeasonScale: 0,
  yearlyOrder: 10,
  yearlyScale: 10,
  specialScale: 0,
  ownSpecialScale: 10,
  regressorScale: 10,
  correction: { weight: 0.15, fade: 0.98 },
};
/** The same on every column of the design. */
const WIDE = { ...PROPHETS, weeklyBySeasonScale: 10, specialScale: 10, occasionScale: 10, monthlyScale: 10, regressorByWeekdayScale: 10 };

const bars = [];
const bar = (name, value, atMost) => bars.push({ name, value, atMost });
const ms = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const share = (value) => (value < 0.1 ? `1/${(1 / value).toFixed(0)}` : value.toFixed(2));

const sections = [machineLine(), againstStan(), furtherTrials(), againstHistory(), againstTrials(), await heapOfOneThread()];
console.log(`\n${sections.join("\n\n")}\n`);
if (values.save) saveSection("engine", sections.join("\n\n"));
verdict(bars, values.check);

function againstStan() {
  const [some, all] = [beyondProphet((group) => group === "own-special" || group === "regressor"), beyondProphet(() => true)];
  const stan = (columnsOf) => (round) => () => fitStan(productOf(round).series, { ...WITH_YEARLY, columns: columnsOf[round % PRODUCTS.length] });
  // All products in one sample: a single fit is so short that what it finds in the caches would decide.
  const additive = (spec) => () => () => {
    for (const { series, drivers } of PRODUCTS) fitAdditive(spec, historyUntil(series, drivers, series.start + DAYS - 1));
  };
  // The compiler takes some three hundred fits until it is done.
  const times = inTurn(
    {
      stanSome: stan(some),
      stanAll: stan(all),
      stanDefault: (round) => () => fitStan(productOf(round).series),
      additiveSome: additive(PROPHETS),
      additiveAll: additive(WIDE),
      training: (round) => productOf(round).run,
    },
    { rounds, warmUp: 28 },
  );
  for (const key of ["additiveSome", "additiveAll"]) times[key] = times[key].map((value) => value / PRODUCTS.length);
  bar("one additive fit / one Stan-Prophet fit, Prophet's columns", ratioOf(times.additiveSome, times.stanSome), 1 / 50);
  bar("one additive fit / one Stan-Prophet fit, all columns", ratioOf(times.additiveAll, times.stanAll), 1 / 50);
  bar("one complete training / one Stan-Prophet fit", ratioOf(times.training, times.stanAll), 1);
  const row = (name, key, stanKey) => [name, ms(median(times[key])), share(ratioOf(times[key], times[stanKey]))];
  const columns = (of) => 2 + 25 + 26 + of[0].length;
  return [
    `### Against Prophet (Stan), ${DAYS} days`,
    "",
    tableOf(
      ["", "ms", "of Stan's time"],
      [
        row(`one fit of Prophet (Stan), ${columns(some)} columns: its trend, week and year, special days and eves, regressors`, "stanSome", "stanSome"),
        row("one additive fit of the same columns, from the series on (bar 1/50)", "additiveSome", "stanSome"),
        row(`one fit of Prophet (Stan), all ${columns(all)} columns that the engine knows`, "stanAll", "stanAll"),
        row("one additive fit of the same columns, from the series on (bar 1/50)", "additiveAll", "stanAll"),
        row("one fit of Prophet (Stan), its default: no yearly curve, holidays or regressors", "stanDefault", "stanAll"),
        row(`one complete training: ${TRIALS} trials × ${PLAN.folds} folds, fit, forecast (bar 1.0, aim 0.5)`, "training", "stanAll"),
      ],
    ),
  ].join("\n");
}

/** Of each product, the columns that the additive model has beyond Prophet's own trend, week and year, or some groups of them. */
function beyondProphet(isAsked) {
  const own = new Set(["level", "trend", "changepoint", "weekly", "yearly"]);
  return PRODUCTS.map(({ series, drivers }) => {
    const { columns, matrix } = historyUntil(series, drivers, series.start + DAYS - 1).design();
    return columns.flatMap(({ group }, i) => (own.has(group) || !isAsked(group) ? [] : [{ name: `column ${i}`, values: matrix.values.slice(i * matrix.n, (i + 1) * matrix.n), standardize: "no" }]));
  });
}

function fitStan({ start, y }, options) {
  stanProphet(Array.from(y, (_, i) => start + i), y, options);
}

function furtherTrials() {
  const judge = (folds, spec) => folds.map((fold) => lossOf(fold.actual, outlookOf(spec, fold)));
  const further = Array.from({ length: 16 }, (_, i) => ({ ...WIDE, changepointScale: 0.01 * (1 + i), yearlyScale: 0.05 * (1 + (i % 5)), specialScale: 0.1 * (1 + (i % 3)) }));
  const times = inTurn(
    {
      first: (round) => () => judge(openFolds(productOf(round).series, productOf(round).drivers, PLAN), WIDE),
      further: (round) => {
        const folds = openFolds(productOf(round).series, productOf(round).drivers, PLAN);
        judge(folds, WIDE);
        return () => further.forEach((spec) => judge(folds, spec));
      },
    },
    { rounds: 3 * rounds, warmUp: 7 },
  );
  const each = times.further.map((value) => value / further.length);
  const ratio = ratioOf(each, times.first);
  bar("a further trial / the first", ratio, 0.02);
  return [
    `### A trial that changes only priors, ${PLAN.folds} folds of ${DAYS} days`,
    "",
    tableOf(["", "ms", "of the first"], [["the first trial, from the series on", ms(median(times.first)), "1"], ["a further trial (bar 2 %)", ms(median(each)), `${(100 * ratio).toFixed(1)} %`]]),
  ].join("\n");
}

function againstHistory() {
  const spans = [180, 365, 730, 1460, 2920];
  const products = spans.map((days) => trainingOf({ days, seed: 1 }));
  const training = inTurn(Object.fromEntries(spans.map((days, i) => [days, () => products[i].run])), { rounds: Math.ceil(rounds / 3) });
  const stan = inTurn(Object.fromEntries(spans.map((days, i) => [days, () => () => fitStan(products[i].series, WITH_YEARLY)])), { rounds: 3, warmUp: 1 });
  const [first, last] = [spans[0], spans.at(-1)];
  bar(`time of ${last} days / time of ${first}, against linear`, median(training[last]) / median(training[first]) / (last / first), 1);
  const points = (times) => spans.map((days) => [days, median(times[days])]);
  if (values.save) {
    saveLinePlot("training-time.svg", {
      title: "Time against history: a whole training beside one Prophet fit",
      x: "days of history",
      y: "milliseconds",
      lines: [{ name: "one fit of Prophet (Stan)", points: points(stan) }, { name: `one complete training, ${TRIALS} trials`, points: points(training) }],
    });
  }
  return [
    `### Time against history, complete training of ${TRIALS} trials`,
    "",
    tableOf(["days", "ms", "µs per day", "one fit of Prophet (Stan), ms"], spans.map((days) => [days, ms(median(training[days])), ((1000 * median(training[days])) / days).toFixed(0), ms(median(stan[days]))])),
  ].join("\n");
}

function againstTrials() {
  const counts = [1, 3, 10, 30, 100];
  const times = inTurn(Object.fromEntries(counts.map((trials) => [trials, (round) => trainingOf({ days: DAYS, seed: 1 + (round % 3), trials }).run])), { rounds: Math.ceil(rounds / 3) });
  bar("time of 100 trials / time of 10, against linear", median(times[100]) / median(times[10]) / 10, 1);
  return [
    `### Time against trials, complete training of ${DAYS} days`,
    "",
    tableOf(["trials", "ms", "ms per trial"], counts.map((trials) => [trials, ms(median(times[trials])), (median(times[trials]) / trials).toFixed(2)])),
  ].join("\n");
}

/** Flat: after the first tenth, in which code is compiled, the heap grows by less than a twentieth. */
async function heapOfOneThread() {
  const trainings = Number(values.trainings);
  const every = Math.max(1, Math.floor(trainings / 10));
  const heapMb = await new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./heap-thread.mjs", import.meta.url), { workerData: { trainings, every, days: DAYS } });
    worker.once("message", resolve).once("error", reject);
  });
  bar(`heap after ${trainings} trainings / after ${every}`, heapMb.at(-1) / heapMb[0], 1.05);
  return [`### Heap of one fit thread after so many trainings, garbage collected`, "", tableOf(["trainings", ...heapMb.map((_, i) => (i + 1) * every)], [["MB", ...heapMb.map((mb) => mb.toFixed(1))]])].join("\n");
}
