/**
 * Leadership: one process at a time does what one process should do.
 *
 *     nobody's ──lead──▶ held until it expires ──lead──▶ held for another ttl
 *        ▲                        │
 *        └──────resign, or the ttl passes
 *
 * The authority is PostgreSQL: one row, its clock, one statement. Leadership saves work and is no fence: a leader that
 * slept past its ttl may act beside its successor, so whatever a leader does must be harmless when it is done twice.
 */
import type { Client } from "./client.js";

export const createLeaders = (client: Client) => ({
  /** Takes what nobody holds, or holds on to one's own. False while another holds it. */
  async lead(name: string, holder: string, ttlMs: number): Promise<boolean> {
    // The clock of this moment, not of the statement's begin: it may have waited for the row.
    const rows = await client.$queryRaw<unknown[]>`
      INSERT INTO leaders AS l (name, holder, expires_at)
      VALUES (${name}, ${holder}, clock_timestamp() + ${ttlMs}::double precision * interval '1 millisecond')
      ON CONFLICT (name) DO UPDATE
      SET holder = excluded.holder, expires_at = clock_timestamp() + ${ttlMs}::double precision * interval '1 millisecond'
      WHERE l.holder = excluded.holder OR l.expires_at < clock_timestamp()
      RETURNING 1`;
    return rows.length === 1;
  },

  /** Lets the next one in at once. */
  async resign(name: string, holder: string): Promise<void> {
    await client.leader.deleteMany({ where: { name, holder } });
  },
});
