/** What the sandbox serves for a tenant, whether read from files or simulated. */
import type { BusinessDay, DailyColumn, ProductId } from "@levain/contracts";
import type { DayRange, FolderEconomics, FolderTenant, ProductsPage, SalesPage } from "@levain/sources";

export type Bakery = {
  readonly tenant: FolderTenant;
  /** What its goods sell for and cost; null where nobody told. */
  readonly economics: FolderEconomics | null;
  /** Days of the first and the last sale. */
  readonly firstDay: BusinessDay;
  readonly lastDay: BusinessDay;
  readonly products: ProductsPage["products"];
  /** Rows of a product that is listed. */
  salesOf(productId: ProductId, range: DayRange): Pick<SalesPage, "kind" | "rows">;
  openDays(range: DayRange): readonly BusinessDay[];
  /** Columns over the range; null where the tenant has no such source. */
  readonly weather: ColumnsOver | null;
  /** As it is forecast on the day after the last one, of that day and later. */
  readonly weatherAhead: ColumnsOver | null;
  readonly traffic: ColumnsOver | null;
  readonly events: ColumnsOver | null;
  productEvents(productId: ProductId, range: DayRange): readonly DailyColumn[];
};

export type ColumnsOver = (range: DayRange) => readonly DailyColumn[];
