/** A model on one page: what it is, what it was made of, how it did and what it says. */
import { z } from "zod";
import { BusinessDay } from "./business-day.js";
import { ModelView } from "./http.js";
import { ProductId } from "./ids.js";
import { Evidence } from "./registry.js";

const Share = z.number().nullable();

export const Weekday = z.enum(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]);
export type Weekday = z.infer<typeof Weekday>;

export const ModelCard = z.object({
  product: z.object({ id: ProductId, name: z.string() }),
  unit: z.string(),
  model: ModelView,
  evidence: Evidence.nullable().meta({ description: "Null for models of before this was kept" }),
  folds: z
    .array(z.object({ cutoff: BusinessDay, days: z.number().int(), wape: Share, bias: Share, coverage80: Share }))
    .meta({ description: "How the back-test went from each cutoff; shares are null without sales" }),
  residualsByWeekday: z
    .array(z.object({ weekday: Weekday, mean: z.number(), residuals: z.array(z.number()) }))
    .meta({ description: "Demand less the median forecast in the back-test, in units; above zero it sold more than was forecast" }),
});
export type ModelCard = z.infer<typeof ModelCard>;
