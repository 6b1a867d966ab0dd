/**
 * Keyset pages: a cursor holds the sort key of the last row shown, so that a page costs the same however deep it lies
 * and no row is shown twice or missed while others are added.
 */

export type PageRequest = { readonly cursor?: string | undefined; readonly limit: number };
export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | null };

/** The caller's cursor is not one that this listing gave out. */
export class MalformedCursor extends Error {
  override readonly name = "MalformedCursor";
}

/** A listing's own cursors: `listing` keeps one listing's cursors out of another, `read` refuses keys of the wrong shape. */
export type Keyset<Key> = { readonly listing: string; read(key: readonly unknown[]): Key | null };

/** The key after which the page begins; null for the first page. Throws MalformedCursor. */
export function keyAfter<Key>(keyset: Keyset<Key>, { cursor }: PageRequest): Key | null {
  if (cursor === undefined) return null;
  const [listing, ...values] = decode(cursor);
  const key = listing === keyset.listing ? keyset.read(values) : null;
  if (key === null) throw new MalformedCursor(`expected a nextCursor of the listing of ${keyset.listing}`);
  return key;
}

/** Cuts rows that were asked for with one more than the limit. @param keyOf the sort key of a row, as `read` expects it */
export function pageOfRows<Row, T>(
  keyset: Keyset<unknown>,
  { limit }: PageRequest,
  rows: readonly Row[],
  keyOf: (row: Row) => readonly unknown[],
  show: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items: shown.map(show), nextCursor: hasMore ? encode([keyset.listing, ...keyOf(last)]) : null };
}

/** One row more than the page shows tells whether there is a next one. */
export const rowsFor = ({ limit }: PageRequest): number => limit + 1;

const encode = (values: readonly unknown[]): string => Buffer.from(JSON.stringify(values)).toString("base64url");

function decode(cursor: string): readonly unknown[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(values) ? values : [];
  } catch {
    return [];
  }
}

/** One that a column of PostgreSQL's `integer` can be compared with. */
export const isInteger = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value === (value | 0);

/** As JSON writes an instant of a year from 1 to 9999, and not otherwise: JavaScript reads many a text as a date that PostgreSQL refuses. */
export const isInstant = (value: unknown): value is string =>
  typeof value === "string" && /^(?!0000)\d{4}-/.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value;

export const isUuid = (value: unknown): value is string =>
  typeof value === "string" && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
