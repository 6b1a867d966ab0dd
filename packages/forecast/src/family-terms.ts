/* oxlint-disable typescript/no-non-null-assertion -- column numbers come from the list of columns they index; weekdays are 0 to 6 */
/** What each family adds up to come to its centre of a day, by name. */
import { worthOn } from "./additive/centers.js";
import { levelAhead } from "./decomposed-smoothing.js";
import { columnsOf, type ColumnGroup, type DesignRecipe } from "./design.js";
import type { Drivers } from "./drivers.js";
import { levelOn } from "./dynamic-regression.js";
import type { FittedSingle } from "./families.js";
import type { Ahead } from "./history.js";
import { MEDIAN_INDEX } from "./outlook.js";
import { createSums, type PartKind, type Term } from "./part.js";
import { recentLevelOn } from "./regression.js";
import type { EpochDay } from "./series.js";
import { weekdayOf } from "./series.js";
import { mean } from "./vector.js";

/** The days that are explained, and what is known of them. */
export type Occasion = { readonly ahead: Ahead; readonly drivers: Drivers; readonly recipe: DesignRecipe | null };

/** @param i which of the days ahead @returns perhaps several terms of one kind and name */
export const familyTerms = (fitted: FittedSingle, occasion: Occasion, i: number): Term[] => {
  const day = occasion.ahead.days[i]!;
  switch (fitted.family) {
    case "seasonal-naive":
    case "weekday-mean":
      return weekdayTerms(day, fitted.weekdays);
    case "empirical":
    case "count":
      return weekdayTerms(day, fitted.weekdays.map((quantiles) => quantiles[MEDIAN_INDEX]!));
    case "smoothing":
      return [levelTerm(fitted.level), weekdayTerm(day, fitted.weekdays[weekdayOf(day)]!)];
    case "decomposed-smoothing":
      return [levelTerm(fitted.level), recentTerm(levelAhead(fitted, day) - fitted.level), weekdayTerm(day, fitted.weekdays[weekdayOf(day)]!)];
    case "regression": {
      const [ofLevel = 0, intercept = 0] = fitted.weights.slice(fitted.kept.length);
      return [levelTerm(intercept), ...columnTerms(fitted.kept, fitted.weights, occasion, i), recentTerm(ofLevel * recentLevelOn(fitted, day))];
    }
    case "dynamic-regression":
      return [...columnTerms(fitted.kept, fitted.beta, occasion, i), recentTerm(levelOn(fitted, day)), weekdayTerm(day, fitted.weekdays[weekdayOf(day)]!)];
    case "additive": {
      const { value, fade, lastDay, weekdays } = fitted.correction;
      const ofWeekday = weekdays === undefined ? [] : [weekdayTerm(day, weekdays[weekdayOf(day)]!)];
      return [...columnTerms(fitted.kept, worthOn(occasion.ahead.design(), fitted, i), occasion, i), recentTerm(value * fade ** (day - lastDay)), ...ofWeekday];
    }
  }
};

const levelTerm = (value: number): Term => ({ kind: "level", name: "level", value });
const recentTerm = (value: number): Term => ({ kind: "recent-level", name: "recent level", value });
const weekdayTerm = (day: EpochDay, value: number): Term => ({ kind: "weekday", name: weekdayName(day), value });

/** Of a family that only knows what each weekday sells: their mean is the level. */
const weekdayTerms = (day: EpochDay, weekdays: readonly number[]): Term[] => [levelTerm(mean(weekdays)), weekdayTerm(day, weekdays[weekdayOf(day)]! - mean(weekdays))];

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
const weekdayName = (day: EpochDay): string => WEEKDAYS[weekdayOf(day)]!;

/** Bends belong to the trend; that a week swells with the season is still a matter of the weekday. */
const KIND: Record<ColumnGroup, PartKind> = {
  level: "level",
  trend: "trend",
  changepoint: "trend",
  weekly: "weekday",
  "weekly-by-season": "weekday",
  yearly: "season",
  special: "special-day",
  "own-special": "special-day",
  closure: "special-day",
  occasion: "special-day",
  monthly: "season",
  regressor: "regressor",
  "regressor-by-weekday": "regressor",
};

/** @param kept numbers of the design's columns @param weights of the kept columns first */
const columnTerms = (kept: readonly number[], weights: readonly number[], { ahead, drivers, recipe }: Occasion, i: number): Term[] => {
  const columns = recipe === null ? [] : columnsOf(recipe);
  const { n, values } = ahead.design();
  const day = ahead.days[i]!;
  const sums = createSums();
  for (const [j, number] of kept.entries()) {
    const { group, name } = columns[number]!;
    const kind = KIND[group];
    const x = values[number * n + i]!;
    if (kind === "special-day" && x === 0) continue;
    const names = namesOf(group, name, drivers, day);
    for (const each of names) sums.add(kind, each, (weights[j]! * x) / names.length);
  }
  return sums.terms();
};

/** What special days have in common is told under the names of those that fell on the day, in equal shares. */
const namesOf = (group: ColumnGroup, column: string, drivers: Drivers, day: EpochDay): readonly string[] => {
  const kind = KIND[group];
  if (kind === "weekday") return [weekdayName(day)];
  if (kind === "regressor" || group === "own-special" || group === "closure" || group === "occasion") return [column];
  if (group !== "special") return [kind];
  const namesOn = (shift: number, prefix = ""): string[] => drivers.specialDays.filter(({ days }) => days.includes(day + shift)).map(({ name }) => `${prefix}${name}`);
  const names = column === "day before" ? namesOn(1, "eve of ") : column === "day after" ? namesOn(-1, "day after ") : namesOn(0);
  return names.length > 0 ? names : [column];
};
