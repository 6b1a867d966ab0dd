/** Fingerprints of plain data: equal for equal content, whatever the order in which objects were built. */
import { createHash } from "node:crypto";

/** SHA-256 as hexadecimal text. Columns of numbers count bit for bit, so that NaN (closed) is not zero. */
export const contentDigest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value, inOrder) ?? "").digest("hex");

const inOrder = (_key: string, each: unknown): unknown => {
  if (ArrayBuffer.isView(each)) return { column: createHash("sha256").update(new Uint8Array(each.buffer, each.byteOffset, each.byteLength)).digest("hex"), bytes: each.byteLength };
  if (each instanceof Map) return { entries: [...each] };
  if (typeof each !== "object" || each === null || Array.isArray(each)) return each;
  return Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)));
};
