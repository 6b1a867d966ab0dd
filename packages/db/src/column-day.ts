/** Business days and `date` columns: Prisma shows a date as the instant of its UTC midnight. */
import type { BusinessDay } from "@levain/contracts";

export const dayOfColumn = (date: Date): BusinessDay => date.toISOString().slice(0, 10);

export const columnOfDay = (day: BusinessDay): Date => new Date(`${day}T00:00:00.000Z`);
