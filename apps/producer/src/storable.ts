/** Texts that PostgreSQL cannot keep: those with a NUL, or with half of a surrogate pair. */

const UNSTORABLE = /\0|\p{Surrogate}/u;

/** Characters of a path that are told; what lies deeper is told by its beginning. */
const PATH_LENGTH_MAX = 200;

/** Where in JSON data such a text is, null where nowhere. Not by recursion: data may be nested deeper than a stack. */
export function whereUnstorable(data: unknown, root: string): string | null {
  const open: { readonly value: unknown; readonly path: string }[] = [{ value: data, path: root }];
  for (let part = open.pop(); part; part = open.pop()) {
    const { value, path } = part;
    if (typeof value === "string" && UNSTORABLE.test(value)) return path;
    if (typeof value !== "object" || value === null) continue;
    for (const [name, inner] of Object.entries(value)) {
      if (UNSTORABLE.test(name)) return path;
      const below = Array.isArray(value) ? `[${name}]` : `.${name}`;
      open.push({ value: inner, path: path.length < PATH_LENGTH_MAX ? `${path}${below}` : path });
    }
  }
  return null;
}
