/** The last few values that were made, by name; the one that was asked for least lately goes first. */
export function rememberLast<Value>(countMax: number): { get(name: string, make: () => Value): Value; forget(name: string): void } {
  const kept = new Map<string, Value>();
  return {
    get: (name, make) => {
      const value = kept.has(name) ? (kept.get(name) as Value) : make();
      kept.delete(name);
      kept.set(name, value);
      const oldest = kept.keys().next();
      if (kept.size > countMax && !oldest.done) kept.delete(oldest.value);
      return value;
    },
    forget: (name) => void kept.delete(name),
  };
}
