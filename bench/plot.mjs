/** Plots as SVG, written by hand: both axes logarithmic for times, bars for ratios. They stand in `docs/plots`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { root } from "../apps/cli/bin/prepare.mjs";

const FOLDER = `${root}/docs/plots`;
const [WIDTH, HEIGHT] = [720, 380];
const EDGE = { left: 70, right: 20, top: 50, bottom: 60 };
const COLOURS = ["#8a8f98", "#c2571a", "#2f6f8f"];
const STYLE = "font: 13px system-ui, sans-serif; fill: #333";

/** @param lines [{ name, points: [[x, y], …] }], all positive */
export function saveLinePlot(file, { title, x, y, lines }) {
  const points = lines.flatMap((line) => line.points);
  const across = logAxis(points.map(([at]) => at), EDGE.left, WIDTH - EDGE.right);
  const up = logAxis(points.map(([, at]) => at), HEIGHT - EDGE.bottom, EDGE.top);
  const xTicks = [...new Set(points.map(([at]) => at))].map((at) => text(across.at(at), HEIGHT - EDGE.bottom + 20, at, "middle"));
  const yTicks = up.ticks.map((at) => rule(up.at(at)) + text(EDGE.left - 8, up.at(at) + 4, at, "end"));
  const drawn = lines.map(({ name, points: path }, i) => {
    const places = path.map(([a, b]) => `${across.at(a).toFixed(1)},${up.at(b).toFixed(1)}`);
    const dots = places.map((place) => `<circle cx="${place.split(",")[0]}" cy="${place.split(",")[1]}" r="3.5" fill="${COLOURS[i]}"/>`).join("");
    return `<polyline points="${places.join(" ")}" fill="none" stroke="${COLOURS[i]}" stroke-width="2.5"/>${dots}${legend(i, name)}`;
  });
  save(file, title, [...yTicks, ...xTicks, ...drawn, text((WIDTH + EDGE.left) / 2, HEIGHT - 12, x, "middle"), text(12, EDGE.top - 10, y, "start")]);
}

/** @param groups names along the axis @param series [{ name, values }], one value per group; `mark`: a line at this height */
export function saveBarPlot(file, { title, y, groups, series, mark }) {
  const top = Math.max(mark, ...series.flatMap(({ values }) => values)) * 1.1;
  const heightOf = (value) => ((HEIGHT - EDGE.top - EDGE.bottom) * value) / top;
  const floor = HEIGHT - EDGE.bottom;
  const slot = (WIDTH - EDGE.left - EDGE.right) / groups.length;
  const width = (0.75 * slot) / series.length;
  const drawn = series.flatMap(({ name, values }, i) => [
    ...values.map((value, group) => {
      const left = EDGE.left + slot * group + 0.125 * slot + width * i;
      return `<rect x="${left.toFixed(1)}" y="${(floor - heightOf(value)).toFixed(1)}" width="${width.toFixed(1)}" height="${heightOf(value).toFixed(1)}" fill="${COLOURS[i + 1]}"/>${text(left + width / 2, floor - heightOf(value) - 4, value.toFixed(2), "middle", 11)}`;
    }),
    legend(i + 1, name, i),
  ]);
  const names = groups.map((group, i) => text(EDGE.left + slot * (i + 0.5), floor + 20, group, "middle", 11));
  save(file, title, [rule(floor), ...drawn, ...names, rule(floor - heightOf(mark), "4 4"), text(EDGE.left - 8, floor - heightOf(mark) + 4, mark, "end"), text(12, EDGE.top - 10, y, "start")]);
}

function logAxis(values, from, until) {
  const [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))];
  const ticks = [];
  for (let power = Math.floor(low); power <= high; power += 1) ticks.push(...[1, 2, 5].map((digit) => digit * 10 ** power));
  return {
    at: (value) => from + ((until - from) * (Math.log10(value) - low)) / (high - low),
    ticks: ticks.filter((tick) => tick >= 10 ** low && tick <= 10 ** high),
  };
}

const text = (x, y, content, anchor, size = 13) =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" style="${STYLE}; font-size: ${size}px">${content}</text>`;
const rule = (y, dashes = "") =>
  `<line x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}" stroke="#bbb" stroke-dasharray="${dashes}"/>`;
const legend = (colour, name, row = colour) =>
  `<rect x="${EDGE.left + 20}" y="${EDGE.top + 6 + 20 * row}" width="12" height="12" fill="${COLOURS[colour]}"/>${text(EDGE.left + 40, EDGE.top + 17 + 20 * row, name, "start")}`;

function save(file, title, parts) {
  mkdirSync(FOLDER, { recursive: true });
  const body = [`<rect width="100%" height="100%" fill="#fff"/>`, text(12, 24, title, "start", 15), ...parts].join("\n");
  writeFileSync(`${FOLDER}/${file}`, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">\n${body}\n</svg>\n`);
}
