import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSalesUpload, type SalesUploadFormat } from "./sales-upload.js";

const ZONE = "Europe/Berlin";
async function read(format: SalesUploadFormat, body: string | Readable) {
  const lines = [];
  for await (const line of readSalesUpload(typeof body === "string" ? Readable.from([Buffer.from(body)]) : body, format, ZONE)) lines.push(line);
  return lines;
}
const rye = { productId: "rye", productName: null, day: "2026-05-01", quantity: 12.5, soldOutAt: null };

describe("uploaded sales", () => {
  test("are read from CSV with its columns in any order, a BOM, quotes and further columns, and from JSON lines", async () => {
    const csv = '\ufeffdate,product_name,quantity,till,product_id,sold_out_at\r\n2026-05-01,"Rye, ""dark""",12.5,7,rye,15:40\r\n\r\n2026-05-01,,3,7,bun,\r\n';
    expect(await read("csv", csv)).toEqual([
      { line: 2, sale: { ...rye, productName: 'Rye, "dark"', soldOutAt: "15:40" } },
      { line: 4, sale: { ...rye, productId: "bun", quantity: 3 } },
    ]);
    const json = '{"productId":"rye","productName":"Rye","date":"2026-05-01","quantity":12.5,"soldOutAt":"2026-05-01T13:40:00Z","till":7}\n\n{"productId":"rye","date":"2026-05-01","quantity":12.5}';
    expect(await read("ndjson", json)).toEqual([
      { line: 1, sale: { ...rye, productName: "Rye", soldOutAt: "15:40" } },
      { line: 3, sale: rye },
    ]);
  });

  test("may have columns without a name", async () => {
    expect(await read("csv", "product_id,date,quantity,,\nrye,2026-05-01,12.5,,\n")).toEqual([{ line: 2, sale: rye }]);
  });

  test("lose the rows that nobody can read, and no other, with line and reason", async () => {
    const rows = ["rye,2026-02-30,1", "rye,2026-05-01,many", "rye,2026-05-01,", ",2026-05-01,1", "rye,2026-05-01,1,5", "rye,2026-05-01", "rye,2026-05-01,1e12", "rye,2026-05-01,12.5"];
    const lines = await read("csv", `product_id,date,quantity\n${rows.join("\n")}\n`);
    expect(lines.map((each) => ("reason" in each ? `${each.line} ${each.reason}` : each))).toEqual([
      expect.stringMatching(/^2 date: .*got "2026-02-30"$/),
      '3 quantity: expected number, got "many"',
      "4 quantity: expected number, got nothing",
      "5 product_id: expected string, got nothing",
      "6 row: expected 3 cells as in the header, got 4",
      "7 row: expected 3 cells as in the header, got 2",
      expect.stringMatching(/^8 quantity: Too big.*got 1000000000000$/),
      { line: 9, sale: rye },
    ]);
    const json = await read("ndjson", '[1]\n{"productId":"rye","date":"2026-05-01","quantity":"1"}\n{oops\n{"productId":"rye","date":"2026-05-01","quantity":12.5,"soldOutAt":"25:00"}\n');
    expect(json.map((each) => ("reason" in each ? each.reason : each))).toEqual([
      "row: expected object, got [1]",
      'quantity: expected number, got "1"',
      'row: expected a JSON object, got "{oops"',
      expect.stringMatching(/^soldOutAt: expected a timestamp/),
    ]);
  });

  test.each<[SalesUploadFormat, string, RegExp]>([
    ["csv", "", /^expected a header with the columns product_id, date, quantity, got nothing$/],
    ["csv", "product_id;date;quantity\nrye;2026-05-01;1\n", /^line 1: expected the columns .* got product_id;date;quantity$/],
    ["csv", "product_id,date,quantity,date\n", /expected each column once/],
    ["csv", `product_id,date,quantity\n"${"x\n".repeat(20_000)}`, /^expected comma-separated values, got: Max Record Size/],
    ["csv", 'product_id,date,quantity\nrye,"2026-05-01"x,1\n', /^expected comma-separated values, got: Invalid Closing Quote/],
    ["ndjson", "x".repeat(20_000), /^expected lines of at most 16384 characters/],
  ])("in %s that are no rows at all are refused as a whole (%#)", async (format, body, message) => {
    await expect(read(format, body)).rejects.toThrow(message);
  });

  test("are the same however the bytes are cut on their way", async () => {
    const text = 'product_id,product_name,date,quantity\nbrötchen,"Bröt\nchen 🥐",2026-05-01,3\nrye,Rye,2026-05-01,oops\nrye,Rye,2026-05-02,4\n';
    const json = '{"productId":"brötchen","productName":"🥐","date":"2026-05-01","quantity":3}\n{"productId":"rye"}\n';
    await fc.assert(
      fc.asyncProperty(fc.constantFrom<[SalesUploadFormat, string]>(["csv", text], ["ndjson", json]), fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), async ([format, body], sizes) => {
        const bytes = Buffer.from(body);
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(await read(format, Readable.from(chunks))).toEqual(await read(format, body));
      }),
      { numRuns: 60 },
    );
  });

  test("stop with the fault of the connection that broke", async () => {
    for (const format of ["csv", "ndjson"] as const) {
      const broken = new Readable({ read: () => undefined });
      broken.push("product_id,date,quantity\n");
      setImmediate(() => broken.destroy(new Error("connection reset")));
      await expect(read(format, broken)).rejects.toThrow("connection reset");
    }
  });
});
