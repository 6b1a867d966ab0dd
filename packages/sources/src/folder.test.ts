import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { readTenantFolder, type TenantFolder } from "./folder.js";

const TENANT = { id: "corner", name: "Corner bakery", timeZone: "Europe/Berlin", country: "DE", unit: "pieces", missingDay: "zero-unless-shop-closed" };
const SALES = "product_id,product_name,date,quantity\nroll,Roll,2026-03-01,5\nroll,Roll,2026-03-03,6.5\ncake,\"Cake, round\",2026-03-03,1\n";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function read(files: Record<string, string>): Promise<TenantFolder> {
  const folder = await mkdtemp(join(tmpdir(), "levain-folder-"));
  folders.push(folder);
  const all = { "tenant.json": JSON.stringify(TENANT), "sales.csv": SALES, ...files };
  for (const [name, text] of Object.entries(all)) if (text !== "") await writeFile(join(folder, name), text);
  return readTenantFolder(folder);
}

describe("a tenant folder", () => {
  test("needs tenant.json and sales.csv only", async () => {
    const folder = await read({});
    expect(folder.tenant).toMatchObject({ id: "corner", nightlyAt: "04:15" });
    expect(folder.products).toEqual([
      { id: "roll", name: "Roll", isDiscontinued: false, hasOwnEvents: false },
      { id: "cake", name: "Cake, round", isDiscontinued: false, hasOwnEvents: false },
    ]);
    expect(folder.salesOf("roll").records).toEqual([
      { day: "2026-03-01", quantity: 5 },
      { day: "2026-03-03", quantity: 6.5 },
    ]);
    expect(folder).toMatchObject({ firstDay: "2026-03-01", lastDay: "2026-03-03", openDays: ["2026-03-01", "2026-03-03"], weather: [], traffic: [], events: [] });
  });

  test("may tell what its goods sell for and cost", async () => {
    expect((await read({})).economics).toBeNull();
    const told = { currency: "EUR", defaults: { goodwillLoss: 0.2 }, products: { roll: { unitPrice: 0.5, unitCost: 0.1 } } };
    expect((await read({ "economics.json": JSON.stringify(told) })).economics).toEqual({ ...told, ovenGroups: [] });
  });

  test("may come from a spreadsheet: byte order mark, carriage returns, blank lines", async () => {
    const folder = await read({ "sales.csv": `\uFEFF${SALES.replaceAll("\n", "\r\n")}\r\n\r\n` });
    expect(folder.products).toHaveLength(2);
  });

  test("may have columns without a name", async () => {
    const folder = await read({ "sales.csv": SALES.replaceAll("\n", ",,\n"), "calendar.csv": "date,fair,,\n2026-03-01,1,,\n" });
    expect(folder.products).toHaveLength(2);
    expect(folder.events).toEqual([{ name: "fair", firstDay: "2026-03-01", values: [1] }]);
  });

  test("may leave fields of its tenant null, and begin with a byte order mark", async () => {
    const { tenant } = await read({ "tenant.json": `\uFEFF${JSON.stringify({ ...TENANT, subdivision: null, latitude: null, policy: { seed: null } })}` });
    expect(tenant).toMatchObject({ id: "corner", policy: {} });
    expect(tenant).not.toHaveProperty("latitude");
  });

  test("reaches to its last sale or return, and not to a zero", async () => {
    const { firstDay, lastDay, openDays } = await read({ "sales.csv": `${SALES}roll,Roll,2026-03-05,-2\nroll,Roll,2026-12-31,0\n` });
    expect({ firstDay, lastDay }).toEqual({ firstDay: "2026-03-01", lastDay: "2026-03-05" });
    expect(openDays).toEqual(["2026-03-01", "2026-03-03"]);
  });

  test("keeps unknown weather apart from zero, and only the four columns of the contract", async () => {
    const { weather } = await read({ "weather.csv": "date,temperature_c,precipitation_mm,wind_speed_kmh,cloud_cover,sunshine_min\n2026-03-01,0,,5,,3\n2026-03-02,,,6,,4\n" });
    expect(weather).toEqual([
      { name: "temperature_c", firstDay: "2026-03-01", values: [0, null] },
      { name: "wind_speed_kmh", firstDay: "2026-03-01", values: [5, 6] },
    ]);
  });

  test("takes calendar rows of a product for that product alone", async () => {
    const { events, eventsOf, products } = await read({ "calendar.csv": "date,product_id,fair,promotion\n2026-03-01,,1,0\n2026-03-02,roll,0,1\n" });
    expect(events.find(({ name }) => name === "fair")).toEqual({ name: "fair", firstDay: "2026-03-01", values: [1] });
    expect(eventsOf("roll").find(({ name }) => name === "promotion")).toEqual({ name: "promotion", firstDay: "2026-03-02", values: [1] });
    expect(eventsOf("cake")).toEqual([]);
    expect(products.map(({ hasOwnEvents }) => hasOwnEvents)).toEqual([true, false]);
  });

  test("is open on days with sales, and after the last one as the calendar plans", async () => {
    const { openDays, events } = await read({ "calendar.csv": "date,open\n2026-03-02,1\n2026-03-03,0\n2026-03-04,0\n2026-03-05,1\n" });
    expect(openDays).toEqual(["2026-03-01", "2026-03-03", "2026-03-05"]);
    expect(events).toEqual([]);
  });

  test("counts sales rows without a readable date or quantity, and loses none", async () => {
    const folder = await read({ "sales.csv": `${SALES}roll,Roll,2026-02-30,5\nroll,Roll,2026-03-04,a few\nroll,Roll,2026-03-05,\n` });
    expect(folder.salesOf("roll").unreadable).toMatchObject({ count: 3, examples: [expect.stringContaining("2026-02-30"), expect.stringContaining("a few"), expect.anything()] });
    expect(folder.salesRowsOf("roll")).toHaveLength(5);
  });

  test.each([
    ["no tenant.json", { "tenant.json": "" }, "no tenant.json"],
    ["no sales.csv", { "sales.csv": "" }, "no sales.csv"],
    ["a broken tenant.json", { "tenant.json": "{" }, "tenant.json: expected JSON"],
    ["an unknown time zone", { "tenant.json": JSON.stringify({ ...TENANT, timeZone: "Europe/Bread" }) }, "timeZone: expected an IANA time zone"],
    ["prices of a product that it does not sell", { "economics.json": JSON.stringify({ currency: "EUR", products: { bun: {} } }) }, "economics.json: expected products of sales.csv, got bun"],
    ["a price that is no number", { "economics.json": JSON.stringify({ currency: "EUR", products: { roll: { unitPrice: "2" } } }) }, "economics.json: products.roll.unitPrice"],
    ["a misspelt field", { "tenant.json": JSON.stringify({ ...TENANT, latitud: 5 }) }, "latitud"],
    ["a column too few", { "sales.csv": "product_id,date,quantity\n" }, "sales.csv, line 1: expected the columns product_id, product_name, date, quantity, got product_id, date, quantity"],
    ["a column twice", { "weather.csv": "date,rain,rain\n" }, "weather.csv, line 1: expected each column once, got rain again"],
    ["an empty file", { "traffic.csv": "\n" }, "traffic.csv: expected a header with the columns date, got an empty file"],
    ["a row with a cell too many", { "sales.csv": `${SALES}roll,Roll,2026-03-04,5,7\n` }, "on line 5"],
    ["a row without a product", { "sales.csv": `${SALES},Roll,2026-03-04,5\n` }, 'sales.csv, line 5, column product_id: expected a product id, got ""'],
    ["a number that is none", { "traffic.csv": "date,guests\n2026-03-01,5\n2026-03-02,\"1,5\"\n" }, 'traffic.csv, line 3, column guests: expected a number, got "1,5"'],
    ["a date that does not exist", { "calendar.csv": "date,fair\n2026-02-30,1\n" }, 'calendar.csv, line 2, column date: expected a date such as 2026-05-01, got "2026-02-30"'],
    ["no sales at all", { "sales.csv": "product_id,product_name,date,quantity\n" }, "sales.csv: expected at least one day with sales"],
  ])("with %s says where it is wrong", async (_what, files, message) => {
    await expect(read(files)).rejects.toMatchObject({ name: "FolderError", message: expect.stringContaining(message) as string });
  });
});
