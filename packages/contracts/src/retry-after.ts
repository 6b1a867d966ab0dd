/** When the other side of HTTP wants to be asked again. */

/** `Retry-After` in milliseconds: delta seconds or an HTTP date (RFC 9110, 10.2.3). Undefined for a header that is absent or neither. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
