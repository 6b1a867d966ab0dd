import { addDays, businessDayOf, nightlyDue, startOfBusinessDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay } from "@levain/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueTenants, type NightlyTenant } from "./plan-night.js";

const TICK_MS = 15 * 60_000;

/** Nights at hours that the clocks skip or repeat, in the zones where they do. */
const TENANTS: readonly NightlyTenant[] = [
  { id: "berlin", timeZone: "Europe/Berlin", nightlyAt: "02:30" },
  { id: "new-york", timeZone: "America/New_York", nightlyAt: "01:30" },
  { id: "santiago", timeZone: "America/Santiago", nightlyAt: "00:15" },
  { id: "nuuk", timeZone: "America/Nuuk", nightlyAt: "23:30" },
  { id: "lord-howe", timeZone: "Australia/Lord_Howe", nightlyAt: "02:10" },
  { id: "kiritimati", timeZone: "Pacific/Kiritimati", nightlyAt: "23:59" },
].map((tenant) => ({ ...tenant, lastNight: null }));

type Had = { readonly night: BusinessDay; readonly at: number };

/** The nights that the tenants had, in order, when a tick came at each of these instants. */
const nightsHad = (tenants: readonly NightlyTenant[], ticks: Iterable<number>): Map<string, Had[]> => {
  const had = new Map(tenants.map(({ id }) => [id, [] as Had[]]));
  let ledger = [...tenants];
  for (const at of ticks) {
    const due = dueTenants(new Date(at), ledger);
    for (const { tenantId, night } of due) had.get(tenantId)?.push({ night, at });
    if (due.length > 0) ledger = ledger.map((tenant) => ({ ...tenant, lastNight: had.get(tenant.id)?.at(-1)?.night ?? tenant.lastNight }));
  }
  return had;
};

function* everyQuarterHour(from: number, until: number): Iterable<number> {
  for (let at = from; at < until; at += TICK_MS) yield at;
}

/** Ticks for three years, except in the outages: each night is had once, at the first tick after it is due; of several that were missed the newest. */
function expectOneNightPerDate(timeZone: string, nightlyAt: string, outages: readonly { from: number; ticks: number }[]): void {
  const [from, until] = [Date.UTC(2025, 0, 1), Date.UTC(2028, 0, 1)];
  const isDown = (tick: number): boolean => outages.some((each) => tick >= each.from && tick < each.from + each.ticks);
  const ticks = [...everyQuarterHour(from, until)].filter((_, tick) => !isDown(tick));
  const tickBefore = new Map(ticks.map((at, index) => [at, ticks[index - 1] ?? 0]));
  const due = (night: BusinessDay): number => nightlyDue(night, nightlyAt, timeZone).getTime();
  let previous = addDays(businessDayOf(new Date(from), timeZone), -1);
  const tenant: NightlyTenant = { id: "one", timeZone, nightlyAt, lastNight: previous };
  for (const { night, at } of nightsHad([tenant], ticks).get("one") ?? []) {
    const before = tickBefore.get(at) ?? 0;
    expect(night > previous, `${night} after ${previous}`).toBe(true);
    expect([due(night) <= at, due(night) > before, due(addDays(night, 1)) > at], night).toEqual([true, true, true]);
    for (let missed = addDays(previous, 1); missed < night; missed = addDays(missed, 1)) expect(due(missed) > before, `${missed} was due before`).toBe(true);
    previous = night;
  }
  expect(due(addDays(previous, 1)) > (ticks.at(-1) ?? 0), "and the last one is had as well").toBe(true);
}

describe("the nightly plan", () => {
  it("gives every tenant one night per local date over three years, at its own hour", () => {
    const [from, until] = [Date.UTC(2024, 0, 1), Date.UTC(2027, 0, 1)];
    const had = nightsHad(TENANTS, everyQuarterHour(from, until));
    for (const { id, timeZone, nightlyAt } of TENANTS) {
      const nights = had.get(id) ?? [];
      expect(nights.length).toBeGreaterThan(1094);
      for (const [i, { night, at }] of nights.entries()) {
        if (i > 0) expect(night).toBe(addDays(nights[i - 1]?.night ?? "", 1));
        const lateMs = at - nightlyDue(night, nightlyAt, timeZone).getTime();
        // The first night may have been due before the first tick.
        if (i > 0) expect(lateMs >= 0 && lateMs < TICK_MS).toBe(true);
      }
    }
  });

  it.each(["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata", "UTC"])(
    "gives one night per local date over three years in %s, whatever the hour, and one after any time without ticks",
    (timeZone) => {
      // Odd hours are drawn among all, and more often where the clocks are turned.
      const minute = fc.oneof(fc.nat(24 * 60 - 1), fc.integer({ min: 0, max: 3 * 60 }));
      const hour = minute.map((minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`);
      const outage = fc.record({ from: fc.nat(3 * 365 * 96 - 1), ticks: fc.integer({ min: 1, max: 4 * 96 }) });
      fc.assert(fc.property(hour, fc.array(outage, { maxLength: 5 }), (nightlyAt, outages) => expectOneNightPerDate(timeZone, nightlyAt, outages)), { numRuns: 1 });
    },
  );

  it("knows no night of a date that never was", () => {
    const apia: NightlyTenant = { id: "apia", timeZone: "Pacific/Apia", nightlyAt: "04:15", lastNight: "2011-12-27" };
    const nights = nightsHad([apia], everyQuarterHour(Date.UTC(2011, 11, 28, 12), Date.UTC(2012, 0, 2))).get("apia");
    expect(nights?.map(({ night }) => night)).toEqual(["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]);
    // Down over its last hours: what was missed is the 29th.
    expect(dueTenants(startOfBusinessDay("2011-12-31", "Pacific/Apia"), [{ ...apia, lastNight: "2011-12-28" }])).toEqual([{ tenantId: "apia", night: "2011-12-29" }]);
  });

  it("catches up once, the newest night, after any time without ticks", () => {
    const outage = fc.record({ tenant: fc.constantFrom(...TENANTS), downAt: fc.integer({ min: 0, max: 365 * 96 }), ticksDown: fc.integer({ min: 1, max: 10 * 96 }) });
    fc.assert(
      fc.property(outage, ({ tenant, downAt, ticksDown }) => {
        const start = Date.UTC(2026, 0, 1) + downAt * TICK_MS;
        const down = start + 2 * 96 * TICK_MS;
        const up = down + ticksDown * TICK_MS;
        const known = { ...tenant, lastNight: addDays(businessDayOf(new Date(start), tenant.timeZone), -1) };
        const nights = nightsHad([known], [...everyQuarterHour(start, down), ...everyQuarterHour(up, up + 96 * TICK_MS)]).get(tenant.id) ?? [];
        const due = (night: BusinessDay): number => nightlyDue(night, tenant.nightlyAt, tenant.timeZone).getTime();
        expect(nights.map(({ night }) => night)).toEqual([...new Set(nights.map(({ night }) => night))].toSorted());
        // Missed nights are those due while nobody looked, the first tick's included; of these the newest was had, and at once.
        const missed = Array.from({ length: 14 }, (_, i) => addDays(businessDayOf(new Date(down), tenant.timeZone), i - 1)).filter((night) => due(night) > down - TICK_MS && due(night) <= up);
        const caughtUp = nights.filter(({ night }) => missed.includes(night));
        expect(caughtUp).toEqual(missed.length === 0 ? [] : [{ night: missed.at(-1), at: up }]);
      }),
      { numRuns: 150 },
    );
  });

  it("lets a doubled tick find nothing", () => {
    const now = new Date("2026-05-04T03:00:00Z");
    const tenant: NightlyTenant = { id: "berlin", timeZone: "Europe/Berlin", nightlyAt: "04:15", lastNight: "2026-05-03" };
    expect(dueTenants(now, [tenant])).toEqual([{ tenantId: "berlin", night: "2026-05-04" }]);
    expect(dueTenants(now, [{ ...tenant, lastNight: "2026-05-04" }])).toEqual([]);
  });

  it("gives a new tenant its first night at once, and the next at its hour", () => {
    const tenant: NightlyTenant = { id: "new", timeZone: "Europe/Berlin", nightlyAt: "04:15", lastNight: null };
    expect(dueTenants(new Date("2026-05-04T00:00:00Z"), [tenant])).toEqual([{ tenantId: "new", night: "2026-05-03" }]);
    expect(dueTenants(new Date("2026-05-04T02:14:59Z"), [{ ...tenant, lastNight: "2026-05-03" }])).toEqual([]);
    expect(dueTenants(new Date("2026-05-04T02:15:00Z"), [{ ...tenant, lastNight: "2026-05-03" }])).toEqual([{ tenantId: "new", night: "2026-05-04" }]);
  });

  it("does not repeat a night for a tenant that moves to a zone further west", () => {
    const moved: NightlyTenant = { id: "moved", timeZone: "America/New_York", nightlyAt: "04:15", lastNight: "2026-05-04" };
    expect(dueTenants(new Date("2026-05-04T03:00:00Z"), [moved])).toEqual([]);
    expect(toEpochDay(dueTenants(new Date("2026-05-05T09:00:00Z"), [moved])[0]?.night ?? "")).toBe(toEpochDay("2026-05-05"));
  });
});
