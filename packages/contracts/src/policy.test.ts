import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { resolvePolicy, TrainingPolicy, TrainingPolicyOverrides } from "./index.js";

/** `path: code` of everything that was wrong. */
const complaints = (value: unknown): string[] => {
  const result = TrainingPolicyOverrides.safeParse(value);
  return result.success ? [] : result.error.issues.map(({ path, code }) => `${path.join(".")}: ${code}`);
};

describe("a tenant's overrides of the training policy", () => {
  it("keep what was given and nothing else", () => {
    for (const given of [{}, { horizonDays: 7 }, { trials: { high: 3 } }, { demandClasses: {}, backtest: { folds: 1 }, seed: 0 }]) {
      expect(TrainingPolicyOverrides.parse(given)).toEqual(given);
    }
  });

  it("name every unknown knob, also inside a group", () => {
    expect(complaints({ horizon: 7 })).toEqual([": unrecognized_keys"]);
    expect(complaints({ horizonDays: 7, trials: { highest: 3 } })).toEqual(["trials: unrecognized_keys"]);
  });

  it("name every bad value by its path, all at once", () => {
    expect(complaints({ horizonDays: 99, openDaysMin: 0.5, zeroShareMax: "most", trials: { high: 0, low: 15 }, backtest: { stepDays: -1 } })).toEqual([
      "openDaysMin: invalid_type",
      "zeroShareMax: invalid_type",
      "trials.high: too_small",
      "backtest.stepDays: too_small",
      "horizonDays: too_big",
    ]);
    expect(complaints({ trials: null })).toEqual(["trials: invalid_type"]);
    expect(complaints([])).toEqual([": invalid_type"]);
  });

  it("cover every knob of the policy", () => {
    const whole = TrainingPolicy.parse({});
    expect(TrainingPolicyOverrides.parse(whole)).toEqual(whole);
    expect(Object.keys(TrainingPolicyOverrides.shape)).toEqual(Object.keys(TrainingPolicy.shape));
    expectTypeOf<TrainingPolicy>().toExtend<TrainingPolicyOverrides>();
    expectTypeOf<TrainingPolicyOverrides["trials"]>().toEqualTypeOf<{ high?: number | undefined; medium?: number | undefined; low?: number | undefined; intermittent?: number | undefined } | undefined>();
  });

  it.each(["input", "output"] as const)("are described with their bounds and without defaults in JSON schema (%s)", (io) => {
    const schema = z.toJSONSchema(TrainingPolicyOverrides, { io });
    expect(schema).toMatchObject({
      type: "object",
      additionalProperties: false,
      properties: {
        horizonDays: { type: "integer", minimum: 1, maximum: 28 },
        trials: { type: "object", additionalProperties: false, properties: { high: { type: "integer", minimum: 1 } } },
      },
    });
    expect(schema.required).toBeUndefined();
    expect(JSON.stringify(schema)).not.toContain("default");
  });
});

describe("a policy", () => {
  it("is the fleet's defaults where nobody says otherwise", () => {
    expect(resolvePolicy()).toEqual(TrainingPolicy.parse({}));
    expect(resolvePolicy({}, {})).toMatchObject({ openDaysMin: 30, openDaysRecommended: 90, horizonDays: 14, trials: { high: 30, medium: 25, low: 20, intermittent: 15 } });
  });

  it("takes each knob from the last layer that sets it, inside groups too", () => {
    const policy = resolvePolicy({ horizonDays: 7, trials: { high: 3, low: 9 } }, { trials: { high: 4 }, backtest: { folds: 2 } });
    expect(policy).toMatchObject({ horizonDays: 7, trials: { high: 4, medium: 25, low: 9, intermittent: 15 }, backtest: { folds: 2, stepDays: 14 } });
  });

  it("does not let a knob that is set to nothing hide the layer below", () => {
    expect(resolvePolicy({ horizonDays: 7, trials: { high: 3 } }, { horizonDays: undefined, trials: { high: undefined } })).toMatchObject({ horizonDays: 7, trials: { high: 3 } });
  });

  it("leaves its layers as they were", () => {
    const fleet = { trials: { high: 3 } };
    resolvePolicy(fleet, { trials: { high: 4 } });
    expect(fleet).toEqual({ trials: { high: 3 } });
  });

  it("comes out the same whether layers are merged at once or one after another", () => {
    const layer = fc.record(
      {
        horizonDays: fc.integer({ min: 1, max: 28 }),
        trials: fc.record({ high: fc.integer({ min: 1, max: 99 }), low: fc.integer({ min: 1, max: 99 }) }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    );
    fc.assert(fc.property(layer, layer, layer, (a, b, c) => void expect(resolvePolicy(resolvePolicy(a, b), c)).toEqual(resolvePolicy(a, b, c))));
  });
});
