/**
 * What else one can install: each peer forecasts a case from the same open days, and sees nothing after the cutoff but
 * the calendar. A peer answers { q10, q50, q90 }, each of shape (days ahead), never below zero.
 *
 * A case: { days, y } open days up to the cutoff and demand on them; `ahead`, the open days to forecast; `columns`,
 * the drivers as Prophet may have them: [{ name, values on days, ahead on the days ahead }].
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AutoETS, initSync as initEts } from "@bsull/augurs/ets";
import { initSync as initMstl, MSTL } from "@bsull/augurs/mstl";
import { stanProphet } from "./stan-prophet.mjs";

const wasm = (name) => ({ module: readFileSync(fileURLToPath(import.meta.resolve(`@bsull/augurs/${name}`)).replace(/\.js$/, "_bg.wasm")) });
initEts(wasm("ets"));
initMstl(wasm("mstl"));

const WEEK_DAYS = 7;
const INTERVAL = 0.8;
/** Standard deviations from the median to the 90 % quantile of a normal distribution. */
const NORMAL_Q90 = 1.2816;
/** Weeks of the weekday mean. */
const WEEKS = 4;

export const PEERS = {
  "seasonal naive": seasonalNaive,
  "weekday mean": weekdayMean,
  Prophet: (each) => prophet(each, []),
  "Prophet with regressors": (each) => prophet(each, each.columns),
  AutoETS: (each) => bridged(each, new AutoETS(WEEK_DAYS, "ZZZ")),
  "MSTL-ETS": (each) => bridged(each, MSTL.ets([WEEK_DAYS])),
};

function seasonalNaive({ days, y, ahead }) {
  const onDay = new Map(days.map((day, i) => [day, y[i]]));
  const lastWeek = (day) => weeksBack(day).find((before) => onDay.has(before));
  const errors = days.flatMap((day, i) => (lastWeek(day) === undefined ? [] : [y[i] - onDay.get(lastWeek(day))]));
  const spread = Math.sqrt(mean(errors.map((error) => error ** 2)));
  const points = ahead.map((day) => onDay.get(weeksBack(day).find((before) => onDay.has(before))) ?? y.at(-1));
  return around(points, points.map(() => NORMAL_Q90 * spread));
}

/** The same weekday one to eight weeks before. */
const weeksBack = (day) => Array.from({ length: 8 }, (_, week) => day - WEEK_DAYS * (week + 1));

/** Mean of the weekday's last four days; the interval from how far such means were off on the last four weeks. */
function weekdayMean({ days, y, ahead }) {
  const meanFor = (day, until) => {
    const same = [];
    for (let i = until - 1; i >= 0 && same.length < WEEKS; i -= 1) if ((day - days[i]) % WEEK_DAYS === 0) same.push(y[i]);
    return same.length > 0 ? mean(same) : mean(y.slice(Math.max(0, until - WEEKS), until));
  };
  const latest = days.map((_, i) => i).slice(-WEEKS * WEEK_DAYS);
  const spread = Math.sqrt(mean(latest.map((i) => (y[i] - meanFor(days[i], i)) ** 2)));
  const points = ahead.map((day) => meanFor(day, days.length));
  return around(points, points.map(() => NORMAL_Q90 * spread));
}

function prophet({ days, y, ahead }, columns) {
  const { point, lower, upper } = stanProphet(days, y, { ahead, columns, intervalWidth: INTERVAL, uncertaintySamples: 1000 });
  return floored({ q10: lower, q50: point, q90: upper });
}

/** ETS knows only one value after another, so each closed day is bridged by the same weekday before it. */
function bridged({ days, y, ahead }, model) {
  const onDay = new Map(days.map((day, i) => [day, y[i]]));
  const [first, last] = [days[0], days.at(-1)];
  const values = [];
  for (let day = first; day <= last; day += 1) values.push(onDay.get(day) ?? values.at(-WEEK_DAYS) ?? values.at(-1));
  try {
    model.fit(Float64Array.from(values));
    const { point, intervals } = model.predict(ahead.at(-1) - last, INTERVAL);
    const pick = (row) => ahead.map((day) => row[day - last - 1]);
    return floored({ q10: pick(intervals.lower), q50: pick(point), q90: pick(intervals.upper) });
  } finally {
    model.free();
  }
}

const around = (points, reach) => floored({ q10: points.map((point, i) => point - reach[i]), q50: points, q90: points.map((point, i) => point + reach[i]) });
const floored = (quantiles) => Object.fromEntries(Object.entries(quantiles).map(([name, row]) => [name, Array.from(row, (value) => Math.max(0, value))]));
const mean = (values) => values.reduce((total, value) => total + value, 0) / Math.max(1, values.length);
