/**
 * Where the search begins: at the setting that serves now. What was best yesterday is seldom far from what is best today,
 * and a setting of an earlier demand class or policy would not be drawn again. One that is among the candidates anyway
 * changes nothing, so the same data give the same model, whether or not the champion was trained on them.
 */
import type { SingleSpec } from "./spec.js";

/** Share of the candidates that the champion may bring along. */
const BROUGHT_SHARE = 1 / 3;

/**
 * The candidates with the champion's settings right after the floor, in the places of the last ones drawn.
 * @param specs the floor first
 * @param champion a spec as stored, whatever the engine that wrote it: settings that do not have the shape of a candidate are left out
 */
export const warmStart = (specs: readonly SingleSpec[], champion: unknown): SingleSpec[] => {
  const settings = membersOf(champion);
  if (settings.length === 0) return [...specs];
  const known = new Set(specs.map((spec) => settingOf(spec)));
  const shapes = new Set(specs.map(shapeOf));
  const isNews = (setting: unknown): setting is SingleSpec => isRecord(setting) && shapes.has(shapeOf(setting)) && !known.has(settingOf(setting));
  const brought = settings.filter(isNews).slice(0, Math.floor(specs.length * BROUGHT_SHARE));
  return [...specs.slice(0, 1), ...brought, ...specs.slice(1)].slice(0, specs.length);
};

/** Of a spec as stored: the settings that it averages, or itself. */
export const membersOf = (champion: unknown): readonly unknown[] => {
  if (!isRecord(champion)) return [];
  return Array.isArray(champion.members) ? champion.members : [champion];
};

/** Independent of the order of keys, which a database may change. */
export const settingOf = (setting: object): string =>
  JSON.stringify(setting, (_key, value: unknown) => (isRecord(value) ? Object.fromEntries(Object.entries(value).toSorted(byKey)) : value));

/** Keys and types, with the names of family and transform: what a family must find in its spec to be fitted. */
const shapeOf = (setting: object): string =>
  Object.entries(setting)
    .toSorted(byKey)
    .map(([key, value]) => `${key}: ${isRecord(value) ? `{ ${shapeOf(value)} }` : typeof value === "string" ? value : typeof value}`)
    .join(", ");

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
