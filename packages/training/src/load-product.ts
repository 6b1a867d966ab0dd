/** What the sources tell of one product: its sales, without which there is no training, and its own calendar, without which there is. */
import { Failure, type DailyColumn, type Product, type RunContext, type Sales, type SourceName } from "@levain/contracts";
import type { TrainingDeps } from "./ports.js";

export type LoadedProduct = {
  readonly sales: Sales;
  readonly ownColumns: readonly DailyColumn[];
  /** Sources that this product's model has to do without. */
  readonly absentSources: readonly SourceName[];
};

export const loadProduct = async (
  product: Product,
  context: RunContext,
  deps: Pick<TrainingDeps, "loadSales" | "loadProductEvents">,
  signal: AbortSignal,
): Promise<LoadedProduct> => {
  const [sales, ownColumns] = await Promise.all([
    deps.loadSales(product, { from: context.firstDay, until: context.cutoff }, signal),
    product.hasOwnEvents ? orNull(deps.loadProductEvents(product, { from: context.firstDay, until: context.lastDay }, signal)) : [],
  ]);
  const absent = new Set(context.absentSources.map(({ source }) => source));
  if (ownColumns === null) absent.add("events");
  return { sales, ownColumns: ownColumns ?? [], absentSources: [...absent] };
};

/** Null only for what the source did: a training that is being stopped must stop. */
const orNull = async <T>(loading: Promise<T>): Promise<T | null> => {
  try {
    return await loading;
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith("source.")) return null;
    throw error;
  }
};
