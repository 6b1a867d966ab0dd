/** Reads sales, open days, weather, traffic and events from upstreams that may be slow, wrong or down. */
export { type BreakerState } from "./breaker.js";
export { FolderError } from "./csv.js";
export { columnOver, columnsOf, daysOf, type DailyValue, type DayRange } from "./daily-columns.js";
export { FolderEconomics, FolderTenant, readTenantFolder, type TenantFolder } from "./folder.js";
export { AllowedAddressesSetting, guardAddresses, type AddressGuard, type AllowedAddresses } from "./public-addresses.js";
export { publicHolidays, type PublicHoliday } from "./holidays.js";
export { FETCH_LIMITS, type FetchLimits } from "./limits.js";
export { openSources, type Sources, type SourcesOptions } from "./open.js";
export { readSalesUpload, UploadError, type SalesUploadFormat, type UploadedSale } from "./sales-upload.js";
export { loadRunContext, type ContextLoaders, type ContextTenant } from "./run-context.js";
export * from "./wire-format.js";
