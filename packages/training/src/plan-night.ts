/**
 * Which tenants' nights are due. A night is named by the local date on which it runs and is due once its local time has
 * come. The ledger's last night is the authority: a tick that comes twice finds nothing due, and after days without a
 * tick the newest night alone is caught up, because a forecast from the day before yesterday helps nobody.
 */
import { addDays, businessDayOf, nightlyDue } from "@levain/calendar";
import type { BusinessDay } from "@levain/contracts";

export type NightlyTenant = {
  readonly id: string;
  readonly timeZone: string;
  /** Local time, `HH:MM`. */
  readonly nightlyAt: string;
  /** The newest night in the ledger. */
  readonly lastNight: BusinessDay | null;
};

export type DueNight = { readonly tenantId: string; readonly night: BusinessDay };

export function dueTenants(now: Date, tenants: readonly NightlyTenant[]): DueNight[] {
  return tenants.flatMap((tenant) => {
    const night = newestDueNight(now, tenant);
    const isNew = tenant.lastNight === null || night > tenant.lastNight;
    return isNew ? [{ tenantId: tenant.id, night }] : [];
  });
}

/** Today's night if its time has come, else yesterday's. */
function newestDueNight(now: Date, { timeZone, nightlyAt }: NightlyTenant): BusinessDay {
  const today = businessDayOf(now, timeZone);
  return nightlyDue(today, nightlyAt, timeZone) <= now ? today : addDays(today, -1);
}
