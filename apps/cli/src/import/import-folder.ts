/** A tenant folder's way into a running Levain: the tenant, its sales and what else the folder knows. Doing it again changes nothing. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { addDays } from "@levain/calendar";
import type { Levain } from "@levain/client";
import { OPEN_COLUMN, SALES_UPLOAD_BYTES_MAX, STORED, type DailyColumn, type ProductId, type SalesUploadView, type SourceAddresses, type StoredSource } from "@levain/contracts";
import { daysOf, FolderError, readTenantFolder, type TenantFolder } from "@levain/sources";
import { putEconomics } from "../put-economics.js";

/** Called as the file is sent, and once more with what came of it. */
export type ImportProgress = { sent(bytes: number, ofBytes: number): void; end(): void };

export type Imported = {
  readonly tenantId: string;
  readonly lastDay: string;
  readonly sales: SalesUploadView;
  /** Columns stored of each source, those of single products included; a source that the folder lacks is left out. */
  readonly columns: ReadonlyMap<StoredSource, number>;
};

/** @param api with an operator's key @throws FolderError, ApiProblem */
export async function importFolder(path: string, api: Levain, progress: ImportProgress): Promise<Imported> {
  const folder = await readTenantFolder(path);
  const { id: tenantId, ...settings } = folder.tenant;
  const uploads = columnsOf(folder);
  const stored = new Set(uploads.map(({ source }) => source));
  const sources: SourceAddresses = { sales: STORED, ...Object.fromEntries([...stored].map((source) => [source, STORED])) };

  await api.put("/v1/tenants/{tenantId}", { params: { path: { tenantId } }, body: { ...settings, sources } });
  const sales = await uploadSales(join(path, "sales.csv"), tenantId, api, progress);
  const columns = new Map<StoredSource, number>();
  for (const { source, productId, columns: own } of uploads) {
    const params = { path: { tenantId, source }, query: { productId: productId ?? undefined } };
    const view = await api.put("/v1/tenants/{tenantId}/columns/{source}", { params, body: { columns: own } });
    columns.set(source, (columns.get(source) ?? 0) + view.columns);
  }
  if (folder.economics) await putEconomics(api, tenantId, folder.economics);
  return { tenantId, lastDay: folder.lastDay, sales, columns };
}

/** The file as it is, so that the lines of refused rows are the file's own. */
async function uploadSales(file: string, tenantId: string, api: Levain, progress: ImportProgress): Promise<SalesUploadView> {
  const { size } = await stat(file);
  if (size > SALES_UPLOAD_BYTES_MAX) throw new FolderError(`${file}: expected at most ${SALES_UPLOAD_BYTES_MAX} bytes, got ${size}. Split it into several folders of the same tenant, by years or by products.`);
  const body = async function* (): AsyncGenerator<Uint8Array> {
    let sent = 0;
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      yield chunk;
      sent += chunk.byteLength;
      progress.sent(sent, size);
    }
  };
  try {
    return await api.uploadSales(tenantId, "text/csv", body());
  } finally {
    progress.end();
  }
}

type ColumnsUpload = { readonly source: StoredSource; readonly productId: ProductId | null; readonly columns: readonly DailyColumn[] };

const columnsOf = (folder: TenantFolder): ColumnsUpload[] => {
  const shop = (source: StoredSource, columns: readonly DailyColumn[]): ColumnsUpload => ({ source, productId: null, columns });
  const ofProducts = folder.products.map(({ id }): ColumnsUpload => ({ source: "events", productId: id, columns: folder.eventsOf(id) }));
  const all = [shop("weather", folder.weather), shop("traffic", folder.traffic), shop("events", [...folder.events, ...planOf(folder)]), ...ofProducts];
  return all.filter(({ columns }) => columns.length > 0);
};

/** The days after the last sale on which the shop plans to open, as the column that says so. */
const planOf = ({ openDays, lastDay }: TenantFolder): DailyColumn[] => {
  const planned = new Set(openDays.filter((day) => day > lastDay));
  const last = [...planned].at(-1);
  if (last === undefined) return [];
  const firstDay = addDays(lastDay, 1);
  return [{ name: OPEN_COLUMN, firstDay, values: daysOf({ from: firstDay, until: last }).map((day) => (planned.has(day) ? 1 : 0)) }];
};
