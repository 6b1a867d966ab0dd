/** Which drivers a fitted model has learnt from, and so can say anything about. */
import { usesDesign } from "./families.js";
import type { Model } from "./model.js";

export type KnownDriver = {
  readonly name: string;
  /** A calendar; otherwise weather or traffic, of which days ahead can only be assumed. */
  readonly isKnownAhead: boolean;
};

/** In the order in which they were given at training; none of a model that knows weekdays and levels alone. */
export const knownDrivers = ({ fitted, recipe }: Model): readonly KnownDriver[] =>
  recipe === null || !usesDesign(fitted) ? [] : recipe.regressors.map(({ name, climatology }) => ({ name, isKnownAhead: climatology === null }));
