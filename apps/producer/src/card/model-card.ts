/** A model's card: the model beside what was taken down when it was trained, and what both come to. */
import { toEpochDay } from "@levain/calendar";
import { Weekday, type BusinessDay, type Evidence, type ModelCard } from "@levain/contracts";

export const modelCard = (about: Pick<ModelCard, "product" | "unit" | "model" | "evidence">): ModelCard => {
  const folds = about.evidence?.folds ?? [];
  return { ...about, folds: folds.map(foldOf), residualsByWeekday: residualsOf(folds.flatMap(({ days }) => days)) };
};

type Fold = Evidence["folds"][number];

const foldOf = ({ cutoff, days }: Fold): ModelCard["folds"][number] => {
  const sold = sum(days.map(({ actual }) => Math.abs(actual)));
  const share = (total: number, whole: number): number | null => (whole === 0 ? null : total / whole);
  return {
    cutoff,
    days: days.length,
    wape: share(sum(days.map(({ actual, median }) => Math.abs(actual - median))), sold),
    bias: share(sum(days.map(({ actual, median }) => median - actual)), sold),
    coverage80: share(days.filter(({ actual, low80, high80 }) => actual >= low80 && actual <= high80).length, days.length),
  };
};

/** Weekdays on which the shop was open, from Monday on. */
const residualsOf = (days: Fold["days"]): ModelCard["residualsByWeekday"] =>
  Weekday.options.flatMap((weekday) => {
    const residuals = days.filter(({ day }) => weekdayOf(day) === weekday).map(({ actual, median }) => actual - median);
    return residuals.length === 0 ? [] : [{ weekday, mean: sum(residuals) / residuals.length, residuals }];
  });

/** Day 0 was a Thursday. */
const weekdayOf = (day: BusinessDay): Weekday | undefined => Weekday.options[(((toEpochDay(day) + 3) % 7) + 7) % 7];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
