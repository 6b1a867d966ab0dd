/** A bakery without a till's interface: a folder of spreadsheets goes in by one command, and forecasts come out. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addDays } from "@levain/calendar";
import { ForecastView, pageOf, ProductTrainingView, resolvePolicy, RunView } from "@levain/contracts";
import { loadRunContext, readTenantFolder } from "@levain/sources";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World } from "./world.js";

const TENANT = "paper-bakery";
const FIRST_DAY = "2025-09-01";
const DAYS = 160;
const LAST_DAY = addDays(FIRST_DAY, DAYS - 1);
/** Mondays: the first day is one. */
const isClosed = (index: number): boolean => index % 7 === 0;
const SOLD_OUT = [addDays(FIRST_DAY, 100), addDays(FIRST_DAY, 110)];

describe("a folder of spreadsheets", () => {
  let world: World;
  let folder: string;
  let first: { code: number | null; output: string };

  const levain = async (...args: string[]): Promise<{ code: number | null; output: string }> => {
    const child = spawn(process.execPath, ["apps/cli/dist/main.js", ...args, "--url", world.url, "--folder", join(folder, "none")], { env: { ...process.env, LEVAIN_KEY: world.operatorKey } });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, output };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "levain-paper-"));
    await writeFolder(folder);
    world = await openWorld({ workers: 1 });
    first = await levain("import", folder, "--train");
  });
  afterAll(async () => {
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("is stored and trained by one command, which names what it could not read by line", () => {
    expect(first.code, first.output).toBe(0);
    const openDays = Array.from({ length: DAYS }, (_, index) => index).filter((index) => !isClosed(index)).length;
    expect(first.output).toContain(`${2 * openDays + 1} rows of sales: ${2 * openDays} added, 0 replaced, 0 unchanged, 1 rejected.`);
    expect(first.output).toMatch(/sales\.csv, line 2: quantity: expected number, got "a dozen"/);
    expect(first.output).toContain(`2 products, sales from ${addDays(FIRST_DAY, 1)} to ${LAST_DAY}; daily columns: 1 of weather, 1 of traffic, 6 of events.`);
    expect(first.output).toMatch(/Rye bread/);
  });

  it("is forecast on the days on which its calendar says that the shop opens", async () => {
    const forecast = await world.operator.call("GET", `/v1/tenants/${TENANT}/products/rye/forecast`, ForecastView);
    const planned = Array.from({ length: 14 }, (_, index) => DAYS + index).filter((index) => !isClosed(index)).map((index) => addDays(FIRST_DAY, index));
    expect(forecast.days.map(({ day }) => day)).toEqual(planned);
    for (const { low80, median, high80 } of forecast.days) expect(low80 <= median && median <= high80).toBe(true);
  });

  it("trains on exactly what the folder says: context, sales and marks", async () => {
    const [run] = (await world.operator.call("GET", `/v1/tenants/${TENANT}/training-runs`, pageOf(RunView))).items;
    const read = await readTenantFolder(folder);
    const expected = await loadRunContext(read.tenant, resolvePolicy(), LAST_DAY, read.loaders, new AbortController().signal);
    const stored = world.db.forTenant(TENANT);
    const byName = <T extends { name: string }>(columns: readonly T[]): T[] => columns.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const context = await stored.runContext(run?.id ?? "");
    expect({ ...context, regressors: byName(context.regressors) }).toEqual({ ...expected, regressors: byName(expected.regressors) });
    expect(context.regressors.map(({ name }) => name).sort()).toEqual(["fair", "passers_by", "promotion", "temperature_c"]);
    for (const { id } of read.products) expect((await stored.storedSales(id, { from: FIRST_DAY, until: LAST_DAY })).records).toEqual(read.salesOf(id).records);
    const trainings = (await world.operator.call("GET", `/v1/tenants/${TENANT}/training-runs/${run?.id}/products`, pageOf(ProductTrainingView))).items;
    expect(trainings.find(({ productId }) => productId === "rye")?.report?.findings).toContainEqual(expect.objectContaining({ code: "sold-out-days", count: 2, examples: SOLD_OUT }));
  });

  it("changes nothing when it is imported again", async () => {
    const { code, output } = await levain("import", folder);
    expect(code, output).toBe(0);
    expect(output).toMatch(/: 0 added, 0 replaced, \d+ unchanged, 1 rejected\./);
    expect(output).toContain(`npm run levain -- train --tenant ${TENANT} --cutoff ${LAST_DAY}`);
  });

  it("that is none, or not an operator's to import, is refused in a sentence", async () => {
    const nowhere = await levain("import", join(folder, "nowhere"));
    expect(nowhere.code).toBe(1);
    expect(nowhere.output).toMatch(/expected a tenant folder/);
    const { secret } = await world.db.keys.issue({ role: "tenant", tenantId: TENANT, label: "story" });
    const refused = await levain("import", folder, "--key", secret);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("expected an operator's key, got a tenant's");
    expect(nowhere.output + refused.output).not.toMatch(/\n\s+at /);
  });
});

async function writeFolder(folder: string): Promise<void> {
  const settings = { id: TENANT, name: "Paper bakery", timeZone: "Europe/Berlin", country: "DE", subdivision: "SH", unit: "loaves", policy: { trials: { high: 2, medium: 2, low: 2, intermittent: 2 } } };
  await writeFile(join(folder, "tenant.json"), JSON.stringify(settings));
  const sales = ["product_id,product_name,date,quantity,sold_out_at", `rye,Rye bread,${FIRST_DAY},a dozen,`];
  const weather = ["date,temperature_c"];
  const traffic = ["date,passers_by"];
  const calendar = ["date,product_id,open,fair,promotion"];
  for (let index = 0; index < DAYS + 14; index += 1) {
    const day = addDays(FIRST_DAY, index);
    calendar.push(`${day},,${isClosed(index) ? 0 : 1},${index % 30 === 12 ? 1 : 0},`);
    if (index % 20 === 7) calendar.push(`${day},bun,,,1`);
    if (index >= DAYS) continue;
    weather.push(`${day},${index % 9 === 4 ? "" : 10 + (index % 13)}`);
    traffic.push(`${day},${1_000 + 37 * (index % 11)}`);
    if (isClosed(index)) continue;
    sales.push(`rye,Rye bread,${day},${20 + 3 * (index % 7) + ((index * 5) % 8)},${SOLD_OUT.includes(day) ? "15:40" : ""}`);
    sales.push(`bun,"Bun, small",${day},${60 + 5 * (index % 7) + ((index * 11) % 13)},`);
  }
  for (const [name, rows] of Object.entries({ sales, weather, traffic, calendar })) await writeFile(join(folder, `${name}.csv`), `${rows.join("\n")}\n`);
}
