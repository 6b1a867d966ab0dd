/** Prophet itself: Stan's model compiled to WebAssembly (`@bsull/augurs`). What our engine is measured against, never a part of it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { initSync, Prophet } from "@bsull/augurs/prophet";
import { optimizer } from "@bsull/augurs-prophet-wasmstan";

initSync({ module: readFileSync(fileURLToPath(import.meta.resolve("@bsull/augurs/prophet")).replace(/\.js$/, "_bg.wasm")) });

const DAY_S = 86_400;

/**
 * Fits once, and forecasts when days ahead are given.
 * @param days epoch days, ascending @param y demand on them
 * @param options of Prophet; `columns`: [{ name, values, ahead?, priorScale?, standardize? }], its regressors
 * @returns the point forecast and its interval ({ point, lower, upper }), or nothing without days ahead
 */
export function stanProphet(days, y, { columns = [], ahead = null, ...options } = {}) {
  const prophet = new Prophet({ optimizer, uncertaintySamples: 0, ...options });
  try {
    for (const { name, priorScale, standardize } of columns) prophet.addRegressor(name, { ...(priorScale ? { priorScale } : {}), ...(standardize ? { standardize } : {}) });
    prophet.fit({ ds: Array.from(days, seconds), y: Array.from(y), ...xOf(columns, "values") });
    if (ahead === null) return undefined;
    const { yhat } = prophet.predict({ ds: Array.from(ahead, seconds), ...xOf(columns, "ahead") });
    return { point: yhat.point, lower: yhat.intervals?.lower, upper: yhat.intervals?.upper };
  } finally {
    prophet.free();
  }
}

/** Yearly seasonality whatever the span; by itself Prophet wants 730 days between the first and the last. */
export const WITH_YEARLY = { yearlySeasonality: { type: "manual", enabled: true } };

const seconds = (day) => day * DAY_S;
const xOf = (columns, part) => (columns.length === 0 ? {} : { x: new Map(columns.map((column) => [column.name, Array.from(column[part])])) });
