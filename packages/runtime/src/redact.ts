/**
 * What may leave the process in a log line. A secret is known by the name it is kept under, or by its own shape: a key
 * of ours, the userinfo of an address, an authorization scheme. Names and shapes are both needed, because a secret
 * under an innocent name has a shape, and one without a shape has a telling name.
 */

const REDACTED = "[redacted]";

const SECRET_NAME = /authorization|api[-_]?key|password|passwd|passphrase|secret|token|cookie|credential|private[-_]?key/i;

/** Levels of nesting that are kept; what lies deeper is named by its kind. */
const DEPTH_MAX = 8;

/** Entries kept of one list or object: a log line is not a dump. */
const ENTRIES_MAX = 100;

/** A copy of any value as plain JSON data without secrets; causes of errors and cycles included. */
export const redact = (value: unknown): unknown => copy(value, 0, new Set());

/** A text without the secrets that have a shape. */
export function redactText(text: string): string {
  return SECRET_SHAPES.reduce((clean, [shape, replacement]) => clean.replace(shape, replacement), text);
}

const NAME = SECRET_NAME.source;
const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  [/lvn_[A-Za-z0-9]+_[A-Za-z0-9_-]+/g, `lvn_${REDACTED}`],
  [/whsec_[A-Za-z0-9+/=_-]+/g, `whsec_${REDACTED}`],
  // Greedy up to the last @ of the authority, as a password may hold an @ that nobody encoded.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi, `$1${REDACTED}@`],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{4,}/gi, `$1 ${REDACTED}`],
  [new RegExp(`([?&][^=&\\s]*(?:${NAME})[^=&\\s]*=)[^&\\s"'#]+`, "gi"), `$1${REDACTED}`],
  [new RegExp(`("[^"\\s]*(?:${NAME})[^"\\s]*"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`, "gi"), `$1"${REDACTED}"`],
  [/\b((?:proxy-)?authorization|x-api-key|(?:set-)?cookie):\s*\S[^\r\n]*/gi, `$1: ${REDACTED}`],
];

function copy(value: unknown, depth: number, above: ReadonlySet<object>): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return `[${typeof value}]`;
  if (typeof value !== "object" || value === null) return value;
  if (above.has(value)) return "[circular]";
  if (depth >= DEPTH_MAX) return `[${kindOf(value)}]`;
  const within = new Set(above).add(value);
  const inside = (part: unknown): unknown => copy(part, depth + 1, within);

  if (value instanceof Error) return copyError(value, inside);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (value instanceof Set) return copyList([...value], inside);
  if (value instanceof Map) return copyEntries([...value].map(([name, part]) => [nameOf(name), part]), inside);
  if (Array.isArray(value)) return copyList(value, inside);
  if (!isPlain(value)) return `[${kindOf(value)}]`;
  return copyEntries(Object.keys(value).map((name) => [name, read(value, name)]), inside);
}

/** An error's own words and plain facts. Live objects that hang on it (requests, sockets) are named, not dumped. */
function copyError(error: Error, inside: (part: unknown) => unknown): unknown {
  const own = Object.keys(error).map((name): [string, unknown] => [name, read(error, name)]);
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const words: [string, unknown][] = [["name", error.name], ["message", error.message], ["stack", error.stack], ["cause", cause], ["errors", errors]];
  return copyEntries([...new Map([...own, ...words])].filter(([, part]) => part !== undefined), inside);
}

function copyEntries(entries: readonly (readonly [string, unknown])[], inside: (part: unknown) => unknown): Record<string, unknown> {
  const kept = entries.slice(0, ENTRIES_MAX).map(([name, part]) => [redactText(name), isSecret(name, part) ? REDACTED : inside(part)]);
  if (entries.length > ENTRIES_MAX) kept.push(["…", `${entries.length - ENTRIES_MAX} more`]);
  return Object.fromEntries(kept);
}

/** Lists of headers hold a name and then its value, so a value after a secret's name is a secret too. */
function copyList(parts: readonly unknown[], inside: (part: unknown) => unknown): unknown[] {
  const kept = parts.slice(0, ENTRIES_MAX).map((part, index) => {
    const before = parts[index - 1];
    return typeof before === "string" && HEADER_NAME.test(before) && isSecret(before, part) ? REDACTED : inside(part);
  });
  if (parts.length > ENTRIES_MAX) kept.push(`… ${parts.length - ENTRIES_MAX} more`);
  return kept;
}

const HEADER_NAME = /^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/i;

/** A number or a truth value under a telling name counts tokens; it is not one. */
const isSecret = (name: string, value: unknown): boolean =>
  SECRET_NAME.test(name) && value !== null && value !== undefined && typeof value !== "number" && typeof value !== "boolean";

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

const nameOf = (key: unknown): string => (typeof key === "object" && key !== null ? `[${kindOf(key)}]` : String(key));

const kindOf = (value: object): string => value.constructor?.name ?? "object";

/** A property, or the news that reading it throws. */
function read(holder: object, name: string): unknown {
  try {
    return (holder as Record<string, unknown>)[name];
  } catch {
    return "[unreadable]";
  }
}
