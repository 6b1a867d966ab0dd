/** How well a back-test's forecasts did, beside the simplest forecasts of the same days. */
import { bias, coverage, mase, pinball, wape } from "@levain/forecast";
import Table from "cli-table3";
import { percent } from "../percent.js";
import type { BacktestResult } from "./backtest.js";
import type { JudgedCase } from "./judge.js";
import type { BacktestRow } from "./row.js";

const LEVELS = { q10: 0.1, q50: 0.5, q90: 0.9 } as const;

type Summary = { readonly wape: number; readonly mase: number; readonly pinball: number; readonly coverage80: number; readonly bias: number };

/** All days of all cases together; MASE is the mean over the cases that have a scale, each product at each cutoff counting once. */
export function summaryOf(cases: readonly JudgedCase[], rowsOf: (judged: JudgedCase) => readonly BacktestRow[]): Summary {
  const rows = cases.flatMap(rowsOf);
  const column = (name: "actual" | keyof typeof LEVELS, of = rows): number[] => of.map((row) => row[name]);
  const actual = column("actual");
  const losses = (Object.keys(LEVELS) as (keyof typeof LEVELS)[]).map((name) => pinball(actual, column(name), LEVELS[name]));
  const scaled = cases.map((judged) => mase(column("actual", [...rowsOf(judged)]), column("q50", [...rowsOf(judged)]), judged.naiveAbsolute)).filter(Number.isFinite);
  return {
    wape: wape(actual, column("q50")),
    mase: sum(scaled) / scaled.length,
    pinball: sum(losses) / losses.length / sum(actual),
    coverage80: coverage(actual, column("q10"), column("q90")),
    bias: bias(actual, column("q50")),
  };
}

/** Failures told one by one. */
const FAILURES_SHOWN_MAX = 5;

export function summaryTable({ cases, skipped, failed }: BacktestResult): string {
  const table = new Table({
    head: ["", "WAPE", "MASE", "pinball", "coverage 80 %", "bias"],
    colAligns: ["left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  const add = (name: string, summary: Summary): void => {
    table.push([name, percent(summary.wape), summary.mase.toFixed(3), percent(summary.pinball), percent(summary.coverage80), percent(summary.bias)]);
  };
  add("Levain", summaryOf(cases, (judged) => judged.rows));
  add("seasonal naive", summaryOf(cases, (judged) => judged.simple["seasonal naive"]));
  add("weekday mean", summaryOf(cases, (judged) => judged.simple["weekday mean"]));
  return [table.toString(), modelsLine(cases), ...(skipped.length === 0 ? [] : [skippedLine(skipped)]), ...failedLines(failed)].join("\n");
}

function modelsLine(cases: readonly JudgedCase[]): string {
  return `Models: ${countsOf(cases.flatMap(({ rows }) => rows.slice(0, 1).map(({ model }) => model)))}`;
}

const skippedLine = (skipped: BacktestResult["skipped"]): string => `Not forecast: ${countsOf(skipped.map(({ reason }) => reason))}`;

function failedLines(failed: BacktestResult["failed"]): string[] {
  const shown = failed.slice(0, FAILURES_SHOWN_MAX).map(({ productId, cutoff, message }) => `Failed: ${productId} from ${cutoff}: ${message}`);
  return failed.length > FAILURES_SHOWN_MAX ? [...shown, `… and ${failed.length - FAILURES_SHOWN_MAX} more`] : shown;
}

/** "additive 12, smoothing 3": most frequent first. */
function countsOf(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${count}`).join(", ");
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
