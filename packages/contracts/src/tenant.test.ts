import { describe, expect, it } from "vitest";
import { z } from "zod";
import { TenantSettings } from "./index.js";

const bakery = { name: "Corner bakery", timeZone: "Europe/Berlin", country: "DE", sources: { sales: "https://till.example/api" } };

/** `path: message` of everything that was wrong with the bakery, changed so. */
const complaints = (change: object): string[] => {
  const result = TenantSettings.safeParse({ ...bakery, ...change });
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
};

describe("tenant settings", () => {
  it("need a name, a zone, a country and a till, and know the rest", () => {
    expect(TenantSettings.parse(bakery)).toEqual({ ...bakery, unit: "pieces", missingDay: "zero-unless-shop-closed", nightlyAt: "04:15", policy: {} });
  });

  it.each(["Europe/Atlantis", "Berlin", "", "+02:00", "-03:30", "GMT+2", "Europe/Berlin "])("refuse the zone %j and say what a zone looks like", (timeZone) => {
    expect(complaints({ timeZone })).toEqual(["timeZone: expected an IANA time zone such as Europe/Berlin"]);
  });

  it.each(["Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+3", "UTC"])("take the zone %s", (timeZone) => expect(complaints({ timeZone })).toEqual([]));

  it.each(["24:00", "4:15", "04:60", "04:15:00"])("refuse the nightly hour %s", (nightlyAt) => expect(complaints({ nightlyAt })).toEqual(["nightlyAt: expected a local time HH:MM"]));

  it.each(["file:///etc/passwd", "ftp://till.example", "till.example", ""])("refuse the source address %j", (sales) => {
    expect(complaints({ sources: { sales } })).toEqual(['sources.sales: expected an http or https address or "stored"']);
  });

  it("take uploaded data in place of any address", () => {
    expect(complaints({ sources: { sales: "stored", weather: "stored", traffic: "https://traffic.example", events: "stored" } })).toEqual([]);
    expect(complaints({ sources: { sales: "Stored" } })).toHaveLength(1);
  });

  it("name a bad or unknown policy knob by its path", () => {
    expect(complaints({ policy: { horizonDays: 99 } })).toEqual(["policy.horizonDays: Too big: expected number to be <=28"]);
    expect(complaints({ policy: { trials: { most: 1 } } })).toEqual(['policy.trials: Unrecognized key: "most"']);
    expect(complaints({ timezone: "UTC" })).toEqual([': Unrecognized key: "timezone"']);
  });

  it("keep only the policy knobs that were given", () => {
    expect(TenantSettings.parse({ ...bakery, policy: { trials: { high: 3 } } }).policy).toEqual({ trials: { high: 3 } });
  });

  it.each(["input", "output"] as const)("can be described in JSON schema (%s)", (io) => {
    expect(z.toJSONSchema(TenantSettings, { io })).toMatchObject({ properties: { policy: { properties: { horizonDays: { maximum: 28 } } } } });
  });
});
