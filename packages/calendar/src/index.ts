/**
 * The conversions between instants and business days, and nothing else converts: any timestamp form → instant, instant
 * and zone → business day, business day and zone → instant, the nightly due time, and comparing what is written differently.
 */
export { businessDayOf, minuteOfDay, startOfBusinessDay } from "./business-day.js";
export { addDays, fromEpochDay, toEpochDay } from "./epoch-day.js";
export { nightlyDue } from "./nightly-due.js";
export { compareInstants, instantOf } from "./instant.js";
