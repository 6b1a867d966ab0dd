import { z } from "zod";

const Finite = z.number().nullable();

/** How well a model forecast the back-test's open days; null where a measure is undefined (no sales at all). */
export const Score = z.object({
  wape: Finite.meta({ description: "Σ|y − median| / Σ|y|" }),
  mase: Finite.meta({ description: "Mean absolute error over that of the in-sample seasonal naive forecast" }),
  rmsse: Finite.meta({ description: "Root mean squared error over that of the in-sample seasonal naive forecast" }),
  bias: Finite.meta({ description: "Σ(median − y) / Σ|y|; above zero the forecast is too high" }),
  pinball: Finite.meta({ description: "Mean pinball loss of the 10, 50 and 90 % quantiles over Σ|y| / n" }),
  coverage80: Finite.meta({ description: "Share of days inside the 80 % interval" }),
  days: z.number().int().min(0).meta({ description: "Open days judged" }),
});
export type Score = z.infer<typeof Score>;
