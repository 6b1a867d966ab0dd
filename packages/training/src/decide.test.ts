import { describe, expect, it } from "vitest";
import { type Challenge, decide } from "./decide.js";

const even: Challenge = { pinball: 0.2, naivePinball: 0.3, cutoff: "2026-05-31", horizonDays: 14, champion: { pinball: 0.2, cutoff: "2026-05-30", isRefused: false }, held: null };
const becomesChampion = (changed: Partial<Challenge>): boolean => decide({ ...even, ...changed }).becomesChampion;

describe("a new model", () => {
  it("serves when it is the product's first, however weak", () => {
    expect(decide({ ...even, pinball: 9, champion: null })).toEqual({ becomesChampion: true, decision: "first model of this product" });
  });

  it("takes the champion's place when it is as good, or 2 % worse, and not when it is clearly worse", () => {
    expect(becomesChampion({})).toBe(true);
    expect(becomesChampion({ pinball: 0.204 })).toBe(true);
    expect(becomesChampion({ pinball: 0.2041 })).toBe(false);
    expect(decide({ ...even, pinball: 0.21 })).toEqual({ becomesChampion: false, decision: "pinball loss 0.210 against the champion's 0.200 on the same days, more than 2 % worse" });
  });

  it("does not serve unless it is better than the seasonal naive forecast", () => {
    expect(decide({ ...even, pinball: 0.19, naivePinball: 0.18 })).toMatchObject({ becomesChampion: false, decision: expect.stringContaining("seasonal naive") });
    expect(becomesChampion({ pinball: 0.18, naivePinball: 0.18 })).toBe(false);
    expect(becomesChampion({ pinball: 0.18, naivePinball: 0.181 })).toBe(true);
  });

  it("serves when the champion no longer can, however weak", () => {
    expect(decide({ ...even, pinball: 9, champion: { pinball: 0.2, cutoff: "2026-05-30", isRefused: true } })).toEqual({ becomesChampion: true, decision: "the champion's artifact is not what was stored" });
  });

  it("does not serve where there were no sales to measure by", () => {
    expect(becomesChampion({ pinball: null })).toBe(false);
    expect(becomesChampion({ champion: { pinball: null, cutoff: "2026-05-30", isRefused: false } })).toBe(false);
    expect(becomesChampion({ naivePinball: null })).toBe(false);
  });

  it("takes no champion's place by sales that are not believed, not even that of one whose forecast has passed, or whose artifact is spoiled", () => {
    const held = "30 of 50 days that the champion knew have other sales now";
    expect(decide({ ...even, pinball: 0.01, champion: { pinball: 0.2, cutoff: "2026-05-01", isRefused: true }, held })).toEqual({ becomesChampion: false, decision: `held: ${held}` });
    expect(becomesChampion({ champion: null, held })).toBe(true);
  });

  it("takes the place of a champion whose forecast has wholly passed, unless it is clearly worse", () => {
    const passed = { pinball: 0.2, cutoff: "2026-05-17", isRefused: false };
    expect(becomesChampion({ naivePinball: 0.1, champion: { ...passed, cutoff: "2026-05-18" } })).toBe(false);
    expect(becomesChampion({ naivePinball: 0.1, champion: passed })).toBe(true);
    expect(becomesChampion({ pinball: null, champion: passed })).toBe(true);
    expect(becomesChampion({ pinball: 0.25, champion: passed })).toBe(false);
  });
});
