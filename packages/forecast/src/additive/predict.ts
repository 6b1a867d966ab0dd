/** The additive model on any days: the same recipe writes their columns. */
import { writeDesign } from "../design.js";
import type { Drivers } from "../drivers.js";
import type { Outlook } from "../outlook.js";
import { outlookAround } from "../outlook.js";
import type { FittedAdditive } from "./fit.js";
import { combineColumns } from "./gram.js";

export const projectAdditive = (fitted: FittedAdditive, days: Int32Array, drivers: Drivers): Outlook => {
  const { recipe, correction } = fitted;
  const centers = combineColumns(writeDesign(recipe, days, drivers), fitted.kept, fitted.beta);
  const lastDay = recipe.firstDay + recipe.spanDays;
  const corrected = centers.map((center, i) => center + correction.value * correction.fade ** ((days[i] ?? lastDay) - lastDay));
  return outlookAround(corrected, fitted.residuals, fitted.transform);
};
