/** One day's forecast in one plain sentence: what is usual, then what moves this day, the strongest first. */
import type { Part } from "./part.js";

/** More than so many reasons nobody reads; the rest are told together. */
const REASONS_MAX = 4;
/** Share of the day's median below which a reason is not worth a word. */
const WORTH_SAYING_SHARE = 0.02;
const WORTH_SAYING_UNITS = 0.5;

/** Such as `Usually 120: Saturday +31, temperature +6, school holiday −4.` @param parts as `explain` gives them */
export const sayDay = (parts: readonly Pick<Part, "kind" | "name" | "units">[]): string => {
  const median = parts.reduce((total, { units }) => total + units, 0);
  if (parts.some(({ kind, name }) => kind === "limit" && name === "closed")) return "Closed.";
  const level = parts.reduce((total, { kind, units }) => total + (kind === "level" ? units : 0), 0);
  const threshold = Math.max(WORTH_SAYING_UNITS, WORTH_SAYING_SHARE * Math.abs(median));
  const strongest = parts
    .filter(({ kind, units }) => kind !== "level" && Math.abs(units) >= threshold)
    .toSorted((a, b) => Math.abs(b.units) - Math.abs(a.units))
    .slice(0, REASONS_MAX);
  const rest = median - level - strongest.reduce((total, { units }) => total + units, 0);
  const reasons = strongest.map(({ kind, name, units }) => `${wordOf(kind, name)} ${signed(units)}`);
  if (Math.abs(rest) >= threshold) reasons.push(`other ${signed(rest)}`);
  return reasons.length === 0 ? `As usual: ${whole(median)}.` : `Usually ${whole(level)}: ${reasons.join(", ")}.`;
};

const WORDS: Readonly<Record<string, string>> = {
  temperature_c: "temperature",
  precipitation_mm: "rain",
  wind_speed_kmh: "wind",
  cloud_cover: "clouds",
  trend: "trend",
  season: "time of the year",
  "recent level": "recent sales",
  limit: "limit of what is likely",
};

const wordOf = (kind: Part["kind"], name: string): string => (kind === "weekday" || kind === "special-day" ? name : (WORDS[name] ?? name.replaceAll("_", " ")));

/** Whole units, and tenths where there are few. */
const whole = (units: number): string => String(Number(units.toFixed(Math.abs(units) < 10 ? 1 : 0)) + 0);
const signed = (units: number): string => `${units < 0 ? "−" : "+"}${whole(Math.abs(units))}`;
