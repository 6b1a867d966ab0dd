/** Cursor pages, followed to the last one. */
import { Failure, type SourceName } from "@levain/contracts";

export async function* pagesOf<P extends { readonly nextCursor: string | null }>(
  source: SourceName,
  pagesMax: number,
  fetchPage: (cursor: string | null) => Promise<P>,
): AsyncGenerator<P> {
  const seen = new Set<string>();
  for (let cursor: string | null = null; ; ) {
    const page: P = await fetchPage(cursor);
    yield page;
    cursor = page.nextCursor;
    if (cursor === null) return;
    if (seen.has(cursor)) throw new Failure("source.malformed", `${source}: expected a new cursor on each page, got one again`, { source });
    seen.add(cursor);
    if (seen.size >= pagesMax) throw new Failure("source.malformed", `${source}: expected at most ${pagesMax} pages, got more`, { source, pagesMax });
  }
}
