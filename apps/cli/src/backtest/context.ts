/** What all products share at a cutoff, from a tenant folder. */
import type { BusinessDay, RunContext, TrainingPolicy } from "@levain/contracts";
import { loadRunContext, type TenantFolder } from "@levain/sources";

/** What is told of the weather and the traffic after a cutoff: nothing, or what came. */
export type WeatherAhead = "climatology" | "actual";

/** The context a run with this cutoff would have had; with `actual`, one that could see into the coming weather and traffic. */
export async function contextAt(folder: TenantFolder, policy: TrainingPolicy, cutoff: BusinessDay, ahead: WeatherAhead, signal: AbortSignal): Promise<RunContext> {
  const context = await loadRunContext(folder.tenant, policy, cutoff, folder.loaders, signal);
  if (ahead === "climatology") return context;
  const range = { from: context.firstDay, until: context.lastDay };
  const seen = new Map(
    [...(await folder.loaders.loadWeather(folder.tenant, range, signal)), ...(await folder.loaders.loadTraffic(folder.tenant, range, signal))].map((column) => [column.name, column.values]),
  );
  const regressors = context.regressors.map((regressor) => {
    const values = regressor.isKnownAhead ? undefined : seen.get(regressor.name);
    return values ? { ...regressor, isKnownAhead: true, values: [...values] } : regressor;
  });
  return { ...context, regressors };
}
