/**
 * Statements that PostgreSQL keeps parsed and planned, once for each connection: for most of what is asked for each product
 * of a run, that takes longer than the answer.
 */

/** Times that a process says a statement before it is kept: lists of every length make statements of their own, said once. */
const SAID_OFTEN = 3;

/** Statements of one process that are kept, and that are counted. The latter is room for those of which there is no end. */
const KEPT_MAX = 100;
const COUNTED_MAX = 1_000;

/** A call of a function has nothing to plan, and the columns behind its star are the next migration's to change. */
const isCall = (sql: string): boolean => /^\s*SELECT\s+\*\s/i.test(sql);

/** @returns what names a statement by its text: the empty name for one that is not kept */
export function nameStatements(): (statement: { readonly sql: string }) => string {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= KEPT_MAX || isCall(sql)) return "";
    const count = (counts.get(sql) ?? 0) + 1;
    if (count < SAID_OFTEN) {
      if (counts.size >= COUNTED_MAX) counts.clear();
      counts.set(sql, count);
      return "";
    }
    counts.delete(sql);
    const name = `levain-${names.size + 1}`;
    names.set(sql, name);
    return name;
  };
}
