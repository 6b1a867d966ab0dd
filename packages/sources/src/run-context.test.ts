import { addDays } from "@levain/calendar";
import { Failure, RunContext } from "@levain/contracts";
import { describe, expect, test } from "vitest";
import { daysOf, type DayRange } from "./daily-columns.js";
import { loadRunContext, type ContextLoaders } from "./run-context.js";

const tenant = { country: "DE", subdivision: "SH", missingDay: "zero-unless-shop-closed" } as const;
const policy = { historyDaysMax: 30, horizonDays: 3 };
const cutoff = "2026-05-10";
const signal = new AbortController().signal;

/** Sources that answer every day asked for, and remember which days those were. */
function sources(overrides: Partial<ContextLoaders<unknown>> = {}): { loaders: ContextLoaders<unknown>; asked: Record<string, DayRange> } {
  const asked: Record<string, DayRange> = {};
  const column = (name: string) => async (_tenant: unknown, range: DayRange) => {
    asked[name] = range;
    return [{ name, firstDay: range.from, values: daysOf(range).map((_, index) => index) }];
  };
  const loadOpenDays = async (_tenant: unknown, range: DayRange) => {
    asked["open-days"] = range;
    return daysOf(range).filter((day) => day >= "2026-05-06");
  };
  return { asked, loaders: { loadOpenDays, loadWeather: column("temperature_c"), loadTraffic: column("guests"), loadEvents: column("fair"), ...overrides } };
}

const down = (code: "source.timeout" | "source.breaker-open" | "cancelled") => () => Promise.reject(new Failure(code, code));

describe("the context of a run", () => {
  test("runs from the first open day to the end of the horizon, every column of that length", async () => {
    const context = RunContext.parse(await loadRunContext(tenant, policy, cutoff, sources().loaders, signal));
    expect(context).toMatchObject({ firstDay: "2026-05-06", cutoff, lastDay: "2026-05-13", absentSources: [] });
    expect(context.openDays).toEqual(daysOf({ from: "2026-05-06", until: "2026-05-13" }));
    expect(context.regressors.map(({ name, source, isKnownAhead, values }) => [name, source, isKnownAhead, values])).toEqual([
      ["temperature_c", "weather", false, [26, 27, 28, 29, 30, null, null, null]],
      ["guests", "traffic", false, [26, 27, 28, 29, 30, null, null, null]],
      ["fair", "events", true, [26, 27, 28, 29, 30, 31, 32, 33]],
    ]);
  });

  test("does not ask for the weather or the traffic of days that are yet to come", async () => {
    const { loaders, asked } = sources();
    await loadRunContext(tenant, policy, cutoff, loaders, signal);
    const from = addDays(cutoff, -policy.historyDaysMax);
    expect(asked["temperature_c"]).toEqual({ from, until: cutoff });
    expect(asked["guests"]).toEqual({ from, until: cutoff });
    expect(asked["fair"]).toEqual({ from, until: "2026-05-13" });
  });

  test("hides weather after the cutoff from a source that tells it unasked", async () => {
    const prophetic = async (_tenant: unknown, { from }: DayRange) => [{ name: "temperature_c", firstDay: from, values: new Array(99).fill(1) as number[] }];
    const { regressors } = await loadRunContext(tenant, policy, cutoff, sources({ loadWeather: prophetic }).loaders, signal);
    expect(regressors[0]?.values.slice(-3)).toEqual([null, null, null]);
  });

  test("does without weather, traffic or events that are down, and says so", async () => {
    const { loaders } = sources({ loadWeather: down("source.timeout"), loadTraffic: down("source.breaker-open") });
    const context = await loadRunContext(tenant, policy, cutoff, loaders, signal);
    expect(context.regressors.map(({ name }) => name)).toEqual(["fair"]);
    expect(context.absentSources).toEqual([
      { source: "weather", code: "source.timeout" },
      { source: "traffic", code: "source.breaker-open" },
    ]);
  });

  test("is not to be had without open days", async () => {
    const { loaders } = sources({ loadOpenDays: down("source.timeout") });
    await expect(loadRunContext(tenant, policy, cutoff, loaders, signal)).rejects.toMatchObject({ code: "source.timeout" });
  });

  test("is not to be had when the run is cancelled while the weather is fetched", async () => {
    const { loaders } = sources({ loadWeather: down("cancelled") });
    await expect(loadRunContext(tenant, policy, cutoff, loaders, signal)).rejects.toMatchObject({ code: "cancelled" });
  });

  test("has no open days where each product is a shop of its own, and does not ask for them", async () => {
    const { loaders } = sources({ loadOpenDays: down("source.timeout") });
    const context = await loadRunContext({ ...tenant, missingDay: "closed" }, policy, cutoff, loaders, signal);
    expect(context).toMatchObject({ openDays: [], firstDay: addDays(cutoff, -policy.historyDaysMax) });
  });

  test("names the public holidays of its days", async () => {
    const { specialDays } = await loadRunContext(tenant, { historyDaysMax: 30, horizonDays: 7 }, cutoff, sources().loaders, signal);
    expect(specialDays).toEqual([{ name: "Christi Himmelfahrt", days: ["2026-05-14"] }]);
  });
});
