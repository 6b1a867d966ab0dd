/** Whose weather forecast is due: once a day, from the tenant's nightly hour on, until one was fetched. */
import { nightlyDue } from "@levain/calendar";
import { newestDueNight, type NightlyTenant } from "./plan-night.js";

export type ForecastPlace = Pick<NightlyTenant, "id" | "timeZone" | "nightlyAt"> & { /** Null before the first. */ readonly issuedAt: Date | null };

export const isWeatherDue = (now: Date, place: ForecastPlace): boolean =>
  place.issuedAt === null || place.issuedAt < nightlyDue(newestDueNight(now, place), place.nightlyAt, place.timeZone);
