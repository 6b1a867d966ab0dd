/** The conversions, over every zone the machine knows and, most of all, around the nights on which clocks change. */
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { addDays, businessDayOf, compareInstants, instantOf, minuteOfDay, nightlyDue, startOfBusinessDay, toEpochDay } from "./index.js";

const HOUR_MS = 3_600_000;
const FIRST_INSTANT = Date.UTC(1970, 0, 3);
const LAST_INSTANT = Date.UTC(2037, 11, 28);

/** Zones whose clocks do something unusual; each is drawn as often as all other zones together. */
const ODD_ZONES = [
  "Europe/Berlin",
  "America/New_York",
  "America/Santiago", // skips midnight
  "America/Havana",
  "Asia/Beirut",
  "America/Nuuk", // skips from 23:00 to midnight
  "America/St_Johns", // was put back at 00:01, into the day before
  "Australia/Lord_Howe", // changes by half an hour
  "Pacific/Apia", // left out 2011-12-30
  "Africa/Casablanca", // changes around Ramadan
  "Asia/Kathmandu",
  "Pacific/Kiritimati",
];
const zone = fc.oneof(fc.constantFrom(...ODD_ZONES), fc.constantFrom(...Intl.supportedValuesOf("timeZone")));

const clocks = new Map<string, Intl.DateTimeFormat>();
/** What the zone's clock shows, `YYYY-MM-DD HH:MM:SS`, as told by a Swedish formatter: not how the code under test asks. */
const shownAt = (instant: Date, timeZone: string): string => {
  const known = clocks.get(timeZone) ?? new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  clocks.set(timeZone, known);
  return known.format(instant);
};
const offsetAt = (instant: number, timeZone: string): number => Date.parse(`${shownAt(new Date(instant), timeZone).replace(" ", "T")}Z`) - instant;

const changes = new Map<string, readonly number[]>();
/** The instants at which a zone's clocks changed, found by looking every 20 days (Ramadan has 30) and halving. */
const changesOf = (timeZone: string): readonly number[] => {
  const known = changes.get(timeZone);
  if (known) return known;
  const found: number[] = [];
  const step = 480 * HOUR_MS;
  const isOdd = ODD_ZONES.includes(timeZone);
  const last = Date.UTC(isOdd ? 2037 : 2027, 11, 1);
  for (let from = Date.UTC(isOdd ? 1990 : 2020, 0, 1); from < last; from += step) {
    let [early, late] = [from, from + step];
    if (offsetAt(early, timeZone) === offsetAt(late, timeZone)) continue;
    while (late - early > 1_000) {
      const middle = Math.floor((early + late) / 2_000) * 1_000;
      if (offsetAt(middle, timeZone) === offsetAt(early, timeZone)) early = middle;
      else late = middle;
    }
    found.push(late);
  }
  changes.set(timeZone, found);
  return found;
};

/** A zone and an instant, every other time within a day and a half of a change of its clocks. Whole seconds. */
const zoneAndInstant = zone.chain((timeZone) => {
  const anywhere = fc.integer({ min: FIRST_INSTANT / 1000, max: LAST_INSTANT / 1000 }).map((seconds) => seconds * 1000);
  const near = changesOf(timeZone);
  const odd = near.length === 0 ? anywhere : fc.tuple(fc.constantFrom(...near), fc.integer({ min: -36 * 3600, max: 36 * 3600 })).map(([at, seconds]) => at + seconds * 1000);
  return fc.record({ timeZone: fc.constant(timeZone), instant: fc.oneof(anywhere, odd, odd).map((ms) => new Date(ms)) });
});

const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void => fc.assert(fc.property(arbitrary, holds), { numRuns: 1_000 });
afterEach(() => vi.unstubAllEnvs());

/** Whether a date was ever shown: Samoa had no 2011-12-30. */
const exists = (day: string, timeZone: string): boolean => businessDayOf(startOfBusinessDay(day, timeZone), timeZone) === day;

describe("a timestamp", () => {
  it("lands on the right business day in each of its four forms", () => {
    check(zoneAndInstant, ({ timeZone, instant }) => {
      const shown = shownAt(instant, timeZone);
      const day = shown.slice(0, 10);
      const minutes = Math.trunc(offsetAt(instant.getTime(), timeZone) / 60_000);
      const offset = `${minutes < 0 ? "-" : "+"}${String(Math.trunc(Math.abs(minutes) / 60)).padStart(2, "0")}:${String(Math.abs(minutes) % 60).padStart(2, "0")}`;
      const withOffset = `${new Date(instant.getTime() + minutes * 60_000).toISOString().slice(0, 19)}${offset}`;
      for (const form of [instant.toISOString(), withOffset, instant.getTime(), instant.getTime() / 1000]) {
        // Before 1973-03 milliseconds are too few to be told from seconds.
        if (form === instant.getTime() && form < 1e11) continue;
        expect(instantOf(form, timeZone)).toEqual(instant);
        expect(businessDayOf(instantOf(form, timeZone), timeZone)).toBe(day);
      }
      expect(businessDayOf(instantOf(shown, timeZone), timeZone)).toBe(day);
      expect(businessDayOf(instantOf(shown.replace(" ", "T"), timeZone), timeZone)).toBe(day);
      expect(businessDayOf(instantOf(day, timeZone), timeZone)).toBe(day);
    });
  });

  it("without an offset is an instant at which the tenant's clock shows it, the earlier where two do", () => {
    check(zoneAndInstant, ({ timeZone, instant }) => {
      const found = instantOf(shownAt(instant, timeZone), timeZone);
      expect(shownAt(found, timeZone)).toBe(shownAt(instant, timeZone));
      expect(found.getTime()).toBeLessThanOrEqual(instant.getTime());
      expect(instant.getTime() - found.getTime()).toBeLessThan(4 * HOUR_MS);
    });
  });

  it("without an offset keeps its date, even where the clocks skip it", () => {
    check(zoneAndInstant, ({ timeZone, instant }) => {
      // Any reading near the change, whether a clock ever showed it or not.
      const local = instant.toISOString().slice(0, 19);
      const day = local.slice(0, 10);
      const landed = businessDayOf(instantOf(local, timeZone), timeZone);
      expect(landed).toBe(exists(day, timeZone) ? day : addDays(day, 1));
    });
  });

  it.each([
    ["Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00.000Z"], // skipped: 03:30
    ["Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00.000Z"], // repeated: the first
    ["America/New_York", "2026-03-08 02:00:00", "2026-03-08T07:00:00.000Z"],
    ["America/New_York", "2026-11-01T01:59:59.5", "2026-11-01T05:59:59.500Z"],
    ["America/Santiago", "2026-09-06T00:30", "2026-09-06T04:30:00.000Z"], // midnight is skipped
    ["America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z"],
    ["Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00.000Z"],
    ["America/Havana", "2026-11-01T00:30", "2026-11-01T04:30:00.000Z"],
    ["America/Nuuk", "2026-03-28T23:30", "2026-03-29T00:59:59.999Z"], // put forward it would be Sunday
    ["Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:40:00.000Z"],
    ["Pacific/Apia", "2011-12-29T23:59", "2011-12-30T09:59:00.000Z"],
    ["Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00.000Z"], // a day that never was
    ["Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00.000Z"],
    ["Asia/Kathmandu", "2026-05-01 06:30", "2026-05-01T00:45:00.000Z"],
    ["Europe/Berlin", "2026-05-01T06:30:00+0200", "2026-05-01T04:30:00.000Z"],
    ["Europe/Berlin", "2026-05-01t06:30z", "2026-05-01T06:30:00.000Z"],
    ["Europe/Berlin", "1777609800", "2026-05-01T04:30:00.000Z"],
    ["Europe/Berlin", "1777609800250", "2026-05-01T04:30:00.250Z"],
  ])("in %s · %s is %s", (timeZone, timestamp, instant) => expect(instantOf(timestamp, timeZone).toISOString()).toBe(instant));

  it.each([
    ...["", "yesterday", "26", "2026", "20260501", "2026-02-30T10:00", "2026-05-01T24:00", "2026-05-01T10:60", "2026-05-01T10:00:60"],
    ...["2026-05-01Z", "2026-05-01T10:00+25:00", "0026-05-01T10:00", "01/05/2026 10:00", "2026-05-01T10:00 Europe/Paris", "12345678901"],
    ...[Number.NaN, Number.POSITIVE_INFINITY, 1.7e15, -1e14],
  ])("is refused, and quoted, when it is %j", (timestamp) => {
    expect(() => instantOf(timestamp, "Europe/Berlin")).toThrow(RangeError);
    expect(() => instantOf(timestamp, "Europe/Berlin")).toThrow(`got ${JSON.stringify(timestamp)}`);
  });

  it("in a zone that does not exist is refused", () => {
    expect(() => instantOf("2026-05-01T10:00", "Europe/Atlantis")).toThrow(RangeError);
    expect(() => businessDayOf(new Date(0), "Europe/Atlantis")).toThrow(RangeError);
  });
});

describe("comparing", () => {
  it("orders what is written with and without an offset by when it was", () => {
    expect(compareInstants("2026-05-01T06:30", "2026-05-01T04:30:00Z", "Europe/Berlin")).toBe(0);
    expect(compareInstants("2026-05-01T06:30", "2026-05-01T06:30:00Z", "Europe/Berlin")).toBeLessThan(0);
    expect(compareInstants(1_777_609_801, "2026-05-01 06:30:00", "Europe/Berlin")).toBe(1_000);
    check(fc.tuple(zoneAndInstant, fc.integer({ min: -1e9, max: 1e9 })), ([{ timeZone, instant }, apart]) => {
      expect(Math.sign(compareInstants(instant.toISOString(), new Date(instant.getTime() + apart).toISOString(), timeZone))).toBe(Math.sign(-apart) + 0);
    });
  });
});

describe("a business day", () => {
  it("is what the tenant's wall calendar shows", () => {
    check(zoneAndInstant, ({ timeZone, instant }) => void expect(businessDayOf(instant, timeZone)).toBe(shownAt(instant, timeZone).slice(0, 10)));
  });

  it("starts at its first instant", () => {
    check(zoneAndInstant, ({ timeZone, instant }) => {
      const day = businessDayOf(instant, timeZone);
      const start = startOfBusinessDay(day, timeZone);
      expect(businessDayOf(start, timeZone)).toBe(day);
      expect(businessDayOf(new Date(start.getTime() - 1), timeZone) < day).toBe(true);
      expect(start.getTime()).toBeLessThanOrEqual(instant.getTime());
    });
  });

  it.each([
    ["America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z"], // 01:00, there is no midnight
    ["Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00.000Z"],
    ["America/Havana", "2026-03-08", "2026-03-08T05:00:00.000Z"],
    ["Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00.000Z"],
    ["America/St_Johns", "2008-11-02", "2008-11-02T02:30:00.000Z"], // one minute of it, then Saturday again
    ["Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z"], // never was: where the next day begins
    ["Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00.000Z"],
  ])("in %s · %s starts at %s", (timeZone, day, start) => expect(startOfBusinessDay(day, timeZone).toISOString()).toBe(start));

  it.each(["America/Nuuk", "Europe/Berlin", "America/Santiago", "Pacific/Apia"])("is the same when the process itself runs in %s", (processZone) => {
    vi.stubEnv("TZ", processZone);
    expect(new Date(0).getTimezoneOffset()).not.toBe(0);
    for (const at of changesOf(processZone).slice(-40)) {
      for (let minutes = -1_560; minutes <= 1_560; minutes += 30) {
        // Its clock in UTC shows what the process's own zone skips or repeats.
        const instant = new Date(at + offsetAt(at - 1_000, processZone) + minutes * 60_000);
        const day = instant.toISOString().slice(0, 10);
        expect(businessDayOf(instant, "UTC")).toBe(day);
        expect(instantOf(instant.toISOString().slice(0, 19), "UTC")).toEqual(instant);
        expect(instantOf(instant.toISOString(), "UTC")).toEqual(instant);
        expect(businessDayOf(startOfBusinessDay(day, "Europe/London"), "Europe/London")).toBe(day);
      }
    }
    expect(instantOf("2026-10-25T02:30", "Europe/Berlin").toISOString()).toBe("2026-10-25T00:30:00.000Z");
    expect(instantOf("2026-03-29T02:30", "Europe/Berlin").toISOString()).toBe("2026-03-29T01:30:00.000Z");
  });
});

describe("the nightly due time", () => {
  const nightlyAt = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 })).map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`);

  it("is one instant of its own local date, at its own hour where that hour exists", () => {
    check(fc.tuple(zoneAndInstant, nightlyAt), ([{ timeZone, instant }, at]) => {
      const day = businessDayOf(instant, timeZone);
      const due = nightlyDue(day, at, timeZone);
      expect(businessDayOf(due, timeZone)).toBe(day);
      const shown = shownAt(due, timeZone);
      if (shown.slice(11, 16) === at) expect(shown).toBe(`${day} ${at}:00`);
      else expect(offsetAt(due.getTime() - 25 * HOUR_MS, timeZone)).not.toBe(offsetAt(due.getTime() + 25 * HOUR_MS, timeZone));
    });
  });

  it("comes later each day than the day before", () => {
    check(fc.tuple(zoneAndInstant, nightlyAt), ([{ timeZone, instant }, at]) => {
      const day = businessDayOf(instant, timeZone);
      const next = addDays(day, 1);
      const [due, dueNext] = [nightlyDue(day, at, timeZone), nightlyDue(next, at, timeZone)];
      if (exists(next, timeZone)) expect(dueNext.getTime()).toBeGreaterThan(due.getTime());
      expect(toEpochDay(next)).toBe(toEpochDay(day) + 1);
    });
  });

  it.each([
    ["Europe/Berlin", "2026-05-01", "04:15", "2026-05-01T02:15:00.000Z"],
    ["Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:30:00.000Z"], // skipped: 03:30
    ["Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30:00.000Z"], // repeated: the first
    ["America/Santiago", "2026-09-06", "00:15", "2026-09-06T04:15:00.000Z"],
    ["America/Nuuk", "2026-03-28", "23:30", "2026-03-29T00:59:59.999Z"], // kept on its date
  ])("in %s · of %s at %s is %s", (timeZone, day, at, due) => expect(nightlyDue(day, at, timeZone).toISOString()).toBe(due));

  it("refuses what is no local time", () => {
    for (const at of ["24:00", "4:15", "04:15:00", ""]) expect(() => nightlyDue("2026-05-01", at, "Europe/Berlin")).toThrow("expected a local time HH:MM");
  });
});

describe("the minute of a day", () => {
  it("is what the clock on the wall shows, also after a change of the clocks", () => {
    const minute = (timestamp: string, zone: string): number => minuteOfDay(instantOf(timestamp, zone), zone);
    expect(minute("2026-05-01T15:40:59", "Europe/Berlin")).toBe(15 * 60 + 40);
    expect(minute("2026-03-29T15:40", "Europe/Berlin")).toBe(15 * 60 + 40);
    expect(minute("2026-10-25T15:40", "Australia/Lord_Howe")).toBe(15 * 60 + 40);
    expect(minute("1969-12-31T23:59:59Z", "UTC")).toBe(1_439);
    expect(minute("2026-05-01T00:00", "Asia/Kathmandu")).toBe(0);
  });
});
