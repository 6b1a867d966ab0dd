import { addDays } from "@levain/calendar";
import { resolvePolicy, RunTrigger } from "@levain/contracts";
import { tune } from "@levain/forecast";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { needOf, type Night } from "./need.js";
import type { Champion } from "./ports.js";

const policy = resolvePolicy();
const recalled = tune({ start: 20_000, y: Float64Array.from({ length: 90 }, (_, i) => 10 + (i % 7)) }, { regressors: [], specialDays: [] }, { demandClass: "medium", trials: 2, plan: { horizonDays: 14, folds: 1, stepDays: 14 }, seed: 1 });
const TUNED_ON = "2026-05-21";
const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const CHAMPION: Champion = { modelId: "0198c000-0000-4000-8000-000000000001", pinball: 0.1, spec: stored(recalled.spec), cutoff: TUNED_ON, isPinned: false, isRefused: false, lastTuned: TUNED_ON, policy: stored(policy), seriesDigest: "before" };

type Changed = Partial<Omit<Night, "champion">> & { readonly champion?: Partial<Champion> | null };
const night = ({ champion, ...changed }: Changed = {}): Night => ({
  productId: "rye",
  cutoff: addDays(TUNED_ON, 1),
  policy,
  seriesDigest: "after",
  grading: { lastAlarm: null },
  recalled,
  ...changed,
  champion: champion === null ? null : { ...CHAMPION, ...champion },
});
const need = (changed?: Changed, trigger: RunTrigger = "nightly") => needOf(trigger, night(changed));
const notDue = { ...policy, retuneEveryDays: 28 };

describe("a night", () => {
  it("fits a product anew with the settings it has, and says what tuning them had come to", () => {
    expect(need({ policy: notDue })).toEqual({ kind: "refresh", reason: "newer-sales", tuned: recalled });
  });

  it("tunes a product that is new, and one whose settings nobody remembers or that no longer serve", () => {
    expect(need({ champion: null })).toEqual({ kind: "tune", reason: "new" });
    expect(need({ seriesDigest: "before", champion: { isRefused: true } })).toEqual({ kind: "tune", reason: "champion-refused" });
    expect(need({ policy: notDue, recalled: null })).toEqual({ kind: "tune", reason: "settings-unknown" });
    expect(need({ policy: notDue, champion: { spec: { family: "weekday-mean", weeks: 3 } } })).toEqual({ kind: "tune", reason: "settings-unknown" });
  });

  it("tunes a product that has drifted since it was tuned, and not again for the same alarm", () => {
    const grading = (lastAlarm: string) => ({ lastAlarm });
    expect(need({ policy: notDue, grading: grading(addDays(TUNED_ON, 1)) })).toEqual({ kind: "tune", reason: "drifted" });
    expect(need({ policy: notDue, grading: grading(TUNED_ON) })).toMatchObject({ kind: "refresh" });
    // The challenger lost: the champion is of before the alarm, and was tuned against since.
    expect(need({ policy: notDue, cutoff: addDays(TUNED_ON, 2), grading: grading(addDays(TUNED_ON, 1)), champion: { lastTuned: addDays(TUNED_ON, 1) } })).toMatchObject({ kind: "refresh" });
  });

  it("tunes what another policy asks for, though not for how often it is to be tuned", () => {
    expect(need({ policy: { ...notDue, seed: 2 } })).toEqual({ kind: "tune", reason: "policy-changed" });
    expect(need({ policy: notDue, champion: { policy: null } })).toEqual({ kind: "tune", reason: "policy-changed" });
    const { retuneEveryDays: _, ...ofBefore } = policy;
    expect(need({ policy: notDue, champion: { policy: ofBefore } })).toMatchObject({ kind: "refresh" });
  });

  it("keeps the model where nothing new was sold, as long as it forecasts the days that count", () => {
    const unsold = (days: number) => need({ seriesDigest: "before", cutoff: addDays(TUNED_ON, days) });
    for (const days of [1, 5, 11]) expect(unsold(days)).toEqual({ kind: "keep", reason: "no-new-sales", modelId: CHAMPION.modelId });
    // Twelve days on, its fourteen reach the day after today, and not one more.
    expect(unsold(12)).toEqual({ kind: "tune", reason: "forecast-ends" });
  });

  it("keeps a pinned model until it is due", () => {
    expect(need({ policy: notDue, champion: { isPinned: true } })).toMatchObject({ kind: "keep", reason: "pinned" });
  });

  it("trains what was asked for, whatever it has", () => {
    for (const trigger of RunTrigger.options.filter((each) => each !== "nightly")) expect(need({ seriesDigest: "before" }, trigger)).toEqual({ kind: "tune", reason: "asked-for" });
  });

  it("tunes each product once in its days, and about as many of a fleet every night", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 0, max: 3_000 }), (every, offset) => {
      let tunedOn = addDays(TUNED_ON, offset);
      const nights: number[] = [];
      for (let i = 1; i <= 6 * every; i += 1) {
        const cutoff = addDays(TUNED_ON, offset + i);
        if (need({ policy: { ...policy, retuneEveryDays: every }, cutoff, champion: { cutoff: addDays(cutoff, -1), lastTuned: tunedOn } }).kind !== "tune") continue;
        nights.push(i);
        tunedOn = cutoff;
      }
      expect(nights).toHaveLength(6);
      expect(nights.slice(1).map((each, i) => each - (nights[i] ?? 0))).toEqual(Array.from({ length: 5 }, () => every));
    }));
    const due = Array.from({ length: 7 }, (_, i) => Array.from({ length: 700 }, (_each, product) => product).filter((product) => {
      const cutoff = addDays(TUNED_ON, 1 + i);
      return need({ productId: `bread-${product}`, cutoff, champion: { cutoff: addDays(cutoff, -1), lastTuned: addDays(cutoff, -1) } }).kind === "tune";
    }).length);
    expect(due.reduce((sum, count) => sum + count, 0)).toBe(700);
    for (const count of due) expect(count).toBeGreaterThan(60);
  });

  it("makes up for a night that was missed", () => {
    const dueWithin = Array.from({ length: 7 }, (_, i) => need({ cutoff: addDays(TUNED_ON, 1 + i), champion: { cutoff: addDays(TUNED_ON, i) } }).kind);
    const first = dueWithin.indexOf("tune");
    expect(dueWithin.slice(0, first).every((kind) => kind === "refresh")).toBe(true);
    expect(dueWithin.slice(first).every((kind) => kind === "tune")).toBe(true);
  });
});
