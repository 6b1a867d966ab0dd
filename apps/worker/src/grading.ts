/** Grading, as a training is given it: days begin where the tenant's zone says, and who should hears of an alarm. */
import { businessDayOf, startOfBusinessDay } from "@levain/calendar";
import type { DriftAlarm, GradedDay, ProductId } from "@levain/contracts";
import type { TenantDb } from "@levain/db";
import { daysOf } from "@levain/sources";
import type { TrainingDeps } from "@levain/training";

export type GradingStore = Pick<TenantDb, "gradingBasis" | "keepGrades">;

export type GradingNews = {
  /** The newest day that was graded. */
  graded(day: GradedDay): void;
  alarmed(productId: ProductId, alarm: DriftAlarm): void;
};

export const gradingOf = (timeZone: string, store: GradingStore, news: GradingNews): Pick<TrainingDeps, "loadGradingBasis" | "keepGrades"> => ({
  loadGradingBasis: async (productId, range) => {
    const days = daysOf(range).map((day) => ({ day, startedAt: startOfBusinessDay(day, timeZone) }));
    const { chosenAt, ...basis } = await store.gradingBasis(productId, days);
    return { ...basis, chosenOn: chosenAt && businessDayOf(chosenAt, timeZone) };
  },
  keepGrades: async (productId, range, days, alarm) => {
    await store.keepGrades(productId, range, days, alarm);
    const newest = days.at(-1);
    if (newest) news.graded(newest);
    if (alarm) news.alarmed(productId, alarm);
  },
});
