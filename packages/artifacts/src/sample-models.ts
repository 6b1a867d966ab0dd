/** A hundred small models of several families, fitted to made-up weeks of sales, as their texts; for tests. */
import { backtest, fit, toJson, type Series, type Spec } from "@levain/forecast";

const DAYS = 120;
/** A Monday. */
const START = 19_723;
const PLAN = { horizonDays: 7, folds: 2, stepDays: 7 };

/** Two in five are simple, so that every byte of all of them can be tried within seconds. */
const SPECS: readonly Spec[] = [
  { family: "seasonal-naive" },
  { family: "weekday-mean", weeks: 6 },
  { family: "smoothing", transform: "sqrt", levelWeight: 0.2, weekdayWeight: 0.1 },
  { family: "count", method: "syntetos-boylan", weight: 0.1 },
  { family: "combination", members: [{ family: "weekday-mean", weeks: 4 }, { family: "smoothing", transform: "log", levelWeight: 0.3, weekdayWeight: 0.05 }] },
];

export function sampleArtifacts(count: number): readonly Buffer[] {
  const drivers = { regressors: [], specialDays: [] };
  return Array.from({ length: count }, (_, number) => {
    const series = seriesOf(number);
    const spec = SPECS[number % SPECS.length] as Spec;
    return Buffer.from(toJson(fit(spec, series, drivers, { backtest: backtest(spec, series, drivers, PLAN), seed: number })));
  });
}

/** A weekday profile of its own for each number, without chance. */
const seriesOf = (number: number): Series => ({
  start: START,
  y: Float64Array.from({ length: DAYS }, (_, day) => 20 + number + 5 * ((day * (number + 3)) % 7) + ((day * day + number) % 11)),
});
