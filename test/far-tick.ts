/**
 * The nightly plan's tick where no test waits for one: once a day, and that half a day from now. A new tenant's night is
 * due at the next tick, so one that fell into a test would give it a run that nobody asked for.
 */
const DAY_MINUTES = 1_440;

const minuteOfDay = (at: Date): number => 60 * at.getUTCHours() + at.getUTCMinutes();

export const FAR_TICK: Readonly<Record<string, string>> = {
  TICK_MINUTES: String(DAY_MINUTES),
  TICK_OFFSET_MINUTES: String((minuteOfDay(new Date()) + DAY_MINUTES / 2) % DAY_MINUTES),
};
