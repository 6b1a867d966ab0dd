/** A case of the back-test as plain columns of numbers, for peers that know nothing of tenants and folders. */
import { toEpochDay } from "@levain/calendar";

/** Days to both sides of the same day in earlier years, whose mean is the normal course of weather and traffic. */
const NORMAL_WINDOW_DAYS = 7;
const YEAR_DAYS = 365;
const YEARS_BACK = 3;
/** Where no earlier year is known. */
const RECENT_DAYS = 28;

/** @param each a case: product, cutoff and the open days ahead @returns what `peers.mjs` says a case is */
export function peerCaseOf(folder, { product, cutoff, ahead }) {
  const sales = new Map();
  for (const { day, quantity } of folder.salesOf(product.id).records) sales.set(day, quantity);
  const sold = [...sales.keys()].sort();
  const open = folder.tenant.missingDay === "closed" ? sold : folder.openDays;
  const known = open.filter((day) => day >= sold[0] && day <= cutoff);
  const days = known.map(toEpochDay);
  const daysAhead = ahead.map(toEpochDay);
  const last = toEpochDay(cutoff);
  const columns = [
    ...[...folder.events, ...folder.eventsOf(product.id)].map((column) => ({ name: `calendar ${column.name}`, on: valuesOf(column, 0) })),
    ...[...folder.weather, ...folder.traffic].map((column) => ({ name: `observed ${column.name}`, on: normalAfter(valuesOf(column, Number.NaN), last) })),
  ].map(({ name, on }) => ({ name, values: filled(days.map(on)), ahead: filled(daysAhead.map(on)) }));
  const says = ({ values }) => values.some((value) => value !== values[0]);
  return { days, y: known.map((day) => Math.max(0, sales.get(day) ?? 0)), ahead: daysAhead, columns: columns.filter(says) };
}

const valuesOf = ({ firstDay, values }, absent) => {
  const first = toEpochDay(firstDay);
  return (day) => values[day - first] ?? absent;
};

/** As observed up to the last day known; after it the mean of the same season before. */
const normalAfter = (observed, last) => (day) => {
  if (day <= last) return observed(day);
  const around = (center) => Array.from({ length: 2 * NORMAL_WINDOW_DAYS + 1 }, (_, i) => center - NORMAL_WINDOW_DAYS + i).filter((one) => one <= last).map(observed).filter(Number.isFinite);
  const earlier = Array.from({ length: YEARS_BACK }, (_, year) => around(day - YEAR_DAYS * (year + 1))).flat();
  const recent = Array.from({ length: RECENT_DAYS }, (_, i) => observed(last - i)).filter(Number.isFinite);
  return mean(earlier.length > 0 ? earlier : recent);
};

/** Prophet takes no gaps: an unknown value is the mean of the known ones. */
const filled = (values) => {
  const usual = mean(values.filter(Number.isFinite));
  return values.map((value) => (Number.isFinite(value) ? value : usual));
};

const mean = (values) => (values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length);
