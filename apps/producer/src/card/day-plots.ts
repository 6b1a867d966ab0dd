/** Plots along days: the forecast after the last weeks, and each fold of the back-test. */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay, DayBands, Evidence } from "@levain/contracts";
import { areaOf, at, domainWithZero, dotsOf, lineOf, scaleOf, svgOf, yAxisOf, type Frame, type Scale } from "./plot.js";

const WIDE: Frame = { width: 900, height: 300, left: 48, right: 12, top: 12, bottom: 28 };
const SMALL: Frame = { width: 440, height: 200, left: 48, right: 12, top: 12, bottom: 28 };

/** Days between two dates below a wide plot. */
const DATE_EVERY_DAYS = 14;

/** Demand of the last weeks with what the back-test said of them, and the forecast after the cutoff. */
export const forecastPlot = ({ recent, folds, ahead }: Evidence, cutoff: BusinessDay): string => {
  const since = recent[0]?.day ?? cutoff;
  // Where folds overlap, the later one knew more.
  const looked = new Map(folds.flatMap(({ days }) => days).filter(({ day }) => day >= since).map((bands) => [bands.day, bands]));
  const days = [...recent.map(({ day }) => day), ...ahead.map(({ day }) => day)];
  const { x, y, axes } = axesOf(WIDE, days, [...recent.map(({ actual }) => actual), ...highsOf([...looked.values(), ...ahead])], DATE_EVERY_DAYS);
  const border = at(x(toEpochDay(cutoff) + 0.5));
  return svgOf(
    WIDE,
    `Demand since ${since} and the forecast after ${cutoff}`,
    [
      axes,
      bandsOf([...looked.values()], x, y, " past"),
      bandsOf(ahead, x, y),
      `<line class="cutoff" x1="${border}" x2="${border}" y1="${WIDE.top}" y2="${WIDE.height - WIDE.bottom}"/>`,
      dotsOf("actual", recent.map(({ day, actual }) => ({ x: x(toEpochDay(day)), y: y(actual), title: `${day}: ${actual}` }))),
    ].join(""),
  );
};

/** What the model said from one cutoff, and what came. */
export const foldPlot = ({ cutoff, days }: Evidence["folds"][number]): string => {
  const { x, y, axes } = axesOf(SMALL, days.map(({ day }) => day), [...days.map(({ actual }) => actual), ...highsOf(days)], 7);
  const actual = days.map(({ day, actual: sold, median }) => ({ x: x(toEpochDay(day)), y: y(sold), title: `${day}: ${sold}, forecast ${median}` }));
  return svgOf(SMALL, `Back-test from ${cutoff}`, [axes, bandsOf(days, x, y), dotsOf("actual", actual, 3)].join(""));
};

const highsOf = (bands: readonly DayBands[]): number[] => bands.map(({ high80 }) => high80);

const axesOf = (frame: Frame, days: readonly BusinessDay[], values: readonly number[], everyDays: number): { x: Scale; y: Scale; axes: string } => {
  const [first, last] = [toEpochDay(days[0] ?? "1970-01-01"), toEpochDay(days.at(-1) ?? "1970-01-01")];
  const x = scaleOf([first, last], [frame.left + 4, frame.width - frame.right - 4]);
  const domain = domainWithZero(values);
  const y = scaleOf(domain, [frame.height - frame.bottom, frame.top]);
  const dates = Array.from({ length: Math.floor((last - first) / everyDays) + 1 }, (_, i) => first + i * everyDays);
  const labels = dates.map((day, i) => `<text class="tick" text-anchor="${i === 0 ? "start" : "middle"}" x="${at(x(day))}" y="${frame.height - 8}">${fromEpochDay(day)}</text>`);
  return { x, y, axes: yAxisOf(frame, domain, y) + labels.join("") };
};

const bandsOf = (bands: readonly DayBands[], x: Scale, y: Scale, when = ""): string =>
  [
    areaOf(`band80${when}`, bands.map(({ day, low80, high80 }) => ({ x: x(toEpochDay(day)), low: y(low80), high: y(high80) }))),
    areaOf(`band50${when}`, bands.map(({ day, low50, high50 }) => ({ x: x(toEpochDay(day)), low: y(low50), high: y(high50) }))),
    lineOf(`median${when}`, bands.map(({ day, median }) => ({ x: x(toEpochDay(day)), y: y(median) }))),
  ].join("");
