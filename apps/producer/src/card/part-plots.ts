/** Plots of parts: what each day ahead is made of, and what was left unexplained on each weekday. */
import type { Evidence, ModelCard } from "@levain/contracts";
import { at, domainWithZero, dotsOf, scaleOf, svgOf, textOf, yAxisOf, type Frame } from "./plot.js";

/** More rows nobody reads; the smallest are told together. */
const ROWS_MAX = 9;

const ROW_HEIGHT = 44;
const ROWS: Omit<Frame, "height"> = { width: 900, left: 210, right: 12, top: 6, bottom: 6 };

/** One row per part, one bar per day, all in the same scale; the level, which is in every day, is told in words. */
export const componentsPlot = (components: Evidence["components"]): string => {
  const rows = rowsOf(components);
  const height = ROWS.top + Math.max(1, rows.length) * ROW_HEIGHT + ROWS.bottom;
  const [low, high] = domainWithZero(rows.flatMap(({ units }) => units));
  const slot = (ROWS.width - ROWS.left - ROWS.right) / Math.max(1, components.length);
  const body = rows.map(({ name, units }, row) => {
    const top = ROWS.top + row * ROW_HEIGHT;
    const y = scaleOf([low, high], [top + ROW_HEIGHT - 4, top + 4]);
    const bars = units.map((each, i) => {
      const title = `${components[i]?.day ?? ""}: ${each < 0 ? "" : "+"}${each.toFixed(1)}`;
      return `<rect class="${each < 0 ? "less" : "more"}" x="${at(ROWS.left + i * slot + 1)}" width="${at(Math.max(1, slot - 2))}" y="${at(Math.min(y(each), y(0)))}" height="${at(Math.abs(y(each) - y(0)))}"><title>${textOf(title)}</title></rect>`;
    });
    return `<line class="zero" x1="${ROWS.left}" x2="${ROWS.width - ROWS.right}" y1="${at(y(0))}" y2="${at(y(0))}"/><text class="label" text-anchor="end" x="${ROWS.left - 10}" y="${at(top + ROW_HEIGHT / 2 + 4)}">${textOf(shortened(name))}</text>${bars.join("")}`;
  });
  return svgOf({ width: ROWS.width, height }, "What each day ahead is made of, beside the level", body.join(""));
};

/** Parts by name, those that move most first, each with its units per day. */
const rowsOf = (components: Evidence["components"]): { name: string; units: number[] }[] => {
  const rows = new Map<string, number[]>();
  for (const [i, { parts }] of components.entries()) {
    for (const { kind, name, units } of parts) {
      if (kind === "level") continue;
      const label = kind === "weekday" ? "weekday" : name.replaceAll("_", " ");
      const row = rows.get(label) ?? components.map(() => 0);
      row[i] = (row[i] ?? 0) + units;
      rows.set(label, row);
    }
  }
  const ranked = [...rows].map(([name, units]) => ({ name, units })).toSorted((a, b) => weightOf(b.units) - weightOf(a.units));
  if (ranked.length <= ROWS_MAX) return ranked;
  const rest = ranked.slice(ROWS_MAX - 1);
  return [...ranked.slice(0, ROWS_MAX - 1), { name: `${rest.length} others`, units: components.map((_, i) => rest.reduce((total, { units }) => total + (units[i] ?? 0), 0)) }];
};

const weightOf = (units: readonly number[]): number => units.reduce((total, each) => total + Math.abs(each), 0);

/** Characters that fit beside a row. */
const LABEL_MAX = 28;
const shortened = (name: string): string => (name.length <= LABEL_MAX ? name : `${name.slice(0, LABEL_MAX - 1)}…`);

const WEEK: Frame = { width: 900, height: 220, left: 48, right: 12, top: 12, bottom: 28 };

/** One column per weekday: each day of the back-test as a dot, their mean as a line. */
export const weekdayPlot = (weekdays: ModelCard["residualsByWeekday"]): string => {
  const domain = domainWithZero(weekdays.flatMap(({ residuals }) => residuals));
  const y = scaleOf(domain, [WEEK.height - WEEK.bottom, WEEK.top]);
  const slot = (WEEK.width - WEEK.left - WEEK.right) / Math.max(1, weekdays.length);
  const columns = weekdays.map(({ weekday, mean, residuals }, i) => {
    const middle = WEEK.left + (i + 0.5) * slot;
    const dots = residuals.map((residual, j) => ({ x: middle + ((j + 0.5) / residuals.length - 0.5) * slot * 0.5, y: y(residual), title: `${weekday}: ${residual.toFixed(1)}` }));
    const half = slot * 0.3;
    return `${dotsOf("actual", dots)}<line class="mean" x1="${at(middle - half)}" x2="${at(middle + half)}" y1="${at(y(mean))}" y2="${at(y(mean))}"/><text class="tick" text-anchor="middle" x="${at(middle)}" y="${WEEK.height - 8}">${weekday}</text>`;
  });
  return svgOf(WEEK, "Demand less forecast in the back-test, by weekday", yAxisOf(WEEK, domain, y) + columns.join(""));
};
