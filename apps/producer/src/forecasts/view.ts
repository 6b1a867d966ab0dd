/** A projection as the API shows it. */
import type { ForecastDay, ForecastView, WeatherUsed } from "@levain/contracts";
import type { StoredForecast } from "@levain/db";
import { HttpProblem } from "../problem.js";
import type { ProjectedDay, Projection, Unavailable } from "./project.js";

/** The levels that every answer has. */
const ALWAYS = [0.1, 0.5, 0.9] as const;

export type Asked = { readonly quantiles?: readonly number[] | undefined; readonly components?: boolean | undefined; readonly horizon?: number | undefined };

export const levelsOf = ({ quantiles = [] }: Asked): readonly number[] => [...new Set([...ALWAYS, ...quantiles])].sort((a, b) => a - b);

/** Without `days`: what is said of the model. */
export const headOf = (productId: string, unit: string, { model, refused }: Pick<StoredForecast, "model" | "refused">, weather: WeatherUsed | null): Omit<ForecastView, "days"> => {
  const { id, family, version, cutoff, trainedAt, absentSources } = model;
  return { productId, unit, model: { id, family, version, cutoff, trainedAt, absentSources }, refusedModels: [...refused], weather };
};

const HOUR_MS = 3_600_000;

export const weatherUsed = (issuedAt: string | null, now: Date): WeatherUsed | null =>
  issuedAt === null ? null : { issuedAt, ageHours: Math.max(0, Math.floor((now.getTime() - Date.parse(issuedAt)) / HOUR_MS)) };

/** Days on which the shop will open. */
export const viewOf = (productId: string, unit: string, projection: Projection, asked: Asked, now: Date): ForecastView => ({
  ...headOf(productId, unit, projection.serving, weatherUsed(projection.weatherIssuedAt, now)),
  calendarUntil: projection.calendarUntil,
  days: projection.days.filter(({ isOpen }) => isOpen).map((day) => dayOf(day, projection.levels, asked)),
});

export const dayOf = ({ day, values, components, sentence }: ProjectedDay, levels: readonly number[], { quantiles, components: showsComponents }: Asked): ForecastDay => {
  const at = (level: number): number => values[levels.indexOf(level)] ?? 0;
  return {
    day,
    median: at(0.5),
    low80: at(0.1),
    high80: at(0.9),
    ...(quantiles && { quantiles: quantiles.map((level) => ({ level, value: at(level) })) }),
    ...(showsComponents && { components: [...components], sentence }),
  };
};

export const noModelYet = (): HttpProblem =>
  new HttpProblem(404, { type: "urn:levain:problem:no-model", title: "No model", detail: "expected a product with a model that serves; train it first" });

/** Why a forecast cannot be computed, as a problem. */
export function problemOf({ unavailable }: Unavailable): HttpProblem {
  if (unavailable === "no-model") return noModelYet();
  return new HttpProblem(409, {
    type: `urn:levain:problem:${unavailable}`,
    title: "Not to be computed",
    detail: `${DETAILS[unavailable]}; train the product again, or ask without options for the forecast as it was stored`,
  });
}

const DETAILS: Readonly<Record<Exclude<Unavailable["unavailable"], "no-model">, string>> = {
  "unreadable-model": "expected a model that this version can read",
  "no-drivers": "expected a model whose training kept what is known of the days ahead, got one of before that was kept",
  "beyond-calendar": "expected a horizon within that of the training, which kept no public holidays after it",
};
