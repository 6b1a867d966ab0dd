/** What a model may see: the open days up to a cutoff and the drivers. Costly derivations are made once, at first use. */
import type { Columns } from "./additive/gram.js";
import { gramAfter, gramOf } from "./additive/gram.js";
import type { Column, DesignRecipe } from "./design.js";
import { columnsOf, learnRecipe, writeDesign } from "./design.js";
import type { Filtering, LevelFilter } from "./level-filter.js";
import { filteringOf } from "./level-filter.js";
import type { Drivers } from "./drivers.js";
import { demandBehind } from "./sell-outs.js";
import type { EpochDay, OpenDays, Series } from "./series.js";
import { openDaysBetween } from "./series.js";
import type { Transform, TransformName } from "./transform.js";
import { learnTransform, onScale } from "./transform.js";

export type History = {
  readonly cutoff: EpochDay;
  readonly open: OpenDays;
  readonly drivers: Drivers;
  /** The open days on a transformed scale. */
  target(name: TransformName): Target;
  /** All columns that any model may use: one matrix for every trial, since priors do not change it. */
  design(): TrainingDesign;
  /** What is news in the columns once a level and a weekday profile are taken off; bends and seasons of the week, which such a level follows by itself, are left out. */
  news(filter: LevelFilter): News;
  /** The same columns for days after the cutoff. */
  ahead(days: Int32Array): Ahead;
  /** What a family derives from the history by settings that several specs share, made once per name. */
  shared<Value>(name: string, make: () => Value): Value;
};

export type News = {
  readonly filtering: Filtering;
  /** Of each column of the design its number here, −1 where it is left out. */
  readonly places: readonly number[];
  readonly matrix: Columns;
  readonly gram: Float64Array;
};

export type Target = { readonly transform: Transform; readonly z: Float64Array };

/** Days to forecast, with the columns that all models of a history share for them. */
export type Ahead = {
  /** Ascending, shape (h). */
  readonly days: Int32Array;
  /** Shape (h, columns). */
  design(): Columns;
};

export type TrainingDesign = {
  readonly recipe: DesignRecipe;
  readonly columns: readonly Column[];
  /** Shape (open days, columns). */
  readonly matrix: Columns;
};

/** @param before the history of the same series until an earlier day, where there is one: much of what is derived from it serves again */
export const historyUntil = (series: Series, drivers: Drivers, cutoff: EpochDay, before?: () => History | undefined): History => {
  const open = demandBehind(openDaysBetween(series, series.start, cutoff), series.soldOut);
  const target = remember((name: TransformName): Target => {
    const transform = learnTransform(name, open.y);
    return { transform, z: onScale(transform, open.y) };
  });
  const design = once((): TrainingDesign => {
    const recipe = learnRecipe(open.days, drivers, cutoff);
    return { recipe, columns: columnsOf(recipe), matrix: writeDesign(recipe, open.days, drivers) };
  });
  const news = rememberAs(JSON.stringify, (filter: LevelFilter): News => {
    const { columns, matrix } = design();
    const filtering = filteringOf(filter, open.days);
    const used = columns.flatMap(({ group }, column) => (group === "changepoint" || group === "weekly-by-season" ? [] : [column]));
    const filtered = filtering.runAll(matrix, used);
    const earlier = before?.()?.news(filter);
    return { filtering, places: columns.map((_, column) => used.indexOf(column)), matrix: filtered, gram: earlier === undefined ? gramOf(filtered) : gramAfter(filtered, earlier) };
  });
  const ahead = (days: Int32Array): Ahead => ({ days, design: once(() => writeDesign(design().recipe, days, drivers)) });
  const shelf = new Map<string, unknown>();
  const shared = <Value>(name: string, make: () => Value): Value => {
    if (!shelf.has(name)) shelf.set(name, make());
    return shelf.get(name) as Value;
  };
  return { cutoff, open, drivers, target, design, news, ahead, shared };
};

/** The days ahead of a model that was fitted elsewhere. @param recipe null when it uses no design */
export const aheadOf = (recipe: DesignRecipe | null, days: Int32Array, drivers: Drivers): Ahead => ({
  days,
  design: once(() => {
    if (recipe === null) throw new RangeError("expected the recipe of the design that the model was fitted on, got none");
    return writeDesign(recipe, days, drivers);
  }),
});

const once = <Value>(make: () => Value): (() => Value) => {
  const known = remember<null, Value>(make);
  return () => known(null);
};

const remember = <Key, Value>(make: (key: Key) => Value): ((key: Key) => Value) => rememberAs((key) => key, make);

/** @param nameOf what makes two keys the same */
const rememberAs = <Key, Value>(nameOf: (key: Key) => unknown, make: (key: Key) => Value): ((key: Key) => Value) => {
  const made = new Map<unknown, Value>();
  return (key) => {
    const name = nameOf(key);
    const known = made.get(name);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(name, value);
    return value;
  };
};
