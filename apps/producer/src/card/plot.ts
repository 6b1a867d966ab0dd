/** What the card's plots share: scales, axes and shapes, as SVG text whose looks are classes of the page's one style. */

/** Units of the view box; the page makes it as wide as its column. */
export type Frame = { readonly width: number; readonly height: number; readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
export type Scale = (value: number) => number;

/** Maps [from, to] onto [start, end]; a domain without width onto the middle. */
export const scaleOf =
  ([from, to]: readonly [number, number], [start, end]: readonly [number, number]): Scale =>
  (value) =>
    to === from ? (start + end) / 2 : start + ((value - from) / (to - from)) * (end - start);

/** The least and the largest of them, and zero. */
export const domainWithZero = (values: readonly number[]): readonly [number, number] => [Math.min(0, ...values), Math.max(0, ...values)];

/** Round numbers within a domain: about `count` of them, in steps of 1, 2 or 5 times a power of ten. */
const ticksOf = ([from, to]: readonly [number, number], count = 4): number[] => {
  if (to <= from) return [from];
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10);
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6)));
};

/** Coordinates with two digits after the point. */
export const at = (value: number): string => String(Number(value.toFixed(2)) + 0);

export const textOf = (text: string): string => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

/** @param name what the plot shows, for those who do not see it */
export const svgOf = ({ width, height }: Pick<Frame, "width" | "height">, name: string, body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${textOf(name)}">${body}</svg>`;

/** Horizontal lines at round numbers, each with its number at the left. */
export const yAxisOf = (frame: Frame, domain: readonly [number, number], y: Scale, count = 4): string =>
  ticksOf(domain, count)
    .map((tick) => `<line class="${tick === 0 ? "zero" : "grid"}" x1="${at(frame.left)}" x2="${at(frame.width - frame.right)}" y1="${at(y(tick))}" y2="${at(y(tick))}"/><text class="tick" text-anchor="end" x="${at(frame.left - 6)}" y="${at(y(tick) + 4)}">${tick}</text>`)
    .join("");

export type Point = { readonly x: number; readonly y: number };

export const lineOf = (kind: string, points: readonly Point[]): string =>
  points.length === 0 ? "" : `<path class="${kind}" d="M${points.map(({ x, y }) => `${at(x)} ${at(y)}`).join("L")}"/>`;

/** Between a lower and an upper edge. */
export const areaOf = (kind: string, points: readonly { readonly x: number; readonly low: number; readonly high: number }[]): string =>
  points.length < 2
    ? ""
    : `<path class="${kind}" d="M${[...points.map(({ x, high }) => `${at(x)} ${at(high)}`), ...points.toReversed().map(({ x, low }) => `${at(x)} ${at(low)}`)].join("L")}Z"/>`;

export const dotsOf = (kind: string, points: readonly (Point & { readonly title: string })[], radius = 2.5): string =>
  points.map(({ x, y, title }) => `<circle class="${kind}" cx="${at(x)}" cy="${at(y)}" r="${radius}"><title>${textOf(title)}</title></circle>`).join("");
