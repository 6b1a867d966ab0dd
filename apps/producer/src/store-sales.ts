/** An upload of sales on its way to Postgres: read, gathered into batches and stored while it arrives, no faster than it is stored. */
import { Readable } from "node:stream";
import { UPLOAD_ERRORS_MAX, type SalesUploadView, type Tenant } from "@levain/contracts";
import { readSalesUpload, UploadError, type SalesUploadFormat, type UploadedSale } from "@levain/sources";
import type { ProducerDeps } from "./deps.js";
import { HttpProblem } from "./problem.js";

/** Rows of one statement: a few milliseconds in Postgres, some 100 KB here. */
const BATCH_ROWS = 1_000;

type StoreDeps = Pick<ProducerDeps, "putSales" | "storedRange">;

/** @throws HttpProblem 400 when the upload as a whole cannot be read or is broken off; what came before stays stored */
export async function storeSales(body: Readable, format: SalesUploadFormat, tenant: Tenant, deps: StoreDeps): Promise<SalesUploadView> {
  const counts = { rows: 0, added: 0, replaced: 0, unchanged: 0, rejected: 0 };
  const errors: SalesUploadView["errors"] = [];
  const batch = new Map<string, UploadedSale>();
  const store = async (): Promise<void> => {
    if (batch.size === 0) return;
    const put = await deps.putSales(tenant.id, [...batch.values()]);
    batch.clear();
    counts.added += put.added;
    counts.replaced += put.replaced;
    counts.unchanged += put.unchanged;
  };
  try {
    for await (const line of readSalesUpload(body, format, tenant.timeZone)) {
      counts.rows += 1;
      if ("reason" in line) {
        counts.rejected += 1;
        if (errors.length < UPLOAD_ERRORS_MAX) errors.push({ line: line.line, reason: line.reason });
        continue;
      }
      const key = `${line.sale.day} ${line.sale.productId}`;
      // Of two rows of one product and day the later one holds.
      if (batch.has(key)) counts.replaced += 1;
      batch.set(key, line.sale);
      if (batch.size === BATCH_ROWS) await store();
    }
    await store();
  } catch (error) {
    if (!(error instanceof UploadError)) throw error;
    await store();
    throw new HttpProblem(400, { type: "urn:levain:problem:unreadable-upload", title: "The upload cannot be read", detail: error.message });
  }
  return { ...counts, errors, stored: await deps.storedRange(tenant.id) };
}

/** The rest of the body is not waited for. */
const LAST_ANSWER = { connection: "close" };

/** The body, refused where it passes the limit, or says that it will. The connection stays, for the answer. @param bytesTold 0 where it did not say */
export function bodyWithin(body: Readable, bytesMax: number, bytesTold: number): Readable {
  if (bytesTold > bytesMax) throw tooLong(bytesMax);
  return Readable.from(chunksWithin(body, bytesMax), { objectMode: false });
}

const tooLong = (bytesMax: number): HttpProblem => new HttpProblem(413, { detail: `expected at most ${bytesMax} bytes; send the rows in several uploads` }, LAST_ANSWER);

async function* chunksWithin(body: Readable, bytesMax: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) throw tooLong(bytesMax);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    throw new HttpProblem(400, { detail: "expected the whole body; the connection broke off" }, LAST_ANSWER);
  }
}
