/** Addresses below a tenant's base address. The base may carry a path and a query of its own; both are kept. */
import { Failure } from "@levain/contracts";

export function addressOf(base: string, path: readonly string[], query: Readonly<Record<string, string | number | null | undefined>>): URL {
  const url = new URL(base);
  url.pathname = [url.pathname.replace(/\/+$/, ""), ...path.map(segmentOf)].join("/");
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

/** A URL takes the segments `.` and `..`, escaped or not, for a way up: such an id would ask another question. */
function segmentOf(segment: string): string {
  if (segment === "." || segment === "..") throw new Failure("source.malformed", "expected a product id that can stand in an address", { came: segment });
  return encodeURIComponent(segment);
}
