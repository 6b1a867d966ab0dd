/** The keys that an embedded Levain shows on the screen. Postgres knows their digests only, so the folder keeps them. */
import type { Db } from "@levain/db";
import type { State } from "./state.js";

/** The saved operator key if it opens this database, else a new one. */
export async function ensureOperatorKey(db: Db, state: State): Promise<string> {
  if (state.operatorKey && (await db.keys.authenticate(state.operatorKey))) return state.operatorKey;
  const { secret } = await db.keys.issue({ role: "operator", label: "demo operator" });
  state.operatorKey = secret;
  return secret;
}

/** The saved key of a tenant if it opens this database, else a new one. The tenant must exist. */
export async function ensureTenantKey(db: Db, state: State, tenantId: string): Promise<string> {
  const saved = state.tenantKeys[tenantId];
  if (saved && (await db.keys.authenticate(saved))) return saved;
  const { secret } = await db.keys.issue({ role: "tenant", tenantId, label: "demo tenant" });
  state.tenantKeys[tenantId] = secret;
  return secret;
}
