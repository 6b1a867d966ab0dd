/**
 * Which tenants' nights are due. A night belongs to a local date of the tenant and is due from the tenant's own hour of that date
 * on; its models may see the days up to the day before. The ledger in Postgres is the authority on which nights were
 * had; this only says which night should be by now. Because it looks at the newest due night alone, a fleet that was
 * down for days catches up one night per tenant, not all of them; and a new tenant is due at once.
 */
import { businessDayOf, nightlyDue, startOfBusinessDay } from "@levain/calendar";
import type { BusinessDay } from "@levain/contracts";

export type NightlyTenant = {
  readonly id: string;
  readonly timeZone: string;
  /** Local time, `HH:MM`. */
  readonly nightlyAt: string;
  /** The newest night in the ledger; null for a tenant that had none yet. */
  readonly lastNight: BusinessDay | null;
};

export type DueNight = { readonly tenantId: string; readonly night: BusinessDay };

export const dueTenants = (now: Date, tenants: readonly NightlyTenant[]): DueNight[] =>
  tenants.flatMap((tenant) => {
    const night = newestDueNight(now, tenant);
    return tenant.lastNight === null || tenant.lastNight < night ? [{ tenantId: tenant.id, night }] : [];
  });

/** The last local date whose hour has passed. */
export const newestDueNight = (now: Date, { timeZone, nightlyAt }: Pick<NightlyTenant, "timeZone" | "nightlyAt">): BusinessDay => {
  const today = businessDayOf(now, timeZone);
  if (now >= nightlyDue(today, nightlyAt, timeZone)) return today;
  // Not today less one: Samoa's 31 December 2011 followed the 29th.
  return businessDayOf(new Date(startOfBusinessDay(today, timeZone).getTime() - 1), timeZone);
};
