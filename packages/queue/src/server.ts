/** What a Redis must be like to carry jobs, which are data and not a cache. */

/**
 * Refuses a server that may drop keys when its memory is full, or is too old to read a stream from after an id.
 * @param info what Redis answers to INFO
 * @throws Error saying what was expected and what came
 */
export function refuseForgetfulServer(info: string): void {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
  // A managed server may hide its policy; then its operator answers for it.
  const policy = field("maxmemory_policy") ?? "noeviction";
  if (policy !== "noeviction") throw new Error(`expected Redis with maxmemory-policy noeviction, so that no job is dropped; got ${policy}`);
  const version = field("redis_version") ?? "unknown";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 6 || (major === 6 && minor >= 2)) return;
  throw new Error(`expected Redis 6.2 or newer; got ${version}`);
}
