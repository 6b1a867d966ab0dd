/** A day's units as the till wrote them down, receipt by receipt, in all four forms a timestamp can have. */
import { instantOf } from "@levain/calendar";
import type { BusinessDay } from "@levain/contracts";
import type { TransactionRow } from "@levain/sources";
import type { Chance } from "./chance.js";

/** Local minutes of the day between which the shop sells. */
const OPENS_AT = 7 * 60;
const SHUTS_AT = 18 * 60;
const UNITS_PER_RECEIPT_MAX = 4;
/** Share of receipts that were typed wrong and taken back: a line too much, and one that corrects it. */
const CORRECTED_SHARE = 0.02;
const MINUTE_MS = 60_000;

/** Lines whose quantities add up to `units`, in the order of the day. */
export function receiptsOf(day: BusinessDay, units: number, timeZone: string, chance: Chance): TransactionRow[] {
  const lines: { minute: number; quantity: number }[] = [];
  for (let left = units; left > 0; ) {
    const quantity = Math.min(left, 1 + Math.floor(chance() * UNITS_PER_RECEIPT_MAX));
    const minute = OPENS_AT + Math.floor(chance() * (SHUTS_AT - OPENS_AT));
    lines.push({ minute, quantity });
    if (chance() < CORRECTED_SHARE) lines.push({ minute, quantity }, { minute: minute + 1, quantity: -quantity });
    left -= quantity;
  }
  lines.sort((left, right) => left.minute - right.minute);
  // The clock does not change during opening hours, so noon's offset holds for them all.
  const offsetMs = Date.parse(`${day}T12:00:00Z`) - instantOf(`${day}T12:00:00`, timeZone).getTime();
  return lines.map(({ minute, quantity }, index) => ({ at: timestamp(index, Date.parse(`${day}T00:00:00Z`) + minute * MINUTE_MS, offsetMs), quantity }));
}

/** @param localMs the local clock's reading, taken for UTC */
function timestamp(form: number, localMs: number, offsetMs: number): string | number {
  const local = new Date(localMs).toISOString().slice(0, 19);
  const instantMs = localMs - offsetMs;
  switch (form % 4) {
    case 0:
      return `${local}${offsetInWords(offsetMs)}`;
    case 1:
      return local;
    case 2:
      return instantMs / 1_000;
    default:
      return instantMs;
  }
}

const offsetInWords = (offsetMs: number): string => {
  const minutes = Math.abs(offsetMs) / MINUTE_MS;
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${offsetMs < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
};
